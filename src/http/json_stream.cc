#include "http/json_stream.h"

#include <array>
#include <utility>

#include "base/error.h"

namespace berth::http {

namespace {

constexpr std::size_t kStep = std::size_t{16} << 10;

bool is_between(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\x1e'; }

}  // namespace

JsonStream::JsonStream(Reader reader, std::size_t limit) : reader_(std::move(reader)), limit_(limit) {}

std::optional<std::size_t> JsonStream::find_end() {
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

std::optional<std::string> JsonStream::next(const Context& context) {
  for (;;) {
    if (const auto end = find_end()) {
      std::string value = buffer_.substr(begin_, *end - begin_);
      begin_ = *end;
      return value;
    }
    buffer_.erase(0, std::exchange(begin_, 0));
    if (buffer_.size() > limit_) {
      throw Error(Kind::kInternal, "a JSON value of the body is larger than " + std::to_string(limit_) + " bytes");
    }
    scanned_ = buffer_.size();
    std::array<char, kStep> bytes;
    const std::size_t got = reader_(context, bytes);
    buffer_.append(bytes.data(), got);
    if (got > 0) continue;
    if (depth_ > 0) throw Error(Kind::kUnavailable, "the body ends in the middle of a JSON value");
    return std::nullopt;
  }
}

}  // namespace berth::http
