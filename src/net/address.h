// Socket addresses and the resolver.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sys/socket.h>
#include <sys/un.h>

#include "base/context.h"
#include "base/files.h"

namespace berth::net {

// An address as the socket calls take it.
struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  int family() const { return storage.ss_family; }
};

// Addresses of a name or of an IP address' text, best first, IPv6 and IPv4 in turns. A look-up that hangs is left to
// itself when the context ends. Throws kUnavailable when there is none, kCancelled, kTimeout.
std::vector<Address> resolve(const Context& context, const std::string& host, std::uint16_t port);

// Throws kInvalid when the path is empty or too long for a socket (107 bytes).
Address unix_address(const Path& path);

// "tcp://10.0.0.5:2376", "tcp://[::1]:2376".
std::string tcp_url(const std::string& host, std::uint16_t port);
// The same of an address.
std::string tcp_url(const Address& address);

}  // namespace berth::net
