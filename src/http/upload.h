// A message on its way out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/context.h"
#include "http/message.h"

namespace berth::http {

// Says which headers tell the body's length: sets Content-Length or Transfer-Encoding and removes the other.
void set_framing(Headers& headers, std::optional<std::uint64_t> size);

// One chunk of the chunked coding; an empty one is the last.
std::string chunk_of(std::string_view bytes);

// Gives a head and a body as the pieces to send. Head and small body are one piece, so that they go in one packet.
class Upload {
 public:
  // `body` must outlive it. With `hold`, the body waits for release().
  Upload(std::string head, const Body& body, bool hold);
  Upload(const Upload&) = delete;
  Upload& operator=(const Upload&) = delete;

  // Bytes to send next, asking the body's reader for more where needed; empty when done or held. Throws kInvalid when
  // the reader ends before the size that was promised, and what the reader throws.
  std::string_view next(const Context& context);
  // The first `size` bytes of next() were sent.
  void sent(std::size_t size);

  bool done() const { return stage_ == Stage::kDone || stage_ == Stage::kAbandoned; }
  bool complete() const { return stage_ == Stage::kDone; }
  bool held() const { return stage_ == Stage::kHeld; }
  void release();
  // The rest is not sent.
  void abandon() { stage_ = complete() ? Stage::kDone : Stage::kAbandoned; }

  bool any_sent() const { return any_sent_; }
  // The body's reader was called: it cannot be sent a second time.
  bool reader_used() const { return reader_used_; }

 private:
  enum class Stage { kHead, kHeld, kBody, kDone, kAbandoned };
  void after_head();
  void read_piece(const Context& context);

  Stage stage_ = Stage::kHead;
  bool hold_;
  bool any_sent_ = false;
  bool reader_used_ = false;
  bool chunked_ = false;
  bool last_ = false;       // the piece at hand is the last one
  std::uint64_t left_ = 0;  // of a body whose size is known
  const Body& body_;
  std::string piece_;      // head or piece of the body
  std::string_view rest_;  // of piece_ or of the body's bytes
};

}  // namespace berth::http
