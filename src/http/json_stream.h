// Bodies of many JSON values, one after the other.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/context.h"
#include "http/json_splitter.h"
#include "http/message.h"

namespace berth::http {

// Cuts a body into its JSON values as JsonSplitter does: Docker's events, progress and stats. One thread at a time.
class JsonStream {
 public:
  // `limit` bounds one value's bytes.
  explicit JsonStream(Reader reader, std::size_t limit = std::size_t{16} << 20);

  // Waits for the next value's text; nothing at the body's end. Throws what the reader throws, kUnavailable when the
  // body ends within a value, kInternal when it holds something else or a value is too large.
  std::optional<std::string> next(const Context& context);

 private:
  Reader reader_;
  JsonSplitter splitter_;
};

}  // namespace berth::http
