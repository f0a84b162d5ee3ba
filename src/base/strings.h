// Small text functions. ASCII only: names, labels and headers of the Docker world are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth {

// Parts between each `separator`; one part, maybe empty, when there is none.
std::vector<std::string> split(std::string_view text, char separator);
// At most two parts: before and after the first `separator`; the second is absent when there is none.
std::pair<std::string_view, std::optional<std::string_view>> cut(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
// Without blanks, tabs and line ends at both ends.
std::string_view trim(std::string_view text);
std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);
std::string replace_all(std::string_view text, std::string_view from, std::string_view to);

// The whole text as a decimal number, nothing when it is not one or out of range.
std::optional<std::int64_t> parse_integer(std::string_view text);
std::optional<double> parse_number(std::string_view text);

// Shortest decimal text that reads back as the same number; no exponent for everyday sizes: 1.5, 0.25, 3.
std::string format_number(double value);

// Lower-case hexadecimal digits of the bytes.
std::string to_hex(std::string_view bytes);

// Standard base64 with padding; URL-safe alphabet where asked. Decoding takes both; nothing when malformed.
std::string base64_encode(std::string_view bytes, bool url_safe = false);
std::optional<std::string> base64_decode(std::string_view text);

// `name` that `text` is most likely a misspelling of (edit distance up to 2 and half the length), or nothing.
std::optional<std::string> nearest(std::string_view text, const std::vector<std::string>& names);

}  // namespace berth
