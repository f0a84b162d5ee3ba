#include "http/message.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/error.h"
#include "base/strings.h"

namespace berth::http {

void Headers::set(std::string_view name, std::string value) {
  const auto same = [&](const Field& field) { return equal_ignoring_case(field.name, name); };
  const auto first = std::find_if(fields_.begin(), fields_.end(), same);
  if (first == fields_.end()) return add(std::string(name), std::move(value));
  first->value = std::move(value);
  fields_.erase(std::remove_if(first + 1, fields_.end(), same), fields_.end());
}

void Headers::remove(std::string_view name) {
  std::erase_if(fields_, [&](const Field& field) { return equal_ignoring_case(field.name, name); });
}

std::optional<std::string_view> Headers::get(std::string_view name) const {
  for (const Field& field : fields_) {
    if (equal_ignoring_case(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::size_t Headers::count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(
      fields_.begin(), fields_.end(), [&](const Field& field) { return equal_ignoring_case(field.name, name); }));
}

bool Headers::has_token(std::string_view name, std::string_view token) const {
  for (const Field& field : fields_) {
    if (!equal_ignoring_case(field.name, name)) continue;
    for (std::optional<std::string_view> rest = field.value; rest;) {
      const auto [member, next] = cut(*rest, ',');
      if (equal_ignoring_case(trim(member), token)) return true;
      rest = next;
    }
  }
  return false;
}

std::string_view reason_of(int status) {
  static constexpr std::pair<int, std::string_view> kReasons[] = {
      {100, "Continue"},
      {101, "Switching Protocols"},
      {200, "OK"},
      {201, "Created"},
      {202, "Accepted"},
      {204, "No Content"},
      {206, "Partial Content"},
      {301, "Moved Permanently"},
      {302, "Found"},
      {303, "See Other"},
      {304, "Not Modified"},
      {307, "Temporary Redirect"},
      {308, "Permanent Redirect"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {406, "Not Acceptable"},
      {408, "Request Timeout"},
      {409, "Conflict"},
      {411, "Length Required"},
      {412, "Precondition Failed"},
      {413, "Content Too Large"},
      {415, "Unsupported Media Type"},
      {417, "Expectation Failed"},
      {426, "Upgrade Required"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {499, "Client Closed Request"},
      {500, "Internal Server Error"},
      {501, "Not Implemented"},
      {502, "Bad Gateway"},
      {503, "Service Unavailable"},
      {504, "Gateway Timeout"},
      {507, "Insufficient Storage"},
  };
  for (const auto& [known, reason] : kReasons) {
    if (known == status) return reason;
  }
  return {};
}

Body Body::streamed(Reader reader, std::optional<std::uint64_t> size) {
  Body body;
  body.reader_ = std::move(reader);
  body.size_ = size;
  return body;
}

std::string read_all(const Context& context, const Reader& reader, std::size_t limit) {
  constexpr std::size_t kStep = std::size_t{16} << 10;
  std::string result;
  std::size_t filled = 0;
  for (;;) {
    if (result.size() - filled < kStep / 2) result.resize(std::max(result.size() * 2, kStep));
    const std::size_t got = reader(context, {result.data() + filled, result.size() - filled});
    if (got == 0) break;
    filled += got;
    if (filled > limit) {
      throw Error(Kind::kInvalid, "the body is larger than the " + std::to_string(limit) + " bytes allowed here");
    }
  }
  result.resize(filled);
  return result;
}

}  // namespace berth::http
