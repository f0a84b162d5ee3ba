#include "converge/keeper.h"

#include <algorithm>

#include "base/digest.h"
#include "base/strings.h"
#include "compose/berth_options.h"
#include "compose/hash.h"
#include "converge/agent_image.h"
#include "converge/granted_files.h"
#include "converge/labels.h"

namespace berth::converge {

namespace {

constexpr char kSocketInside[] = "/run/engine.sock";  // agent/engine_socket.h

engine::ContainerCreate keeper_spec(const compose::Project& project, const UpOptions& options) {
  engine::ContainerCreate request;
  request.name = project.name + options.separator + "keeper";
  request.config.image = agent_image();
  request.config.cmd = std::vector<std::string>{"keep", project.name};
  request.host_config.network_mode = "none";
  request.host_config.restart_policy = {.name = "unless-stopped"};
  engine::Mount socket{.type = "bind", .source = options.engine_socket, .target = kSocketInside, .read_only = true};
  socket.bind_options.emplace();
  request.host_config.mounts.push_back(std::move(socket));
  request.config.labels = {{label::kProject, project.name},
                           {label::kOneOff, "True"},
                           {label::kVersion, label::kComposeVersion},
                           {label::kWorkingDir, project.working_dir},
                           {label::kConfigFiles, join(project.compose_files, ",")},
                           {label::kRole, label::kKeeperRole}};
  request.config.labels[label::kConfigHash] = sha256_hex(request.config.image + "\n" + options.engine_socket);
  return request;
}

bool any_needs_keeper(const compose::ByName<compose::Service>& services) {
  return std::any_of(services.begin(), services.end(),
                     [](const auto& entry) { return compose::needs_keeper(entry.second); });
}

}  // namespace

bool needs_keeper(const compose::Project& project) { return any_needs_keeper(project.services); }

const engine::ContainerSummary* find_keeper(const State& state) {
  const auto found = std::find_if(state.containers.begin(), state.containers.end(), is_keeper);
  return found == state.containers.end() ? nullptr : &*found;
}

void plan_keeper(const compose::Project& project, const State& state, const UpOptions& options, PlanBuilder& builder,
                 Stops& stops) {
  const engine::ContainerSummary* there = find_keeper(state);
  if (!needs_keeper(project)) {
    // Services that this is not about may need it.
    if (there == nullptr || any_needs_keeper(project.disabled_services)) return;
    stops.remove(*there);
    builder.change({.kind = Change::Kind::kRemove,
                    .service = {},
                    .container = name_of(*there),
                    .reasons = {"no service needs it any more"}});
    return;
  }
  engine::ContainerCreate request = keeper_spec(project, options);
  OperationNumber removal = stops.removal_of_name(request.name);
  if (there != nullptr && label_of(there->labels, label::kConfigHash) == request.config.labels[label::kConfigHash]) {
    const bool starts = !is_up(*there) && options.start;
    if (starts) builder.add(StartContainer{ref_of(*there)});
    builder.change({.kind = starts ? Change::Kind::kStart : Change::Kind::kNone,
                    .service = {},
                    .container = name_of(*there),
                    .reasons = {}});
    return;
  }
  if (there != nullptr) removal = stops.remove(*there);
  Change change{.kind = Change::Kind::kCreate, .service = {}, .container = request.name, .reasons = {}};
  if (there != nullptr) {
    change.kind = Change::Kind::kRecreate;
    change.reasons = {"image or socket changed"};
  }
  ContainerRef keeper{.name = request.name, .id = {}, .created_by = OperationNumber::kNone};
  keeper.created_by = builder.add(CreateContainer{.container = keeper, .request = std::move(request)}, {removal});
  if (options.start) builder.add(StartContainer{keeper}, {keeper.created_by});
  builder.change(std::move(change));
}

std::string restart_label(const compose::Service& service) {
  const auto policy = compose::berth_options(service).restart_unhealthy;
  if (!policy) return {};
  return std::to_string(policy->delay.count()) + " " + std::to_string(policy->max_delay.count());
}

std::string schedule_label(const compose::Service& service) {
  const auto schedule = compose::berth_options(service).schedule;
  return schedule ? schedule->overlap + " " + schedule->cron : std::string();
}

std::string release_digest(const compose::Project& project) {
  constexpr std::size_t kDigits = 16;
  std::map<std::string, std::string> services;
  for (const auto* all : {&project.services, &project.disabled_services}) {
    for (const auto& [name, service] : *all) {
      services[name] = compose::service_hash(service) + granted_files(project, service);
    }
  }
  std::string text;
  for (const auto& [name, digest] : services) text += name + "=" + digest + "\n";
  return sha256_hex(text).substr(0, kDigits);
}

}  // namespace berth::converge
