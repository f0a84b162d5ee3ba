// How clients reach a machine's engine, checked before it is told them.
#pragma once

#include <string>

#include "cli/command.h"
#include "machine/machines.h"

namespace berth::cli {

// The engine's URL, or that of the swarm manager on the machine. Throws kUnavailable when the machine does not run,
// kInvalid when a certificate has expired or the machine is no swarm master. Makes no connection.
std::string checked_url(const Invocation& invocation, const machine::Machines& machines, const machine::Host& host,
                        bool swarm);

}  // namespace berth::cli
