// One-off containers: `compose run`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "converge/reconcile.h"

namespace berth::converge {

struct RunOptions {
  std::string service;
  std::string name;                  // empty: PROJECT-SERVICE-run-SLUG
  std::string slug;                  // 64 hexadecimal digits, random
  std::vector<std::string> command;  // empty: the service's
  std::optional<std::vector<std::string>> entrypoint;
  compose::OptionalTextMap environment;
  compose::TextMap labels;
  std::vector<std::string> cap_add;
  std::vector<std::string> cap_drop;
  std::string user;
  std::string working_dir;
  std::vector<compose::Port> publish;   // -p
  std::vector<compose::Mount> volumes;  // -v
  bool service_ports = false;           // publish the service's own ports too
  bool use_aliases = false;
  bool auto_remove = false;
  bool tty = true;
  bool interactive = true;  // keep its standard input open
  bool no_deps = false;
  UpOptions up;  // for its dependencies
};

struct RunPlan {
  Plan plan;  // dependencies started and waited for, then the container created; starting it is left to the caller
  OperationNumber create = OperationNumber::kNone;  // whose outcome has the container's id
  compose::Service service;                         // as it was changed by the options
};

// Throws as reconcile(), and kNotFound when there is no such service.
RunPlan plan_run(const compose::Project& project, const State& state, const RunOptions& options);

}  // namespace berth::converge
