// One operation as the engine call that it is.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/guarded.h"
#include "converge/events.h"
#include "converge/execute.h"
#include "converge/plan.h"

namespace berth::converge {

class Performer {
 public:
  // `report` gets progress and warnings of operations; may be called on any thread.
  using Report = std::function<void(const Operation&, Event::Kind, std::string detail, const engine::Progress&)>;
  using IdOf = std::function<engine::ContainerId(const ContainerRef&)>;

  Performer(engine::Client& client, const ExecuteOptions& options, IdOf id_of, Report report)
      : client_(client),
        credentials_(options.credentials),
        buildx_(options.buildx),
        ssh_agent_(options.ssh_agent),
        images_from_(options.images_from),
        programs_(options.programs),
        id_of_(std::move(id_of)),
        report_(std::move(report)) {}

  // Returns the id of a container that it made, else an empty one. Throws as the engine's client. Removing what is gone
  // already is no error. Any number of threads. Not for WaitFor.
  engine::ContainerId perform(const Context& context, const Operation& operation);

  // What the RunProvider of this number gave to its service's dependents; nothing when it did not end well.
  std::optional<compose::TextMap> given_by(OperationNumber number);

 private:
  class Call;
  engine::AuthConfig auth_of(const Context& context, const std::string& image);
  engine::AuthConfig auth_at(const Context& context, const std::string& registry);

  engine::Client& client_;
  std::mutex credentials_mutex_;  // credentials are for one thread at a time
  const engine::Credentials* credentials_;
  const Buildx* buildx_;
  const std::string ssh_agent_;
  engine::Client* images_from_;
  const Programs* programs_;
  Guarded<std::map<OperationNumber, compose::TextMap>> given_;  // an address is under the name ""
  IdOf id_of_;
  Report report_;
};

}  // namespace berth::converge
