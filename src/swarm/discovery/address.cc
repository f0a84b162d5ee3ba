#include "swarm/discovery/address.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <optional>

#include <arpa/inet.h>

#include "base/error.h"
#include "base/strings.h"

namespace berth::swarm {

namespace {

constexpr std::size_t kMostTexts = 100'000;
constexpr std::size_t kMostDigits = 9;

struct Range {
  std::size_t begin = 0;  // of its brackets in the pattern
  std::size_t end = 0;
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::size_t width = 0;  // digits, where the first number has leading zeros
};

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

std::int64_t number_of(std::string_view digits, std::string_view pattern) {
  const auto number = digits.size() <= kMostDigits ? parse_integer(digits) : std::nullopt;
  if (!number) throw Error(Kind::kInvalid, "'" + std::string(pattern) + "' has a range of numbers that are too large");
  return *number;
}

// The first "[digits:digits]"; other brackets are those of an IPv6 address.
std::optional<Range> find_range(std::string_view pattern) {
  for (std::size_t begin = 0; (begin = pattern.find('[', begin)) != pattern.npos; ++begin) {
    const std::size_t end = pattern.find(']', begin);
    if (end == pattern.npos) return std::nullopt;
    const auto [first, last] = cut(pattern.substr(begin + 1, end - begin - 1), ':');
    if (!last || !all_digits(first) || !all_digits(*last)) continue;
    const Range range{begin, end + 1, number_of(first, pattern), number_of(*last, pattern),
                      first.starts_with('0') ? first.size() : 0};
    if (range.last < range.first) {
      throw Error(Kind::kInvalid, "'" + std::string(pattern) + "' has a range that ends before it begins: '" +
                                      std::string(pattern.substr(begin, range.end - begin)) + "'");
    }
    return range;
  }
  return std::nullopt;
}

std::string padded(std::int64_t number, std::size_t width) {
  const std::string digits = std::to_string(number);
  return std::string(width > digits.size() ? width - digits.size() : 0, '0') + digits;
}

void expand(std::string_view pattern, std::string_view whole, std::vector<std::string>& texts) {
  const auto range = find_range(pattern);
  if (!range) {
    if (texts.size() == kMostTexts) {
      throw Error(Kind::kInvalid,
                  "'" + std::string(whole) + "' stands for more than " + std::to_string(kMostTexts) + " addresses");
    }
    texts.emplace_back(pattern);
    return;
  }
  for (std::int64_t number = range->first; number <= range->last; ++number) {
    std::string one(pattern.substr(0, range->begin));
    one += padded(number, range->width);
    one += pattern.substr(range->end);
    expand(one, whole, texts);
  }
}

bool is_name(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_';
  });
}

bool is_ipv6(std::string_view text) {
  std::array<char, sizeof(in6_addr)> bytes;
  return ::inet_pton(AF_INET6, std::string(cut(text, '%').first).c_str(), bytes.data()) == 1;
}

// The host with its brackets, and what follows it.
std::optional<std::pair<std::string_view, std::string_view>> cut_host(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == text.npos || !is_ipv6(text.substr(1, end - 1))) return std::nullopt;
    return std::pair(text.substr(0, end + 1), text.substr(end + 1));
  }
  const std::size_t end = std::min(text.find(':'), text.size());
  if (!is_name(text.substr(0, end))) return std::nullopt;
  return std::pair(text.substr(0, end), text.substr(end));
}

}  // namespace

std::vector<std::string> expand_ranges(std::string_view pattern) {
  std::vector<std::string> texts;
  expand(pattern, pattern, texts);
  return texts;
}

std::string checked_address(std::string_view text) {
  constexpr std::string_view kUnix = "unix://";
  constexpr std::string_view kTcp = "tcp://";
  if (text.starts_with(kUnix)) {
    if (!text.substr(kUnix.size()).starts_with('/')) {
      throw Error(Kind::kInvalid, "'" + std::string(text) + "' is no address of an engine: use unix:///PATH");
    }
    return std::string(text);
  }
  const auto parts = cut_host(text.starts_with(kTcp) ? text.substr(kTcp.size()) : text);
  const bool has_port = parts && parts->second.starts_with(':') && all_digits(parts->second.substr(1));
  const auto port = has_port ? parse_integer(parts->second.substr(1)) : std::nullopt;
  if (!port || *port < 1 || *port > 65'535) {
    throw Error(Kind::kInvalid, "'" + std::string(text) + "' is no address of an engine: use HOST:PORT");
  }
  return to_lower(parts->first) + ":" + std::to_string(*port);
}

}  // namespace berth::swarm
