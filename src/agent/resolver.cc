#include "agent/resolver.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

namespace berth::agent {

namespace {

constexpr std::size_t kHeader = 12;
constexpr std::uint16_t kTypeA = 1;
constexpr std::uint16_t kClassIn = 1;
constexpr std::uint16_t kDnsPort = 53;
constexpr std::size_t kMostAsked = 1024;

void put16(std::string& packet, unsigned value) {
  packet += static_cast<char>(value >> 8 & 0xff);
  packet += static_cast<char>(value & 0xff);
}

unsigned get16(std::string_view packet, std::size_t at) {
  return static_cast<unsigned>(static_cast<unsigned char>(packet[at])) << 8 |
         static_cast<unsigned char>(packet[at + 1]);
}

// Past the name that begins at `at`; the packet's size where it is broken.
std::size_t skip_name(std::string_view packet, std::size_t at) {
  while (at < packet.size()) {
    const auto length = static_cast<unsigned char>(packet[at]);
    if (length == 0) return at + 1;
    if ((length & 0xc0U) == 0xc0U) return at + 2;
    at += length + 1U;
  }
  return packet.size();
}

// The engine's DNS listens on 127.0.0.11 in every container of a user-defined network.
in_addr nameserver() {
  in_addr address{};
  ::inet_pton(AF_INET, "127.0.0.11", &address);
  std::FILE* file = std::fopen("/etc/resolv.conf", "re");
  if (file == nullptr) return address;
  char line[256];
  while (std::fgets(line, sizeof line, file) != nullptr) {
    char text[64] = {};
    in_addr given{};
    if (std::sscanf(line, "nameserver %63s", text) == 1 && ::inet_pton(AF_INET, text, &given) == 1) {
      address = given;
      break;
    }
  }
  std::fclose(file);
  return address;
}

}  // namespace

std::string dns_query(std::uint16_t id, std::string_view name) {
  std::string packet;
  put16(packet, id);
  put16(packet, 0x0100);  // recursion desired
  put16(packet, 1);
  packet.append(6, '\0');
  while (!name.empty()) {
    const std::string_view part = name.substr(0, name.find('.'));
    packet += static_cast<char>(part.size());
    packet += part;
    name.remove_prefix(std::min(name.size(), part.size() + 1));
  }
  packet += '\0';
  put16(packet, kTypeA);
  put16(packet, kClassIn);
  return packet;
}

bool parse_dns_answer(std::string_view packet, DnsAnswer& answer) {
  if (packet.size() < kHeader || (get16(packet, 2) & 0x8000U) == 0) return false;
  answer = DnsAnswer{.id = static_cast<std::uint16_t>(get16(packet, 0))};
  std::size_t at = kHeader;
  for (unsigned i = get16(packet, 4); i > 0; --i) at = skip_name(packet, at) + 4;
  for (unsigned i = get16(packet, 6); i > 0; --i) {
    at = skip_name(packet, at);
    if (at + 10 > packet.size()) return true;
    const unsigned type = get16(packet, at);
    const std::size_t size = get16(packet, at + 8);
    at += 10;
    if (at + size > packet.size()) return true;
    if (type == kTypeA && size == sizeof answer.address) {
      std::memcpy(&answer.address, packet.data() + at, size);
      answer.found = true;
      return true;
    }
    at += size;
  }
  return true;
}

Resolver::Resolver() {
  fd_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(kDnsPort);
  to.sin_addr = nameserver();
  static_cast<void>(::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to));
}

Resolver::~Resolver() { ::close(fd_); }

void Resolver::ask(const std::string& name) {
  if (asked_.size() > kMostAsked) asked_.clear();
  const std::uint16_t id = next_id_++;
  asked_[id] = name;
  const std::string packet = dns_query(id, name);
  static_cast<void>(::send(fd_, packet.data(), packet.size(), MSG_NOSIGNAL));
}

bool Resolver::next(std::string& name, DnsAnswer& answer) {
  char packet[1500];
  for (;;) {
    const ssize_t size = ::recv(fd_, packet, sizeof packet, 0);
    if (size <= 0) return false;
    if (!parse_dns_answer({packet, static_cast<std::size_t>(size)}, answer)) continue;
    const auto asked = asked_.find(answer.id);
    if (asked == asked_.end()) continue;
    name = asked->second;
    asked_.erase(asked);
    return true;
  }
}

}  // namespace berth::agent
