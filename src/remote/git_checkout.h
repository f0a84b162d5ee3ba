// Working copies of git repositories, by the system's git: its credentials, proxies and keys are those that the user
// has set up.
#pragma once

#include "base/context.h"
#include "base/environment.h"
#include "base/files.h"
#include "remote/git_address.h"

namespace berth::remote {

// The folder below `cache` that holds the commit which `address.ref` means now; fetched unless it is there. Never asks
// for a password. Throws kNotFound (no git, no such repository or ref, with git's words), kCancelled, kTimeout.
Path check_out(const Context& context, const GitAddress& address, const Path& cache, const Environment& environment);

}  // namespace berth::remote
