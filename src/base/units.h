// Sizes and durations as the Docker world writes them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace berth {

// A number of bytes.
enum class Bytes : std::int64_t {};
constexpr std::int64_t count(Bytes bytes) { return static_cast<std::int64_t>(bytes); }

// "64m", "1.5gb", "512", "2GiB": a number with an optional unit b, k, m, g, t, p (powers of 1024, optional b or ib, any
// case; a blank may stand before the unit). Source: docker/go-units RAMInBytes, which compose and docker run use.
std::optional<Bytes> parse_bytes(std::string_view text);

// Decimal units with three significant digits, as docker's SIZE columns: "1.23MB", "0B".
std::string human_size(Bytes bytes);

// Powers of 1024 with four significant digits, as docker tells memory: "1.021GiB"; with `gap` before the unit.
std::string binary_size(Bytes bytes, std::string_view gap = {});

// Go's duration text: "1m30s", "1.5h", "300ms", "-2s", "0". Units ns us ms s m h, and compose's d (24 h) and w.
std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);

// As Go prints a duration: "1m30s", "1.5s", "0s", "300ms".
std::string format_duration(std::chrono::nanoseconds duration);

// As docker says how long ago something was: "Less than a second", "5 seconds", "About a minute", "3 hours", "2 weeks".
std::string human_duration(std::chrono::nanoseconds duration);

// RFC 3339 text, such as "2024-05-01T10:00:00.123456789Z" or with an offset; nothing when malformed.
std::optional<std::chrono::system_clock::time_point> parse_time(std::string_view text);
// RFC 3339 in UTC; nanoseconds only where there are any.
std::string format_time(std::chrono::system_clock::time_point time);

}  // namespace berth
