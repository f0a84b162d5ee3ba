#include "net/address.h"

#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <thread>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include "base/error.h"
#include "base/guarded.h"
#include "base/strings.h"

namespace berth::net {

namespace {

struct LookUp {
  bool done = false;
  int failure = 0;
  std::vector<Address> addresses;
};

// Takes the two families in turns, so that a broken one costs one attempt and not all of them (RFC 8305 section 4).
std::vector<Address> interleaved(const std::vector<Address>& addresses) {
  std::array<std::vector<Address>, 2> families;
  for (const Address& address : addresses) {
    families[address.family() == addresses.front().family() ? 0 : 1].push_back(address);
  }
  std::vector<Address> result;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    for (const auto& family : families) {
      if (i < family.size()) result.push_back(family[i]);
    }
  }
  return result;
}

LookUp look_up(const std::string& host, std::uint16_t port, int flags) {
  LookUp result;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  result.failure = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    Address address;
    address.size = each->ai_addrlen;
    std::memcpy(&address.storage, each->ai_addr, each->ai_addrlen);
    result.addresses.push_back(address);
  }
  if (found != nullptr) ::freeaddrinfo(found);
  result.done = true;
  return result;
}

std::string reason_of(int failure) {
  std::string reason = ::gai_strerror(failure);
  if (!reason.empty()) reason[0] = to_lower(reason.substr(0, 1))[0];
  return reason;
}

}  // namespace

std::vector<Address> resolve(const Context& context, const std::string& host, std::uint16_t port) {
  LookUp found = look_up(host, port, AI_NUMERICHOST);
  if (found.failure != 0) {
    // getaddrinfo cannot be interrupted: a thread that owns all it touches makes the call, and may outlive us.
    const auto shared = std::make_shared<Guarded<LookUp>>();
    std::thread([shared, host, port] {
      LookUp result = look_up(host, port, AI_ADDRCONFIG);
      *shared->lock() = std::move(result);
      shared->notify();
    }).detach();
    auto lookup = shared->lock();
    lookup.wait(context, [&] { return lookup->done; });
    found = *lookup;
  }
  if (found.addresses.empty()) {
    throw Error(Kind::kUnavailable, "cannot find the address of host '" + host + "': " + reason_of(found.failure) +
                                        "; check the name and the DNS settings");
  }
  return interleaved(found.addresses);
}

Address unix_address(const Path& path) {
  const std::string& text = path.native();
  sockaddr_un unix_socket{};
  if (text.empty() || text.size() >= sizeof unix_socket.sun_path) {
    throw Error(Kind::kInvalid, "'" + text + "' cannot be a socket's path: it must have 1 to 107 bytes");
  }
  unix_socket.sun_family = AF_UNIX;
  std::memcpy(unix_socket.sun_path, text.c_str(), text.size() + 1);
  Address address;
  address.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + text.size() + 1);
  std::memcpy(&address.storage, &unix_socket, sizeof unix_socket);
  return address;
}

std::string tcp_url(const std::string& host, std::uint16_t port) {
  const bool ipv6 = host.find(':') != std::string::npos;
  return "tcp://" + (ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string tcp_url(const Address& address) {
  char host[NI_MAXHOST] = "";
  char port[NI_MAXSERV] = "";
  ::getnameinfo(address.get(), address.size, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
  return tcp_url(host, static_cast<std::uint16_t>(parse_integer(port).value_or(0)));
}

}  // namespace berth::net
