// Decoder of one HTTP/1.x message; where its bytes come from is the caller's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "http/message.h"

namespace berth::http {

// Which kind of message, and which body it may have.
enum class MessageKind {
  kRequest,
  kResponse,
  kResponseToHead,  // has no body, whatever its head says
};

// Strict where being lenient lets two readers see two different messages (RFC 9112 11.2): a second Content-Length, one
// beside a Transfer-Encoding, any transfer coding but a single "chunked", bare line feeds, folded header lines and
// blanks before a colon are refused. Every call throws kInvalid for a malformed request, kInternal for a malformed
// response.
class Parser {
 public:
  // `head_limit` bounds the head, each chunk's header, and the trailer.
  Parser(MessageKind kind, std::size_t head_limit);
  ~Parser();
  Parser(Parser&&) noexcept;
  Parser& operator=(Parser&&) noexcept;

  // Takes bytes up to the head's end; returns how many it is done with. The rest must be given again, with more behind.
  std::size_t parse_head(std::string_view bytes);
  bool head_done() const;
  // Why parse_head threw: more than `head_limit` bytes (RFC 6585 has a status for it).
  bool head_too_large() const;

  // The parsed head; once.
  Request take_request();
  ResponseHead take_response();

  struct Step {
    std::size_t consumed = 0;  // of `bytes`; what is left must be given again, with more behind if both are 0
    std::size_t produced = 0;  // in `out`
  };
  // Decodes body bytes into `out`, which may begin where `bytes` does.
  Step parse_body(std::string_view bytes, std::span<char> out);
  // The message is complete; bytes after it belong to the next one.
  bool done() const;

  // The input ended. Throws kUnavailable unless the message is complete or lasts until the input's end.
  void end_of_input();

  // How many more bytes are the body's as they stand (no chunk headers between), while that is known.
  std::uint64_t plain_bytes_ahead() const;
  bool until_close() const;
  // By Connection header and version; false for a body that lasts until the connection's end.
  bool keep_alive() const;

 private:
  class Base;
  template <bool is_request>
  class Beast;
  std::unique_ptr<Base> base_;
};

}  // namespace berth::http
