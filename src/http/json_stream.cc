#include "http/json_stream.h"

#include <array>
#include <utility>

#include "base/error.h"

namespace berth::http {

namespace {

constexpr std::size_t kStep = std::size_t{16} << 10;

}  // namespace

JsonStream::JsonStream(Reader reader, std::size_t limit) : reader_(std::move(reader)), splitter_(limit) {}

std::optional<std::string> JsonStream::next(const Context& context) {
  for (;;) {
    if (const auto value = splitter_.next()) return std::string(*value);
    std::array<char, kStep> bytes;
    const std::size_t got = reader_(context, bytes);
    splitter_.push({bytes.data(), got});
    if (got > 0) continue;
    if (splitter_.within_value()) throw Error(Kind::kUnavailable, "the body ends in the middle of a JSON value");
    return std::nullopt;
  }
}

}  // namespace berth::http
