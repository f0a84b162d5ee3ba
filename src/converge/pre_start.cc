#include "converge/pre_start.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "compose/hash.h"
#include "converge/create_spec.h"
#include "converge/hooks.h"
#include "converge/labels.h"

namespace berth::converge {

namespace {

bool is_fresh(const Replica& replica) {
  return replica.needs_start && (replica.existing == nullptr || replica.existing->state == "created");
}

// The service as its hook's container needs it: nobody is to find it, and nothing is to start it again.
compose::Service with_hook(const compose::Project& project, compose::Service service, const compose::Hook& hook) {
  if (!hook.image.empty()) {
    service.image = hook.image;
    service.build.reset();
    service.entrypoint.reset();
    service.user.clear();
  }
  service.command.reset();
  if (!hook.command.empty()) service.command = hook.command;
  if (!hook.user.empty()) service.user = hook.user;
  if (!hook.working_dir.empty()) service.working_dir = hook.working_dir;
  service.privileged = service.privileged || hook.privileged;
  for (const auto& [name, value] : hook.environment) {
    service.environment[name] = value ? value : project.environment.get(name);
  }
  service.ports.clear();
  service.links.clear();
  service.volumes.clear();  // volumes_from has them
  service.mac_address.clear();
  for (auto& [key, attachment] : service.networks) {
    attachment.aliases.clear();
    attachment.ipv4_address.clear();
    attachment.ipv6_address.clear();
    attachment.mac_address.clear();
  }
  service.healthcheck = compose::Healthcheck{.disable = true};
  service.restart.clear();
  if (service.deploy) service.deploy->restart_policy.reset();
  service.tty = false;
  service.stdin_open = false;
  if (service.tree.find("x-berth") != nullptr) service.tree.edit_entries().erase("x-berth");
  return service;
}

}  // namespace

void PreStartPlanner::plan(const compose::Service& service, const std::vector<After>& conditions,
                           const FindContainer& find, std::vector<Replica>& replicas) {
  if (service.pre_start.empty()) return;
  std::vector<Replica*> fresh;
  for (Replica& replica : replicas) {
    if (is_fresh(replica)) fresh.push_back(&replica);
  }
  if (fresh.empty()) return;
  std::sort(fresh.begin(), fresh.end(), [](const Replica* a, const Replica* b) { return a->number < b->number; });
  const bool first_start = fresh.size() == replicas.size();
  const Subject subject{service, conditions, find, remove_leftovers(service)};
  for (std::size_t i = 0; i < service.pre_start.size(); ++i) {
    if (service.pre_start[i].per_replica) {
      for (Replica* replica : fresh) replica->ready.push_back(run(subject, i, *replica));
    } else if (first_start) {
      const OperationNumber done = run(subject, i, *fresh.front());
      for (Replica* replica : fresh) replica->ready.push_back(done);
    }
  }
}

Numbers PreStartPlanner::remove_leftovers(const compose::Service& service) {
  Numbers removals;
  for (const engine::ContainerSummary& container : state_.containers) {
    if (!is_hook(container) || service_of(container) != service.name) continue;
    removals.push_back(builder_.add(RemoveContainer{.container = ref_of(container), .force = true, .volumes = true}, {},
                                    {.service = service.name, .reason = "left over", .replaces = true}));
  }
  return removals;
}

OperationNumber PreStartPlanner::run(const Subject& subject, std::size_t index, const Replica& replica) {
  const compose::Service& service = subject.service;
  const compose::Hook& hook = service.pre_start[index];
  std::vector<std::string> parts = {project_.name, service.name};
  if (hook.per_replica) parts.push_back(std::to_string(replica.number));
  parts.insert(parts.end(), {std::string(name_of(RunHook::Point::kPreStart)), std::to_string(index)});
  const std::string name = join(parts, options_.separator);
  const auto add = [&](Action action, const Numbers& after) {
    return builder_.add(std::move(action), after, {.service = service.name, .reason = {}, .replaces = true});
  };

  const compose::Service own = with_hook(project_, service, hook);
  CreateContainer create = request_for(subject, own, name, replica);
  ContainerRef container = create.container;
  const OperationNumber created = add(std::move(create), replica.ready);
  for (const After& condition : subject.conditions) builder_.order(created, condition.operation, condition.when);
  for (const OperationNumber removal : subject.cleared) builder_.order(created, removal);
  order_after_givers(service, options_.givers, created, builder_);
  container.created_by = created;
  Numbers before = {created};
  const SpecOptions spec{.api_version = state_.api_version, .name = name};
  for (auto& [network, endpoint] : later_networks(project_, own, spec)) {
    before.push_back(add(ConnectNetwork{.network = network, .container = container, .endpoint = endpoint}, {created}));
  }
  for (CopyFiles& copy : files_to_copy(project_, own, container)) before.push_back(add(std::move(copy), {created}));
  const OperationNumber done = add(
      RunHook{.container = container, .point = RunHook::Point::kPreStart, .number = index + 1, .hook = hook}, before);
  add(RemoveContainer{.container = container, .force = false, .volumes = true}, {done});
  return done;
}

CreateContainer PreStartPlanner::request_for(const Subject& subject, const compose::Service& own,
                                             const std::string& name, const Replica& replica) {
  ResolvedService resolved = resolve_references(own, subject.find);
  compose::Service& service = resolved.service;
  if (replica.container.id.empty()) {
    resolved.references.push_back({.attribute = LateReference::Attribute::kVolumesFrom,
                                   .index = service.volumes_from.size(),
                                   .container = replica.container});
  }
  service.volumes_from.push_back(replica.container.id.value);

  SpecOptions spec;
  spec.api_version = state_.api_version;
  spec.name = name;
  spec.number = 0;
  if (resolved.references.empty()) spec.hash = compose::service_hash(service);
  spec.use_aliases = false;
  spec.labels = {{label::kOneOff, "True"}, {label::kHook, std::string(name_of(RunHook::Point::kPreStart))}};
  CreateContainer create{.container = {.name = name},
                         .request = create_spec(project_, service, spec),
                         .replaces = {},
                         .references = std::move(resolved.references),
                         .service = {}};
  if (!create.references.empty()) create.service = std::move(service);
  create.variables = late_variables(subject.service, options_.givers);
  return create;
}

}  // namespace berth::converge
