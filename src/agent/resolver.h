// Addresses of containers by their names, asked of the engine's own DNS without ever waiting for it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include <netinet/in.h>

namespace berth::agent {

// Wire format of DNS (RFC 1035), as far as asking for a name's IPv4 address goes.
std::string dns_query(std::uint16_t id, std::string_view name);
struct DnsAnswer {
  std::uint16_t id = 0;
  bool found = false;
  in_addr address{};
};
// False for what is no answer.
bool parse_dns_answer(std::string_view packet, DnsAnswer& answer);

// One UDP socket to the nameserver of /etc/resolv.conf. One thread.
class Resolver {
 public:
  Resolver();
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  int descriptor() const { return fd_; }
  void ask(const std::string& name);
  // An answer that has come, of `name`; false when there is none.
  bool next(std::string& name, DnsAnswer& answer);

 private:
  int fd_ = -1;
  std::uint16_t next_id_ = 1;
  std::map<std::uint16_t, std::string> asked_;
};

}  // namespace berth::agent
