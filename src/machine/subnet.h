// IPv4 networks, as much as handing out addresses needs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace berth::machine {

// A network such as 10.213.0.0/16. A value; its address has no bits outside the mask.
class Subnet {
 public:
  // Throws kInvalid, saying what would be right: for what is no IPv4 network, one with host bits, or one that is too
  // small or too large for machines (/8 to /28).
  static Subnet parse(std::string_view text);

  std::string text() const;
  int bits() const { return bits_; }
  std::uint32_t address() const { return address_; }
  std::string gateway() const;  // the first address
  // The machines' addresses: everything between the gateway and the broadcast address.
  std::uint32_t first_host() const { return address_ + 2; }
  std::uint32_t last_host() const { return (address_ | ~mask()) - 1; }
  bool overlaps(const Subnet& other) const;
  bool operator==(const Subnet&) const = default;

 private:
  friend std::optional<std::string> route_in_the_way(std::string_view, const Subnet&, std::string_view);
  Subnet(std::uint32_t address, int bits) : address_(address), bits_(bits) {}
  std::uint32_t mask() const { return bits_ == 0 ? 0 : ~std::uint32_t{0} << (32 - bits_); }

  std::uint32_t address_;
  int bits_;
};

std::string address_text(std::uint32_t address);

// The route of this computer that overlaps `subnet`, such as "10.0.0.0/8 on tun0"; nothing when the subnet is free.
// `routes` is the text of /proc/net/route; default routes and those of `own_interface` are passed over.
std::optional<std::string> route_in_the_way(std::string_view routes, const Subnet& subnet,
                                            std::string_view own_interface);

// The interface of the default route in the text of /proc/net/route, or nothing.
std::optional<std::string> default_interface(std::string_view routes);

}  // namespace berth::machine
