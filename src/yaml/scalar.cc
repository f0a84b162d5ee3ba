#include "yaml/scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace berth::yaml {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// go-yaml drops underscores anywhere in a number.
std::string without_underscores(std::string_view text) {
  std::string plain(text);
  std::erase(plain, '_');
  return plain;
}

// Takes the base's prefix off. A leading 0 alone is YAML 1.1's octal, which go-yaml still reads.
int take_base(std::string_view& digits) {
  if (digits.size() < 2 || digits[0] != '0') return 10;
  int base = 8;
  std::size_t prefix = 2;
  switch (digits[1]) {
    case 'x':
    case 'X':
      base = 16;
      break;
    case 'b':
    case 'B':
      base = 2;
      break;
    case 'o':
    case 'O':
      break;
    default:
      prefix = 1;
  }
  digits.remove_prefix(prefix);
  return base;
}

// The form of a float in the core schema: [-+]? ( \.[0-9]+ | [0-9]+ (\.[0-9]*)? ) ([eE][-+]?[0-9]+)?
bool is_float_form(std::string_view text) {
  std::size_t at = 0;
  const auto skip_digits = [&] {
    const std::size_t from = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at - from;
  };
  const auto skip_sign = [&] {
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
  };
  skip_sign();
  const std::size_t whole = skip_digits();
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (skip_digits() == 0 && whole == 0) return false;
  } else if (whole == 0) {
    return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    skip_sign();
    if (skip_digits() == 0) return false;
  }
  return at == text.size();
}

std::optional<double> read_special(std::string_view text) {
  constexpr double kInfinity = HUGE_VAL;
  for (const auto spelling : {".inf", ".Inf", ".INF"}) {
    if (text == spelling || (text.starts_with('+') && text.substr(1) == spelling)) return kInfinity;
    if (text.starts_with('-') && text.substr(1) == spelling) return -kInfinity;
  }
  for (const auto spelling : {".nan", ".NaN", ".NAN"}) {
    if (text == spelling) return std::nan("");
  }
  return std::nullopt;
}

}  // namespace

std::string IntegerValue::str() const { return (negative && magnitude != 0 ? "-" : "") + std::to_string(magnitude); }

std::optional<IntegerValue> read_integer(std::string_view text) {
  if (text.empty() || (!is_digit(text[0]) && text[0] != '-' && text[0] != '+')) return std::nullopt;
  std::string plain;
  if (text.find('_') != std::string_view::npos) {
    plain = without_underscores(text);
    text = plain;
  }
  const bool is_signed = !is_digit(text[0]);
  IntegerValue value;
  value.negative = text[0] == '-';
  std::string_view digits = text.substr(is_signed ? 1 : 0);
  const int base = take_base(digits);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value.magnitude, base);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  // Only a number without a sign may use all 64 bits.
  constexpr std::uint64_t kMinimum = std::uint64_t{1} << 63;
  if (is_signed && value.magnitude > (value.negative ? kMinimum : kMinimum - 1)) return std::nullopt;
  return value;
}

std::optional<double> read_float(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (const auto special = read_special(text)) return special;
  const std::string plain = without_underscores(text);
  if (text[0] == '_' || !is_float_form(plain)) return std::nullopt;
  const char* begin = plain.data() + (plain[0] == '+' ? 1 : 0);
  const char* end = plain.data() + plain.size();
  double value = 0;
  const auto parsed = std::from_chars(begin, end, value);
  if (parsed.ec == std::errc() && parsed.ptr == end) return value;
  // Out of range: too small is zero, too large is no number.
  if (parsed.ec == std::errc::result_out_of_range && std::abs(std::strtod(plain.c_str(), nullptr)) < 1) return 0.0;
  return std::nullopt;
}

std::string format_float(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  if (value == 0) return std::signbit(value) ? "-0" : "0";
  std::array<char, 64> buffer;
  const auto written =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific);
  const std::string_view scientific(buffer.data(), static_cast<std::size_t>(written.ptr - buffer.data()));
  int exponent = 0;
  std::string_view exponent_text = scientific.substr(scientific.find('e') + 1);
  if (exponent_text.starts_with('+')) exponent_text.remove_prefix(1);
  std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);
  // Go's threshold for 'g' with the shortest precision.
  if (exponent < -4 || exponent >= 6) return std::string(scientific);
  const auto fixed = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed);
  return {buffer.data(), fixed.ptr};
}

}  // namespace berth::yaml
