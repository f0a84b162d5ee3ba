// The short form of a service's ports: "8080:80", "127.0.0.1:8000-8010:8000-8010/udp", "80".
#pragma once

#include <string>
#include <string_view>

#include "yaml/node.h"

namespace berth::compose {

// The long forms, one mapping for each container port, in the order of their texts; empty, with the problem, when
// `spec` is malformed. Source: docker/go-connections, as `docker run -p` reads it.
yaml::Node::Sequence long_ports(const yaml::Node& spec, std::string& problem);

// Whether the text is an IPv4 or IPv6 address.
bool is_ip_address(std::string_view text);

}  // namespace berth::compose
