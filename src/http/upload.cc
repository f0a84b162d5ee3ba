#include "http/upload.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/error.h"

namespace berth::http {

namespace {

constexpr std::size_t kPiece = std::size_t{64} << 10;
constexpr std::size_t kSmallBody = std::size_t{16} << 10;

}  // namespace

void set_framing(Headers& headers, std::optional<std::uint64_t> size) {
  headers.remove(size ? "Transfer-Encoding" : "Content-Length");
  if (size) {
    headers.set("Content-Length", std::to_string(*size));
  } else {
    headers.set("Transfer-Encoding", "chunked");
  }
}

std::string chunk_of(std::string_view bytes) {
  std::array<char, 16> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), bytes.size(), 16).ptr;
  std::string chunk;
  chunk.reserve(bytes.size() + 20);
  chunk.append(digits.data(), end).append("\r\n").append(bytes).append("\r\n");
  return chunk;
}

Upload::Upload(std::string head, const Body& body, bool hold) : hold_(hold), body_(body), piece_(std::move(head)) {
  chunked_ = body.reader() && !body.size();
  left_ = body.reader() ? body.size().value_or(0) : 0;
  if (!body.reader() && !hold && body.bytes().size() <= kSmallBody) {
    piece_ += body.bytes();
    last_ = true;
  }
  rest_ = piece_;
}

void Upload::after_head() {
  if (last_) {
    stage_ = Stage::kDone;
    return;
  }
  stage_ = hold_ ? Stage::kHeld : Stage::kBody;
  rest_ = {};
  if (body_.reader()) return;
  rest_ = body_.bytes();
  last_ = true;
}

void Upload::release() {
  if (stage_ == Stage::kHeld) stage_ = last_ && rest_.empty() ? Stage::kDone : Stage::kBody;
}

void Upload::read_piece(const Context& context) {
  const std::size_t want = chunked_ ? kPiece : std::min<std::uint64_t>(kPiece, left_);
  if (want == 0) {
    stage_ = Stage::kDone;
    return;
  }
  std::array<char, kPiece> bytes;
  reader_used_ = true;
  const std::size_t got = body_.reader()(context, std::span(bytes).first(want));
  if (chunked_) {
    piece_ = chunk_of({bytes.data(), got});
    last_ = got == 0;
  } else {
    if (got == 0) {
      throw Error(Kind::kInvalid,
                  "the body ended " + std::to_string(left_) + " bytes before the size it was announced with");
    }
    piece_.assign(bytes.data(), got);
    left_ -= got;
    last_ = left_ == 0;
  }
  rest_ = piece_;
}

std::string_view Upload::next(const Context& context) {
  if (done() || held()) return {};
  if (rest_.empty()) read_piece(context);
  return rest_;
}

void Upload::sent(std::size_t size) {
  any_sent_ = any_sent_ || size > 0;
  rest_.remove_prefix(size);
  if (!rest_.empty()) return;
  if (stage_ == Stage::kHead) {
    after_head();
  } else if (last_) {
    stage_ = Stage::kDone;
  }
}

}  // namespace berth::http
