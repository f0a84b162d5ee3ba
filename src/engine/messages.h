// JSON messages of an answer that goes on.
#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "http/client.h"
#include "http/json_stream.h"

namespace berth::engine {

// Owns the response it reads. Stays where it is made: the stream refers to the response.
class Messages {
 public:
  // Errors are prefixed with `operation`.
  Messages(std::string operation, http::Response response)
      : operation_(std::move(operation)), response_(std::move(response)), stream_(response_.reader()) {}
  Messages(const Messages&) = delete;
  Messages& operator=(const Messages&) = delete;

  // Text of the next message; nothing at the end. Throws as http::JsonStream::next.
  std::optional<std::string> next(const Context& context) {
    return within(operation_, [&] { return stream_.next(context); });
  }
  const std::string& operation() const { return operation_; }

 private:
  std::string operation_;
  http::Response response_;
  http::JsonStream stream_;
};

}  // namespace berth::engine
