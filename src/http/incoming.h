// Reading messages, one after the other, from a connection.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/context.h"
#include "http/message.h"
#include "http/parser.h"

namespace berth::http {

// Holds what was read but not yet used. One thread at a time. Errors are those of the parser and of the source.
class Incoming {
 public:
  // `source` gives the connection's bytes; it is called only when they are needed. `peer` is who error messages are
  // about, as they name it: "'tcp://10.0.0.5:2376'".
  Incoming(Reader source, std::size_t head_limit, std::string peer)
      : source_(std::move(source)), head_limit_(head_limit), peer_(std::move(peer)) {}

  // Waits until bytes of a next message are there; false when the connection ended instead.
  bool wait_for_message(const Context& context);

  // The next message's head. Throws kUnavailable when the connection ends first.
  Request read_request(const Context& context);
  ResponseHead read_response(const Context& context, MessageKind kind);

  // Whether read_request or read_response threw because the head is larger than its limit.
  bool head_too_large() const { return parser_ && parser_->head_too_large(); }

  // Bytes of the message's body, decoded; 0 at its end.
  std::size_t read_body(const Context& context, std::span<char> out);

  // Drops what has come of the body already, without waiting.
  void discard_buffered_body();

  // About the message whose head was read last.
  bool body_done() const { return parser_->done(); }
  bool until_close() const { return parser_->until_close(); }
  bool keep_alive() const { return parser_->keep_alive(); }

  bool has_unused() const { return begin_ < end_; }
  // Bytes read beyond the last message; they are the caller's now.
  std::string take_unused();

 private:
  std::string_view unused() const { return {buffer_.get() + begin_, end_ - begin_}; }
  // Adds bytes to the buffer; false at the connection's end.
  bool fill(const Context& context);
  void read_head(const Context& context, MessageKind kind);
  Parser::Step parse_body(std::string_view bytes, std::span<char> out);
  std::size_t decode_unused(std::span<char> out);
  void end_of_input();

  Reader source_;
  std::size_t head_limit_;
  std::string peer_;
  std::optional<Parser> parser_;
  std::unique_ptr<char[]> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace berth::http
