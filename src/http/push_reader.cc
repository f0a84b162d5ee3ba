#include "http/push_reader.h"

#include <array>
#include <utility>

namespace berth::http {

void PushReader::push(std::string_view bytes) {
  std::string joined;
  if (!left_.empty()) {
    joined = std::exchange(left_, {});
    joined += bytes;
    bytes = joined;
  }
  while (!bytes.empty()) {
    const std::size_t used = step(bytes);
    if (used == 0) break;
    bytes.remove_prefix(used);
  }
  left_.assign(bytes);
}

std::size_t PushReader::step(std::string_view bytes) {
  if (!parser_) {
    parser_.emplace(MessageKind::kResponse, head_limit_);
    head_told_ = false;
  }
  std::size_t used = 0;
  if (!parser_->head_done()) used = parser_->parse_head(bytes);
  if (!parser_->head_done()) return used;
  if (!head_told_) {
    head_told_ = true;
    events_.head(parser_->take_response());
  }
  std::array<char, 16 << 10> out;
  while (!parser_->done()) {
    const Parser::Step body = parser_->parse_body(bytes.substr(used), out);
    used += body.consumed;
    if (body.produced > 0) events_.body({out.data(), body.produced});
    if (body.consumed == 0 && body.produced == 0) return used;
  }
  parser_.reset();
  events_.done();
  return used;
}

void PushReader::end() {
  if (parser_) parser_->end_of_input();
}

}  // namespace berth::http
