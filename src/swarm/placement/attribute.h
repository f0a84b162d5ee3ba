// What constraints and preferences can ask of a node by name.
#pragma once

#include <string_view>

#include "swarm/placement/facts.h"

namespace berth::swarm::placement {

// The node's value: "" when it has none. Classic Swarm's keys are storagedriver, operatingsystem, kernelversion,
// ostype, architecture, engineversion and names of labels, the operator's before the engine's; swarm mode's are
// node.id, node.hostname, node.role, node.ip, node.platform.os, node.platform.arch, node.labels.NAME,
// engine.labels.NAME. The key "node", which has two values, is the caller's affair.
std::string_view attribute_of(const Node& node, std::string_view key);

// "amd64" for "x86_64", "arm64" for "aarch64" and so on: the names of Go and of image platforms.
std::string_view normal_architecture(std::string_view name);

}  // namespace berth::swarm::placement
