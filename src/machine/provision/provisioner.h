// Makes a host that answers ssh into one that runs an engine as its record wishes.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/context.h"
#include "base/files.h"
#include "machine/driver.h"
#include "machine/provision/configure.h"
#include "machine/ssh_session.h"

namespace berth::machine {

// Where the engine of these options comes from. Throws kNotFound for a folder that is not there, kInvalid for what is
// no source.
EngineSource engine_source(const EngineOptions& options);

// Asks the host what it is. Throws as SshSession::run.
HostFacts look_at(const Context& context, SshSession& session);

// Installs an engine where there is none, configures and starts it; each can be done again. Steps are said as they
// begin. Throws kForbidden when the user may not become root there, what installation() and engine_files() throw, and
// kInternal with a failing script's exit code and last lines.
void provision(const Context& context, SshSession& session, const EngineWishes& wishes, const Say& say);

// Runs one step as root. Throws kInternal as above; what the script tells people is said.
Output run_step(const Context& context, SshSession& session, const Step& step, std::string_view input, const Say& say);

// Upgrades the engine's packages; containers run on with live restore. Says both versions. Throws as provision().
void upgrade(const Context& context, SshSession& session, const Say& say);

}  // namespace berth::machine
