// Machines as docker contexts, so that `docker context use NAME` and `docker --context NAME` work.
#pragma once

#include <string>

#include "base/environment.h"
#include "base/files.h"
#include "engine/endpoint.h"

namespace berth::machine {

// The contexts of docker's configuration ($DOCKER_CONFIG or ~/.docker) that are machines of one store. Those carry the
// store's path; others are never touched. Any thread, on different names at once.
// Layout: docker/cli cli/context/store: contexts/meta/SHA256(NAME)/meta.json, contexts/tls/SHA256(NAME)/docker/*.pem.
class DockerContexts {
 public:
  // Contexts are kept for the user's own store, ~/.docker/machine; for another where $MACHINE_DOCKER_CONTEXTS is on.
  DockerContexts(const Environment& environment, Path storage);

  enum class Outcome { kDone, kNotKept, kTakenByOthers };
  // Makes or replaces the machine's context. Names that docker does not take are not kept. Throws kForbidden,
  // kInternal.
  Outcome write(const std::string& name, const engine::Endpoint& endpoint) const;
  // Removes it where it is ours.
  void remove(const std::string& name) const;

 private:
  Path meta(const std::string& name) const;
  Path tls(const std::string& name) const;
  bool is_ours(const std::string& name) const;

  Path folder_;
  Path storage_;
  bool kept_ = false;
};

}  // namespace berth::machine
