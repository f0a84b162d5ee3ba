#include "http/url.h"

#include "base/strings.h"

namespace berth::http {

namespace {

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

// Value of a hexadecimal digit; -1 for anything else.
int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c)) {
      result += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    result += '%';
    result += kDigits[byte >> 4];
    result += kDigits[byte & 15];
  }
  return result;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_blank) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_blank) {
      result += ' ';
    } else if (text[i] != '%') {
      result += text[i];
    } else {
      const int high = i + 2 < text.size() ? digit_of(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? digit_of(text[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      result += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return result;
}

Query& Query::add(std::string_view name, std::string_view value) {
  if (!text_.empty()) text_ += '&';
  text_ += percent_encode(name);
  text_ += '=';
  text_ += percent_encode(value);
  return *this;
}

Query& Query::add_if(std::string_view name, std::string_view value) { return value.empty() ? *this : add(name, value); }

std::string Query::on(std::string_view path) const {
  std::string result(path);
  if (!text_.empty()) {
    result += '?';
    result += text_;
  }
  return result;
}

std::string Target::get(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return {};
}

std::optional<Target> parse_target(std::string_view target) {
  if (!target.starts_with('/')) return std::nullopt;
  const auto [path, query] = cut(target, '?');
  auto decoded = percent_decode(path);
  if (!decoded) return std::nullopt;
  Target result{std::move(*decoded), {}};
  if (!query || query->empty()) return result;
  for (const std::string& pair : split(*query, '&')) {
    if (pair.empty()) continue;
    const auto [name, value] = cut(pair, '=');
    auto key = percent_decode(name, true);
    auto text = percent_decode(value.value_or(""), true);
    if (!key || !text) return std::nullopt;
    result.query.emplace_back(std::move(*key), std::move(*text));
  }
  return result;
}

}  // namespace berth::http
