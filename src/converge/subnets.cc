#include "converge/subnets.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <arpa/inet.h>

#include "base/strings.h"

namespace berth::converge {

namespace {

constexpr std::int64_t kBits = 32;

std::optional<std::pair<std::uint32_t, std::int64_t>> parse(std::string_view text) {
  const auto [address_text, length_text] = cut(text, '/');
  const auto length = length_text ? parse_integer(*length_text) : std::nullopt;
  in_addr address{};
  if (!length || *length < 0 || *length > kBits ||
      ::inet_pton(AF_INET, std::string(address_text).c_str(), &address) != 1) {
    return std::nullopt;
  }
  return std::pair(ntohl(address.s_addr), *length);
}

}  // namespace

bool subnets_overlap(std::string_view one, std::string_view other) {
  const auto a = parse(one);
  const auto b = parse(other);
  if (!a || !b) return false;
  const std::int64_t common = std::min(a->second, b->second);
  const std::uint32_t mask = common == 0 ? 0 : ~std::uint32_t{0} << static_cast<unsigned>(kBits - common);
  return (a->first & mask) == (b->first & mask);
}

}  // namespace berth::converge
