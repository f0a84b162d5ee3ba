// What a build may ask of this computer while it goes on.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/context.h"
#include "buildkit/request.h"
#include "buildkit/ssh_agents.h"
#include "engine/images.h"
#include "grpc/connection.h"

namespace berth::engine {
class Client;
}

namespace berth::buildkit {

// Who one is at a registry ("ghcr.io"; docker.io's is "registry-1.docker.io"); any thread may ask.
using CredentialsOf = std::function<engine::AuthConfig(const Context&, const std::string& registry)>;

// A session of an engine's builder: it asks here for files, secrets, credentials and signatures of the ssh agent, and
// for nothing that the request does not name. Source: moby/buildkit, session; POST /session (API 1.31).
class Session {
 public:
  // Opens it. The arguments must outlive it. Throws what the engine's client does.
  Session(const Context& context, engine::Client& engine, const BuildRequest& request, const SshAgents& agents,
          CredentialsOf credentials_of);
  ~Session();

  const std::string& id() const { return id_; }

 private:
  void answer(const Context& context, grpc::Call& call);
  void send_files(const Context& context, grpc::Call& call);
  std::string answer_one(const Context& context, const std::string& method, const std::string& message);

  const BuildRequest& request_;
  const SshAgents& agents_;
  const CredentialsOf credentials_of_;
  const std::string id_;
  std::unique_ptr<grpc::Connection> connection_;
};

}  // namespace berth::buildkit
