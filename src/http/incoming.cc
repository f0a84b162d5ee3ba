#include "http/incoming.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace berth::http {

namespace {

// One read's worth; the pages of a quiet connection's buffer are never touched.
constexpr std::size_t kBufferSize = std::size_t{64} << 10;

// Runs a call of the parser; its errors say whose bytes they are about.
template <typename Call>
auto naming(const std::string& peer, Call call) {
  try {
    return call();
  } catch (const Error& e) {
    throw e.within(peer);
  }
}

}  // namespace

bool Incoming::fill(const Context& context) {
  const std::size_t capacity = std::max(kBufferSize, head_limit_);
  if (!buffer_) buffer_ = std::make_unique_for_overwrite<char[]>(capacity);
  if (begin_ == end_) {
    begin_ = end_ = 0;
  } else if (end_ == capacity) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= std::exchange(begin_, 0);
  }
  const std::size_t got = source_(context, {buffer_.get() + end_, capacity - end_});
  end_ += got;
  return got > 0;
}

bool Incoming::wait_for_message(const Context& context) { return has_unused() || fill(context); }

void Incoming::read_head(const Context& context, MessageKind kind) {
  parser_.emplace(kind, head_limit_);
  for (;;) {
    if (has_unused()) begin_ += naming(peer_, [&] { return parser_->parse_head(unused()); });
    if (parser_->head_done()) return;
    if (!fill(context)) end_of_input();
  }
}

Parser::Step Incoming::parse_body(std::string_view bytes, std::span<char> out) {
  return naming(peer_, [&] { return parser_->parse_body(bytes, out); });
}

void Incoming::end_of_input() {
  try {
    parser_->end_of_input();
  } catch (const Error& e) {
    const std::string part = parser_->head_done() ? "body" : "head";
    throw Error(e.kind(), peer_ + " broke off the connection in the middle of the " + part);
  }
}

Request Incoming::read_request(const Context& context) {
  read_head(context, MessageKind::kRequest);
  return parser_->take_request();
}

ResponseHead Incoming::read_response(const Context& context, MessageKind kind) {
  read_head(context, kind);
  return parser_->take_response();
}

std::size_t Incoming::read_body(const Context& context, std::span<char> out) {
  while (!parser_->done()) {
    if (has_unused()) {
      if (const std::size_t got = decode_unused(out); got > 0) return got;
      if (!has_unused()) continue;
    } else if (const std::uint64_t ahead = parser_->plain_bytes_ahead(); ahead > 0) {
      // Straight into the caller's memory: what comes is the body's and nothing else.
      const std::size_t got = source_(context, out.first(std::min<std::uint64_t>(ahead, out.size())));
      if (got > 0) return parse_body({out.data(), got}, out).produced;
      end_of_input();
      return 0;
    }
    if (!fill(context)) {
      end_of_input();
      return 0;
    }
  }
  return 0;
}

// Bytes of the body from what is at hand, of as many chunks as there are.
std::size_t Incoming::decode_unused(std::span<char> out) {
  std::size_t produced = 0;
  while (has_unused() && !parser_->done() && produced < out.size()) {
    const Parser::Step step = parse_body(unused(), out.subspan(produced));
    begin_ += step.consumed;
    produced += step.produced;
    if (step.consumed == 0) break;
  }
  return produced;
}

void Incoming::discard_buffered_body() {
  std::array<char, 4096> scratch;
  while (!parser_->done() && has_unused()) {
    const Parser::Step step = parse_body(unused(), scratch);
    begin_ += step.consumed;
    if (step.consumed == 0) return;
  }
}

std::string Incoming::take_unused() {
  std::string bytes(unused());
  begin_ = end_ = 0;
  return bytes;
}

}  // namespace berth::http
