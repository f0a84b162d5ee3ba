// Builds by the engine's own BuildKit.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/context.h"
#include "buildkit/request.h"
#include "buildkit/session.h"

namespace berth::buildkit {

// What of this computer a build may use.
struct Surroundings {
  CredentialsOf credentials_of;
  std::string ssh_agent;  // SSH_AUTH_SOCK; empty without
};

// Builds an image into the engine, which has to speak API 1.39. `say` gets the build's progress line by line, from one
// thread at a time. Source: moby.buildkit.v1.Control by POST /grpc, with a session by POST /session. Throws the
// builder's words when it fails; kUnavailable when it breaks off, kUnsupported for host-gateway where the engine does
// not tell it, what Session and SshAgents throw, kCancelled (the build is given up), kTimeout.
void build(const Context& context, engine::Client& engine, const BuildRequest& request,
           const Surroundings& surroundings, const std::function<void(std::string_view line)>& say);

}  // namespace berth::buildkit
