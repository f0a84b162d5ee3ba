// A host's part in a swarm, kept by systemd there.
#pragma once

#include <string>
#include <vector>

#include "base/context.h"
#include "machine/provision/configure.h"
#include "machine/provision/install.h"
#include "machine/ssh_session.h"
#include "machine/swarm_role.h"

namespace berth::machine {

// Where berth itself goes on hosts.
inline constexpr std::string_view kRemoteBerth = "/usr/local/bin/berth";

// "berth-swarm-manage.service".
std::string unit_of(const SwarmService& service);
// The services' units.
std::vector<RemoteFile> swarm_units(const std::vector<SwarmService>& services);
// Puts the archive of the units in place, and starts the services anew.
Step swarm_activation(const std::vector<SwarmService>& services);

// Sends berth to the host, unless this very one is there, and has systemd run the services. Throws kUnsupported where
// the host has no systemd or another processor, what run_step() throws.
void provision_swarm(const Context& context, SshSession& session, const std::vector<SwarmService>& services,
                     const Say& say);

}  // namespace berth::machine
