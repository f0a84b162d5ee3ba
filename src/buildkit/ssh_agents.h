// SSH agents that a build may ask to sign for it (RUN --mount=type=ssh).
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/context.h"
#include "base/files.h"
#include "grpc/connection.h"

namespace berth::buildkit {

// What is named is an agent's socket, or a private key, for which an agent is run (ssh-agent) as long as this lives.
// May be asked from any thread.
class SshAgents {
 public:
  // `wanted`: by id; an empty path is the agent at `users_socket` (SSH_AUTH_SOCK). Throws kInvalid where there is none,
  // kNotFound for a path or ssh-agent, kInternal with ssh-add's words when it can't use the key, kCancelled, kTimeout.
  SshAgents(const Context& context, const std::map<std::string, Path>& wanted, const std::string& users_socket);
  ~SshAgents();

  // An agent's socket. Throws kNotFound when the build was given none of this id.
  const Path& socket_of(const std::string& id) const;

 private:
  struct OwnAgent;

  std::map<std::string, Path> sockets_;
  std::vector<std::unique_ptr<OwnAgent>> own_;
};

// Answers moby.sshforward.v1.SSH/ForwardAgent with the agent at `socket`. A build may have keys listed and things
// signed; all else it asks for, such as removing keys, is refused, as docker has it. Source: draft-ietf-sshm-ssh-agent.
void forward_agent(const Context& context, grpc::Call& call, const Path& socket);

}  // namespace berth::buildkit
