// Bodies of many JSON values, one after the other.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/context.h"
#include "http/message.h"

namespace berth::http {

// Cuts a body into its JSON objects (or arrays), whether they are set apart by newlines, blanks, the record separator
// of RFC 7464, or nothing at all: Docker's events, progress and stats. Only nesting and strings are looked at; parsing
// is the caller's. One thread at a time.
class JsonStream {
 public:
  // `limit` bounds one value's bytes.
  explicit JsonStream(Reader reader, std::size_t limit = std::size_t{16} << 20);

  // Waits for the next value's text; nothing at the body's end. Throws what the reader throws, kUnavailable when the
  // body ends within a value, kInternal when it holds something else or a value is too large.
  std::optional<std::string> next(const Context& context);

 private:
  // Looks on from where it stopped; returns the end of the first whole value in buffer_.
  std::optional<std::size_t> find_end();

  Reader reader_;
  std::size_t limit_;
  std::string buffer_;
  std::size_t begin_ = 0;    // of the value looked for
  std::size_t scanned_ = 0;  // bytes already looked at
  std::size_t depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
};

}  // namespace berth::http
