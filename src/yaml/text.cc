#include "yaml/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

namespace berth::yaml {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

unsigned byte_at(std::string_view text, std::size_t offset) {
  return offset < text.size() ? static_cast<unsigned char>(text[offset]) : 0;
}

bool is_continuation(unsigned byte) { return (byte & 0xC0) == 0x80; }

// Takes `least` to `most` digits off the front. Nothing when there are fewer.
std::optional<int> take_number(std::string_view& text, std::size_t least, std::size_t most) {
  std::size_t size = 0;
  while (size < text.size() && size < most && is_digit(text[size])) ++size;
  if (size < least) return std::nullopt;
  int value = 0;
  std::from_chars(text.data(), text.data() + size, value);
  text.remove_prefix(size);
  return value;
}

bool take(std::string_view& text, char wanted) {
  if (!text.starts_with(wanted)) return false;
  text.remove_prefix(1);
  return true;
}

int days_in(int year, int month) {
  static constexpr std::array<int, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[static_cast<std::size_t>(month - 1)];
}

bool take_date(std::string_view& text) {
  const auto year = take_number(text, 4, 4);
  if (!year || !take(text, '-')) return false;
  const auto month = take_number(text, 1, 2);
  if (!month || *month < 1 || *month > 12 || !take(text, '-')) return false;
  const auto day = take_number(text, 1, 2);
  return day && *day >= 1 && *day <= days_in(*year, *month);
}

bool take_time_of_day(std::string_view& text) {
  const auto hour = take_number(text, 1, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return false;
  const auto minute = take_number(text, 1, 2);
  if (!minute || *minute > 59 || !take(text, ':')) return false;
  const auto second = take_number(text, 1, 2);
  if (!second || *second > 59) return false;
  if (!text.starts_with('.') && !text.starts_with(',')) return true;
  text.remove_prefix(1);
  return take_number(text, 1, 9).has_value();
}

bool take_zone(std::string_view& text) {
  if (take(text, 'Z')) return true;
  if (!take(text, '+') && !take(text, '-')) return false;
  const auto hours = take_number(text, 2, 2);
  if (!hours || *hours > 24 || !take(text, ':')) return false;
  const auto minutes = take_number(text, 2, 2);
  return minutes && *minutes < 60;
}

// Beyond ASCII nearly all that keys have are letters.
bool is_letter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

// The number at `at`, after `leading`; its end is left in `at`.
std::int64_t number_at(std::string_view text, std::size_t& at, bool leading) {
  std::uint64_t value = leading ? 1 : 0;
  for (; at < text.size() && is_digit(text[at]); ++at) value = value * 10 + static_cast<std::uint64_t>(text[at] - '0');
  return static_cast<std::int64_t>(value);
}

}  // namespace

bool Character::is_break() const {
  return code == '\n' || code == '\r' || code == 0x85 || code == 0x2028 || code == 0x2029;
}

bool Character::is_printable() const {
  if (code <= 0x7E) return code >= 0x20 || code == '\n';
  return code >= 0xA0 && code <= 0xFFFD && code != 0xFEFF && (code < 0xD800 || code > 0xDFFF);
}

Character read_character(std::string_view text, std::size_t offset) {
  const unsigned first = byte_at(text, offset);
  if (first < 0x80) return {first, 1};
  constexpr Character kMalformed{0xFFFD, 1};
  const std::size_t width = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4) return kMalformed;
  char32_t code = first & (0xFFU >> (width + 1));
  for (std::size_t i = 1; i < width; ++i) {
    const unsigned byte = byte_at(text, offset + i);
    if (!is_continuation(byte)) return kMalformed;
    code = (code << 6) | (byte & 0x3F);
  }
  const bool overlong = (width == 3 && code < 0x800) || (width == 4 && code < 0x10000);
  if (overlong || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return kMalformed;
  return {code, width};
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    if (static_cast<unsigned char>(text[i]) < 0x80) {
      ++i;
      continue;
    }
    const Character c = read_character(text, i);
    if (c.width == 1) return false;
    i += c.width;
  }
  return true;
}

bool is_base_60_number(std::string_view text) {
  if (text.find(':') == std::string_view::npos) return false;
  if (text[0] == '+' || text[0] == '-') text.remove_prefix(1);
  if (text.empty() || !is_digit(text[0])) return false;
  while (!text.empty() && (is_digit(text[0]) || text[0] == '_')) text.remove_prefix(1);
  if (!text.starts_with(':')) return false;
  while (take(text, ':')) {
    // Up to 59: a second digit only after 0 to 5.
    const auto number = take_number(text, 1, text.size() > 1 && text[0] <= '5' ? 2 : 1);
    if (!number) return false;
  }
  if (take(text, '.')) {
    while (!text.empty() && (is_digit(text[0]) || text[0] == '_')) text.remove_prefix(1);
  }
  return text.empty();
}

bool is_timestamp(std::string_view text) {
  if (text.size() < 8 || !is_digit(text[0]) || text[4] != '-' || !take_date(text)) return false;
  if (text.empty()) return true;
  if (take(text, ' ')) return take_time_of_day(text) && text.empty();
  if (!take(text, 'T') && !take(text, 't')) return false;
  return take_time_of_day(text) && take_zone(text) && text.empty();
}

bool naturally_less(std::string_view a, std::string_view b) {
  const auto [at_a, at_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (at_a == a.end() || at_b == b.end()) return a.size() < b.size();
  const auto i = static_cast<std::size_t>(at_a - a.begin());
  const bool after_digit = i > 0 && is_digit(a[i - 1]);
  const bool letter_a = is_letter(*at_a);
  const bool letter_b = is_letter(*at_b);
  if (letter_a && letter_b) return static_cast<unsigned char>(*at_a) < static_cast<unsigned char>(*at_b);
  if (letter_a || letter_b) return after_digit ? letter_a : letter_b;
  // Zeros count only inside a number: then the digits before, which both share, stand for 1.
  bool leading = false;
  if (*at_a == '0' || *at_b == '0') {
    for (std::size_t j = i; j > 0 && is_digit(a[j - 1]) && !leading; --j) leading = a[j - 1] != '0';
  }
  std::size_t end_a = i;
  std::size_t end_b = i;
  const auto number_a = number_at(a, end_a, leading);
  const auto number_b = number_at(b, end_b, leading);
  if (number_a != number_b) return number_a < number_b;
  if (end_a != end_b) return end_a < end_b;
  return *at_a < *at_b;
}

}  // namespace berth::yaml
