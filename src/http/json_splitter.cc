#include "http/json_splitter.h"

#include <utility>

#include "base/error.h"

namespace berth::http {

namespace {

constexpr std::size_t kKeptCapacity = std::size_t{4} << 10;  // a quiet stream's buffer is given back

bool is_between(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\x1e' || c == ','; }

}  // namespace

void JsonSplitter::push(std::string_view bytes) {
  buffer_.erase(0, std::exchange(begin_, 0));
  scanned_ = buffer_.size();
  if (buffer_.empty() && buffer_.capacity() > kKeptCapacity && bytes.size() < kKeptCapacity) buffer_.shrink_to_fit();
  buffer_ += bytes;
}

std::optional<std::size_t> JsonSplitter::find_end() {
  for (; scanned_ < buffer_.size(); ++scanned_) {
    const char c = buffer_[scanned_];
    if (in_string_) {
      if (escaped_) {
        escaped_ = false;
      } else if (c == '\\') {
        escaped_ = true;
      } else if (c == '"') {
        in_string_ = false;
      }
    } else if (c == '{' || c == '[') {
      ++depth_;
    } else if (depth_ == 0) {
      if (!is_between(c)) {
        throw Error(Kind::kInternal, std::string("the body is not a stream of JSON objects: unexpected '") + c + "'");
      }
      begin_ = scanned_ + 1;
    } else if (c == '"') {
      in_string_ = true;
    } else if ((c == '}' || c == ']') && --depth_ == 0) {
      return ++scanned_;
    }
  }
  return std::nullopt;
}

std::optional<std::string_view> JsonSplitter::next() {
  if (const auto end = find_end()) {
    const std::string_view value(buffer_.data() + begin_, *end - begin_);
    begin_ = *end;
    return value;
  }
  if (buffer_.size() - begin_ > limit_) {
    throw Error(Kind::kInternal, "a JSON value of the body is larger than " + std::to_string(limit_) + " bytes");
  }
  return std::nullopt;
}

}  // namespace berth::http
