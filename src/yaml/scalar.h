// What the text of an unquoted scalar means: YAML 1.2's core schema as go-yaml v3 reads it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace berth::yaml {

struct IntegerValue {
  std::uint64_t magnitude = 0;
  bool negative = false;
  std::string str() const;  // decimal
};

// The value of 12, -12, +12, 0x1f, 0o17, 0b101, 017 (octal) or 1_000; nothing when it is no integer or beyond 64 bits.
std::optional<IntegerValue> read_integer(std::string_view text);

// The value of 1.5, 1e3, .5, -.inf, .NaN, and of integers beyond 64 bits; nothing when it is no number.
std::optional<double> read_float(std::string_view text);

// As Go's fmt.Sprint and strconv 'g' print it: 1.5, 1e+06, 100000, +Inf.
std::string format_float(double value);

}  // namespace berth::yaml
