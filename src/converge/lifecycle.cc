// Plans for containers that are there: start, stop, restart, kill, remove.
#include <algorithm>
#include <functional>
#include <set>

#include "base/error.h"
#include "compose/berth_options.h"
#include "converge/by_service.h"
#include "converge/dependency_order.h"
#include "converge/hooks.h"
#include "converge/keeper.h"
#include "converge/labels.h"
#include "converge/orphans.h"
#include "converge/problems.h"
#include "converge/reconcile.h"
#include "converge/start_order.h"
#include "converge/teardown.h"

namespace berth::converge {

namespace {

using Containers = ContainersByService::Containers;

bool selected(const std::vector<std::string>& services, std::string_view name) {
  return services.empty() || std::find(services.begin(), services.end(), name) != services.end();
}

Containers containers_of(const ContainersByService& all, std::string_view service, bool ingress = false) {
  Containers containers;
  for (const engine::ContainerSummary* container : all.of(service)) {
    if (!is_one_off(*container) || (ingress && is_ingress(*container))) containers.push_back(container);
  }
  std::sort(containers.begin(), containers.end(),
            [](const auto* a, const auto* b) { return number_of(*a).value_or(0) < number_of(*b).value_or(0); });
  return containers;
}

void note(PlanBuilder& builder, Change::Kind kind, const engine::ContainerSummary& container) {
  builder.change(
      {.kind = kind, .service = std::string(service_of(container)), .container = name_of(container), .reasons = {}});
}

}  // namespace

Plan plan_start(const compose::Project& project, const State& state, const StartOptions& options) {
  PlanBuilder builder;
  const ContainersByService all(state);
  Problems problems;
  Replicas replicas;
  for (const auto& [name, service] : project.services) {
    // A job that has a schedule is started by it, or when it is named.
    if (!selected(options.services, name) || (options.services.empty() && compose::is_scheduled(service))) continue;
    const Containers containers = containers_of(all, name);
    if (containers.empty() && !service.provider && service.replicas() > 0) {
      problems.add(Kind::kNotFound, "service '" + name + "' has no container to start: make one with 'up' or 'create'");
    }
    for (const engine::ContainerSummary* container : containers) {
      const bool runs = container->state == "running" || container->state == "restarting";
      replicas[name].push_back({.container = ref_of(*container),
                                .number = number_of(*container).value_or(0),
                                .existing = container,
                                .needs_start = !runs});
      note(builder, runs ? Change::Kind::kNone : Change::Kind::kStart, *container);
    }
    for (const engine::ContainerSummary* container : containers_of(all, name, true)) {
      if (!is_ingress(*container) || is_up(*container)) continue;
      builder.add(StartContainer{ref_of(*container)}, {}, {.service = name, .reason = {}, .replaces = false});
      note(builder, Change::Kind::kStart, *container);
    }
  }
  problems.throw_if_any();
  if (const engine::ContainerSummary* keeper = find_keeper(state); keeper != nullptr && !is_up(*keeper)) {
    builder.add(StartContainer{ref_of(*keeper)});
    note(builder, Change::Kind::kStart, *keeper);
  }
  const StartOrderOptions order{
      .wait = options.wait, .wait_timeout = options.wait_timeout, .separator = options.separator};
  plan_starts(project, state, replicas, order, nullptr, nullptr, builder);
  return builder.finish();
}

Plan plan_stop(const compose::Project& project, const State& state, const StopOptions& options) {
  PlanBuilder builder;
  const ContainersByService all(state);
  Stops stops(project, builder, options.timeout);
  StopOrder order(project, stops);
  // First, so that it starts nothing that was stopped.
  if (const engine::ContainerSummary* keeper = find_keeper(state); keeper != nullptr && options.services.empty()) {
    if (stops.stop(*keeper) != OperationNumber::kNone) note(builder, Change::Kind::kStop, *keeper);
  }
  for (const std::string& name : order.services()) {
    if (!selected(options.services, name)) continue;
    for (const engine::ContainerSummary* container : containers_of(all, name, true)) {
      if (order.stop(*container) != OperationNumber::kNone) note(builder, Change::Kind::kStop, *container);
    }
  }
  return builder.finish();
}

Plan plan_restart(const compose::Project& project, const State& state, const RestartOptions& options) {
  // Only those of its dependencies matter that restart their dependents.
  compose::Project restarting = project;
  for (auto& [name, service] : restarting.services) {
    std::erase_if(service.depends_on, [&](const auto& d) {
      return !d.second.restart || options.no_deps || !restarting.services.contains(d.first);
    });
  }
  std::set<std::string, std::less<>> names;
  if (!options.services.empty()) names = with_dependents(restarting, options.services);
  PlanBuilder builder;
  const ContainersByService all(state);
  std::map<std::string, Numbers, std::less<>> restarts;
  for (const compose::Service* service : dependency_order(restarting)) {
    if (!options.services.empty() && !names.contains(service->name)) continue;
    Numbers before;
    for (const auto& [name, dependency] : service->depends_on) {
      const Numbers& of_dependency = restarts[name];
      const Containers containers = containers_of(all, name);
      if (of_dependency.empty() || dependency.condition == compose::Condition::kStarted) {
        before.insert(before.end(), of_dependency.begin(), of_dependency.end());
        continue;
      }
      const bool healthy = dependency.condition == compose::Condition::kHealthy;
      WaitFor wait{.condition = healthy ? WaitFor::Condition::kHealthy : WaitFor::Condition::kCompleted,
                   .service = name,
                   .containers = {},
                   .required = dependency.required,
                   .timeout = {}};
      for (const engine::ContainerSummary* container : containers) wait.containers.push_back(ref_of(*container));
      before.push_back(builder.add(std::move(wait), of_dependency, {.service = name, .reason = {}, .replaces = false}));
    }
    for (const engine::ContainerSummary* container : containers_of(all, service->name)) {
      restarts[service->name].push_back(add_with_hooks(
          builder, service, RestartContainer{.container = ref_of(*container), .timeout = options.timeout}, before,
          {.service = service->name, .reason = {}, .replaces = false}, {.runs = container->state == "running"}));
      note(builder, Change::Kind::kRestart, *container);
    }
  }
  return builder.finish();
}

Plan plan_pause(const compose::Project& project, const State& state, const std::vector<std::string>& services) {
  PlanBuilder builder;
  const ContainersByService all(state);
  for (const auto& [name, service] : project.services) {
    if (!selected(services, name)) continue;
    for (const engine::ContainerSummary* container : containers_of(all, name)) {
      if (!is_up(*container)) continue;
      builder.add(PauseContainer{ref_of(*container)}, {}, {.service = name, .reason = {}, .replaces = false});
    }
  }
  return builder.finish();
}

Plan plan_unpause(const compose::Project& project, const State& state, const std::vector<std::string>& services) {
  PlanBuilder builder;
  const ContainersByService all(state);
  for (const auto& [name, service] : project.services) {
    if (!selected(services, name)) continue;
    for (const engine::ContainerSummary* container : containers_of(all, name)) {
      if (!is_up(*container)) continue;
      builder.add(UnpauseContainer{.container = ref_of(*container)}, {},
                  {.service = name, .reason = {}, .replaces = false});
    }
  }
  return builder.finish();
}

Plan plan_kill(const compose::Project& project, const State& state, const KillOptions& options) {
  PlanBuilder builder;
  for (const engine::ContainerSummary& container : state.containers) {
    const std::string service(service_of(container));
    const bool orphan = !is_keeper(container) && project.find_service(service) == nullptr;
    const bool wanted = orphan ? options.orphans && options.services.empty() : selected(options.services, service);
    if (!wanted || !is_up(container)) continue;
    builder.add(KillContainer{.container = ref_of(container), .signal = options.signal}, {},
                {.service = service, .reason = {}, .replaces = false});
    note(builder, Change::Kind::kStop, container);
  }
  return builder.finish();
}

Plan plan_remove(const compose::Project& project, const State& state, const RemoveOptions& options) {
  PlanBuilder builder;
  const ContainersByService all(state);
  Stops stops(project, builder, std::nullopt);
  StopOrder order(project, stops);
  if (const engine::ContainerSummary* keeper = find_keeper(state); keeper != nullptr && options.services.empty()) {
    if (options.stop || !is_up(*keeper)) {
      stops.remove(*keeper);
      note(builder, Change::Kind::kRemove, *keeper);
    }
  }
  for (const std::string& name : order.services()) {
    if (!selected(options.services, name)) continue;
    for (const engine::ContainerSummary* container : containers_of(all, name, true)) {
      if (is_up(*container) && !options.stop) continue;
      Numbers before;
      if (const OperationNumber stop = order.stop(*container); stop != OperationNumber::kNone) before = {stop};
      builder.add(RemoveContainer{.container = ref_of(*container), .force = true, .volumes = options.volumes}, before,
                  {.service = name, .reason = {}, .replaces = false});
      note(builder, Change::Kind::kRemove, *container);
    }
  }
  return builder.finish();
}

}  // namespace berth::converge
