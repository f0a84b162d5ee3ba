// Where the engines of a swarm are listed.
#pragma once

#include <memory>
#include <string>

#include "cli/command.h"
#include "swarm/discovery/discovery.h"

namespace berth::cli {

// What DISCOVERY names, with --discovery-opt and, for machine://, the machines of this host. Throws as
// swarm::discovery_of().
std::unique_ptr<swarm::Discovery> discovery_source(const Invocation& invocation, const std::string& url);

}  // namespace berth::cli
