#include "swarm/placement/request_ports.h"

#include <algorithm>

#include "base/error.h"
#include "base/strings.h"

namespace berth::swarm::placement {
namespace {

[[noreturn]] void refuse(std::string_view text) {
  throw Error(Kind::kInvalid, "port '" + std::string(text) + "' is none: give 1 to 65535, a range such as 8000-8010, " +
                                  "and tcp, udp or sctp behind a slash");
}

std::uint16_t parse_port(std::string_view text, std::string_view whole) {
  const auto number = parse_integer(text);
  if (!number || *number < 0 || *number > 65535) refuse(whole);
  return static_cast<std::uint16_t>(*number);
}

Protocol parse_protocol(std::string_view text, std::string_view whole) {
  for (const Protocol protocol : {Protocol::kTcp, Protocol::kUdp, Protocol::kSctp}) {
    if (equal_ignoring_case(text, name_of(protocol))) return protocol;
  }
  refuse(whole);
}

std::pair<std::uint16_t, std::uint16_t> parse_range(std::string_view text, std::string_view whole) {
  const auto [first, last] = cut(text, '-');
  const std::uint16_t begin = parse_port(first, whole);
  const std::uint16_t end = last ? parse_port(*last, whole) : begin;
  if (end < begin) refuse(whole);
  return {begin, end};
}

// An address that stands for all of the node's is written as none.
std::string normal_address(const std::string& address) {
  return address == "0.0.0.0" || address == "::" || address == "[::]" ? std::string() : address;
}

void add(std::vector<HostPort>& ports, HostPort port) {
  if (std::find(ports.begin(), ports.end(), port) == ports.end()) ports.push_back(std::move(port));
}

// Every port that a container exposes in the node's own network.
std::vector<HostPort> read_exposed(const json::object& exposed) {
  std::vector<HostPort> ports;
  for (const auto& entry : exposed) {
    const std::string_view key = entry.key();
    const auto [range, protocol] = cut(key, '/');
    const auto [first, last] = parse_range(range, key);
    for (std::uint32_t port = first; port <= last; ++port) {
      const auto number = static_cast<std::uint16_t>(port);
      add(ports, {parse_protocol(protocol.value_or("tcp"), key), "", number, number});
    }
  }
  return ports;
}

}  // namespace

std::vector<HostPort> read_ports(const json::value& network_mode, const json::value& bindings,
                                 const json::value& exposed) {
  if (network_mode.is_string() && network_mode.get_string() == "host") {
    return exposed.is_object() ? read_exposed(exposed.get_object()) : std::vector<HostPort>();
  }
  std::vector<HostPort> ports;
  if (!bindings.is_object()) return ports;
  for (const auto& entry : bindings.get_object()) {
    const std::string_view key = entry.key();
    const Protocol protocol = parse_protocol(cut(key, '/').second.value_or("tcp"), key);
    if (!entry.value().is_array()) continue;
    for (const json::value& binding : entry.value().get_array()) {
      const std::string text = text_of(binding, "HostPort");
      if (text.empty()) continue;
      const auto [first, last] = parse_range(text, text);
      if (first == 0) continue;
      add(ports, {protocol, normal_address(text_of(binding, "HostIp")), first, last});
    }
  }
  return ports;
}

}  // namespace berth::swarm::placement
