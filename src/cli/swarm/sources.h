// Where the engines of a swarm are listed.
#pragma once

#include <memory>
#include <string>

#include "cli/command.h"
#include "swarm/discovery/discovery.h"
#include "swarm/renewal.h"

namespace berth::cli {

// The argument DISCOVERY, else $SWARM_DISCOVERY. Throws kInvalid when there is neither.
std::string discovery_argument(const Invocation& invocation);

// --discovery-opt.
Flag discovery_option_flag();

// What DISCOVERY names, with --discovery-opt and, for machine://, the machines of this host. Throws as
// swarm::discovery_of().
std::unique_ptr<swarm::Discovery> discovery_source(const Invocation& invocation, const std::string& url);

// How the certificates of the nodes that machine:// names are made anew; of others, never.
swarm::Renewing certificate_renewing(const Invocation& invocation, const std::string& url);

// The store behind it that replicated managers share. Throws as swarm::replication_store().
std::unique_ptr<store::Store> replication_store(const Invocation& invocation, const std::string& url);

}  // namespace berth::cli
