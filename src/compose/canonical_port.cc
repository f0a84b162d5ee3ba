#include "compose/canonical_port.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include <arpa/inet.h>

#include "base/strings.h"

namespace berth::compose {
namespace {

using yaml::Mapping;
using yaml::Node;

struct Range {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t size() const { return end - begin + 1; }
};

std::optional<std::int64_t> parse_port(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  const auto port = parse_integer(text);
  return port && *port <= 65535 ? port : std::nullopt;
}

std::optional<Range> parse_range(std::string_view text) {
  const auto [first, second] = cut(text, '-');
  const auto begin = parse_port(first);
  const auto end = second ? parse_port(*second) : begin;
  if (!begin || !end || *end < *begin) return std::nullopt;
  return Range{*begin, *end};
}

struct Spec {
  std::string ip;
  std::string host;
  std::string container;
  std::string protocol = "tcp";
};

// ip:host:container/protocol, from the right: an IPv6 address has colons of its own.
Spec split_spec(std::string_view text) {
  Spec spec;
  const std::size_t last = text.rfind(':');
  std::string_view container = last == std::string_view::npos ? text : text.substr(last + 1);
  if (last != std::string_view::npos) {
    const std::string_view rest = text.substr(0, last);
    const std::size_t middle = rest.rfind(':');
    spec.host = middle == std::string_view::npos ? rest : rest.substr(middle + 1);
    if (middle != std::string_view::npos) spec.ip = rest.substr(0, middle);
  }
  const std::vector<std::string> parts = split(container, '/');
  spec.container = parts[0];
  if (parts.size() > 1 && !parts[1].empty()) spec.protocol = to_lower(parts[1]);
  return spec;
}

// An IPv6 address has to stand in brackets, which are not part of it.
std::string check_ip(Spec& spec) {
  if (spec.ip.empty()) return {};
  const bool has_brackets = spec.ip.size() > 1 && spec.ip.front() == '[' && spec.ip.back() == ']';
  if (has_brackets) spec.ip = spec.ip.substr(1, spec.ip.size() - 2);
  if (!is_ip_address(spec.ip)) return "invalid IP address: " + spec.ip;
  if (!has_brackets && spec.ip.find(':') != std::string::npos) {
    return "invalid IP address " + spec.ip + ", write it in brackets: [" + spec.ip + "]";
  }
  return {};
}

}  // namespace

bool is_ip_address(std::string_view text) {
  const std::string address(text);
  unsigned char bytes[16];
  return inet_pton(AF_INET, address.c_str(), bytes) == 1 || inet_pton(AF_INET6, address.c_str(), bytes) == 1;
}

Node::Sequence long_ports(const Node& node, std::string& problem) {
  const std::string text = node.to_display();
  Spec spec = split_spec(text);
  if (problem = check_ip(spec); !problem.empty()) return {};
  if (spec.container.empty()) {
    problem = "no port specified: " + text + "<empty>";
  } else if (spec.protocol != "tcp" && spec.protocol != "udp" && spec.protocol != "sctp") {
    problem = "invalid proto: " + spec.protocol;
  }
  const auto container = parse_range(spec.container);
  const auto host = spec.host.empty() ? container : parse_range(spec.host);
  if (problem.empty() && !container) problem = "invalid containerPort: " + spec.container;
  if (problem.empty() && !host) problem = "invalid hostPort: " + spec.host;
  // A range of host ports for one container port lets the engine choose within it.
  if (problem.empty() && container->size() != host->size() && container->size() != 1) {
    problem = "invalid ranges specified for container and host Ports: " + spec.container + " and " + spec.host;
  }
  if (!problem.empty()) return {};

  std::vector<std::pair<std::string, Node>> ports;
  const yaml::Position position = node.position();
  for (std::int64_t i = 0; i < container->size(); ++i) {
    std::string published;
    if (!spec.host.empty()) published = std::to_string(host->begin + i);
    if (!spec.host.empty() && container->size() == 1 && host->size() > 1) published += "-" + std::to_string(host->end);
    Mapping entries;
    entries.insert("mode", Node::string("ingress", position));
    if (!spec.ip.empty()) entries.insert("host_ip", Node::string(spec.ip, position));
    const std::int64_t target = container->begin + i;
    if (target != 0) entries.insert("target", Node::integer(target, position));
    if (!published.empty()) entries.insert("published", Node::string(published, position));
    entries.insert("protocol", Node::string(spec.protocol, position));
    ports.emplace_back(std::to_string(target), Node::mapping(std::move(entries), position));
  }
  std::stable_sort(ports.begin(), ports.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  Node::Sequence list;
  for (auto& [key, port] : ports) list.push_back(std::move(port));
  return list;
}

}  // namespace berth::compose
