#include "machine/subnet.h"

#include <bit>
#include <charconv>
#include <sstream>
#include <vector>

#include <arpa/inet.h>

#include "base/error.h"
#include "base/strings.h"

namespace berth::machine {

namespace {

// A line of /proc/net/route. The kernel prints addresses as numbers in network order, read as they lie in memory.
struct Route {
  std::string interface;
  std::uint32_t destination = 0;
  std::uint32_t mask = 0;
};

std::optional<Route> parse_route(const std::string& line) {
  std::istringstream words(line);
  std::string interface, destination, gateway, flags, references, use, metric, mask;
  if (!(words >> interface >> destination >> gateway >> flags >> references >> use >> metric >> mask)) return {};
  const auto hex = [](const std::string& text, std::uint32_t& value) {
    return std::from_chars(text.data(), text.data() + text.size(), value, 16).ec == std::errc();
  };
  Route route{interface, 0, 0};
  if (!hex(destination, route.destination) || !hex(mask, route.mask)) return {};
  route.destination = ntohl(route.destination);
  route.mask = ntohl(route.mask);
  return route;
}

std::vector<Route> parse_routes(std::string_view text) {
  std::vector<Route> routes;
  for (const std::string& line : split(text, '\n')) {
    if (auto route = parse_route(line); route && !line.starts_with("Iface")) routes.push_back(*route);
  }
  return routes;
}

}  // namespace

std::string address_text(std::uint32_t address) {
  const in_addr network{htonl(address)};
  char text[INET_ADDRSTRLEN];
  return ::inet_ntop(AF_INET, &network, text, sizeof text);
}

Subnet Subnet::parse(std::string_view text) {
  const std::string quoted = "'" + std::string(text) + "'";
  const auto [address, suffix] = cut(text, '/');
  in_addr network{};
  const auto bits = suffix ? parse_integer(*suffix) : std::nullopt;
  if (::inet_pton(AF_INET, std::string(address).c_str(), &network) != 1 || !bits || *bits < 0 || *bits > 32) {
    throw Error(Kind::kInvalid, quoted + " is not an IPv4 subnet: write it like 10.213.0.0/16");
  }
  if (*bits < 8 || *bits > 28) {
    throw Error(Kind::kInvalid, "subnet " + quoted + " does not suit machines: take one from /8 to /28");
  }
  Subnet subnet(ntohl(network.s_addr), static_cast<int>(*bits));
  if ((subnet.address_ & ~subnet.mask()) != 0) {
    const Subnet meant(subnet.address_ & subnet.mask(), subnet.bits_);
    throw Error(Kind::kInvalid, quoted + " is an address in a subnet: did you mean " + meant.text() + "?");
  }
  return subnet;
}

std::string Subnet::text() const { return address_text(address_) + "/" + std::to_string(bits_); }

std::string Subnet::gateway() const { return address_text(address_ + 1); }

bool Subnet::overlaps(const Subnet& other) const {
  const std::uint32_t common = mask() & other.mask();
  return (address_ & common) == (other.address_ & common);
}

std::optional<std::string> route_in_the_way(std::string_view routes, const Subnet& subnet,
                                            std::string_view own_interface) {
  for (const Route& route : parse_routes(routes)) {
    if (route.mask == 0 || route.interface == own_interface) continue;
    const Subnet taken(route.destination, std::popcount(route.mask));
    if (taken.overlaps(subnet)) return taken.text() + " on " + route.interface;
  }
  return std::nullopt;
}

std::optional<std::string> default_interface(std::string_view routes) {
  for (const Route& route : parse_routes(routes)) {
    if (route.mask == 0 && route.destination == 0) return route.interface;
  }
  return std::nullopt;
}

}  // namespace berth::machine
