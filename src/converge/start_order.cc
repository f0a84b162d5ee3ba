#include "converge/start_order.h"

#include <algorithm>
#include <tuple>

#include "base/strings.h"
#include "compose/berth_options.h"
#include "converge/create_spec.h"
#include "converge/dependency_order.h"
#include "converge/hooks.h"
#include "converge/pre_start.h"
#include "converge/rollout.h"

namespace berth::converge {

namespace {

bool is_healthy(const Replica& replica) {
  return replica.existing != nullptr && replica.existing->status.find("(healthy)") != std::string::npos;
}

bool has_completed(const Replica& replica) {
  return replica.existing != nullptr && replica.existing->state == "exited" &&
         replica.existing->status.starts_with("Exited (0)");
}

bool publishes_a_range(const compose::Service& service) {
  return std::any_of(service.ports.begin(), service.ports.end(), [](const compose::Port& port) {
    const auto range = port_range(port.published);
    return range && range->first != range->second;
  });
}

class StartPlanner {
 public:
  StartPlanner(const compose::Project& project, const State& state, const Replicas& replicas,
               const StartOrderOptions& options, Stops* stops, Ingresses* ingresses, PlanBuilder& builder)
      : project_(project),
        dependents_(project),
        replicas_(replicas),
        options_(options),
        stops_(stops),
        ingresses_(ingresses),
        builder_(builder),
        pre_starts_(project, state, options, builder) {}

  void plan() {
    for (const compose::Service* service : dependency_order(project_)) {
      start(*service);
      if (ingresses_ != nullptr && ingresses_->has(service->name)) admit(*service);
    }
    if (!options_.wait) return;
    for (const auto& [name, service] : project_.services) wait_at_end(name, options_.wait_timeout);
  }

 private:
  using Condition = WaitFor::Condition;

  const std::vector<Replica>& replicas_of(std::string_view service) const {
    static const std::vector<Replica> none;
    const auto found = replicas_.find(service);
    return found == replicas_.end() ? none : found->second;
  }

  void start(const compose::Service& service) {
    std::vector<Replica> replicas = replicas_of(service.name);
    const bool any = std::any_of(replicas.begin(), replicas.end(), [](const Replica& r) { return r.needs_start; });
    if (!any) return;
    const std::vector<After> conditions = conditions_of(service);
    const auto first = [this](std::string_view name) { return first_container(replicas_, name); };
    pre_starts_.plan(service, conditions, first, replicas);
    // The engine gives out ports of a range one by one: two starts at a time may be given the same.
    const bool one_by_one = publishes_a_range(service);
    std::vector<Turn> turns;
    for (const Replica& replica : replicas) {
      if (replica.old != nullptr) {
        turns.push_back({.fresh = replica.container,
                         .created = replica.ready,
                         .old = replica.old,
                         .final_name = replica.container.name,
                         .begun = replica.existing != nullptr});
        continue;
      }
      if (!replica.needs_start) continue;
      const OperationNumber number = start(service, replica);
      for (const After& condition : conditions) builder_.order(number, condition.operation, condition.when);
      for (const OperationNumber stop : stops_before(service, replica)) builder_.order(number, stop);
      Numbers& starts = starts_[service.name];
      if (one_by_one && !starts.empty()) builder_.order(number, starts.back());
      starts.push_back(number);
      started_[replica.container.name] = number;
    }
    if (turns.empty()) return;
    const compose::UpdatePolicy& policy = *update_policy(service, options_.rolling_back);
    const Numbers ends =
        RolloutPlanner(project_, builder_, *stops_, *ingresses_).plan(service, policy, turns, conditions);
    starts_[service.name].insert(starts_[service.name].end(), ends.begin(), ends.end());
    restart_dependents(service, ends);
  }

  // Those that stay, and asked to be restarted with it.
  void restart_dependents(const compose::Service& service, const Numbers& ends) {
    for (const std::string& name : dependents_.of(service.name)) {
      if (!project_.services.find(name)->second.depends_on.find(service.name)->second.restart) continue;
      for (const Replica& replica : replicas_of(name)) {
        if (replica.needs_start || replica.existing == nullptr) continue;
        add_with_hooks(builder_, &project_.services.find(name)->second,
                       RestartContainer{.container = replica.container, .timeout = {}}, ends,
                       {.service = name, .reason = "depends on '" + service.name + "'", .replaces = false},
                       {.runs = replica.existing->state == "running"});
      }
    }
  }

  // Puts replicas that nobody is sent to yet behind their service's ingress: at once where there is none else,
  // otherwise when they are ready.
  void admit(const compose::Service& service) {
    std::vector<const engine::ContainerSummary*> there;
    const bool alone = !ingresses_->sends_anywhere(service.name);
    Ingresses::Change first;
    Numbers started;
    for (const Replica& replica : replicas_of(service.name)) {
      if (replica.old != nullptr) {
        there.push_back(replica.old);
        if (replica.existing != nullptr) there.push_back(replica.existing);
        continue;
      }
      if (replica.existing != nullptr) there.push_back(replica.existing);
      if (replica.existing != nullptr && ingresses_->sends_to(service.name, *replica.existing)) continue;
      const auto start = started_.find(replica.container.name);
      OperationNumber ready = start == started_.end() ? OperationNumber::kNone : start->second;
      if (alone) {
        first.joins.push_back(replica.container);
        started.push_back(ready);
        continue;
      }
      WaitFor wait{
          .condition = Condition::kRunningOrHealthy, .service = service.name, .containers = {replica.container}};
      ready = builder_.add(std::move(wait), {ready}, {.service = service.name, .reason = {}, .replaces = false});
      ingresses_->route(service, {.joins = {replica.container}, .must_answer = true}, {ready});
    }
    first.leaves = ingresses_->gone(service.name, there);
    ingresses_->route(service, std::move(first), started);
  }

  OperationNumber start(const compose::Service& service, const Replica& replica) {
    const auto options = [&] { return PlanBuilder::Options{.service = service.name, .reason = {}, .replaces = false}; };
    if (replica.existing != nullptr && replica.existing->state == "paused") {
      return builder_.add(UnpauseContainer{.container = replica.container, .restarts = true}, replica.ready, options());
    }
    Numbers before = replica.ready;
    for (CopyFiles& copy : files_to_copy(project_, service, replica.container)) {
      before = {builder_.add(std::move(copy), before, options())};
    }
    return add_with_hooks(builder_, &service, StartContainer{replica.container}, before, options());
  }

  Numbers stops_before(const compose::Service& service, const Replica& replica) const {
    if (stops_ == nullptr) return {};
    const engine::ContainerId own = replica.existing != nullptr ? replica.existing->id : replica.replaces;
    return stops_->stops_that_free(service.ports, own);
  }

  // What the starts of a service come after, because of its dependencies.
  std::vector<After> conditions_of(const compose::Service& service) {
    std::vector<After> conditions;
    for (const auto& [name, dependency] : dependencies_of(project_, service)) {
      if (const auto run = options_.givers.providers.find(name); run != options_.givers.providers.end()) {
        conditions.push_back({.operation = run->second, .when = dependency.required ? When::kWell : When::kEnded});
        continue;
      }
      switch (dependency.condition) {
        case compose::Condition::kStarted:
          for (const OperationNumber start : starts_[name]) {
            conditions.push_back({.operation = start, .when = dependency.required ? When::kWell : When::kEnded});
          }
          break;
        case compose::Condition::kHealthy:
          conditions.push_back({.operation = wait(name, Condition::kHealthy, dependency.required)});
          break;
        case compose::Condition::kCompletedSuccessfully:
          conditions.push_back({.operation = wait(name, Condition::kCompleted, dependency.required)});
          break;
      }
    }
    return conditions;
  }

  // The operation to come after; kNone when the condition holds already, or there is nothing to wait for.
  OperationNumber wait(const std::string& service, Condition condition, bool required) {
    const std::vector<Replica>& replicas = replicas_of(service);
    if (replicas.empty()) return OperationNumber::kNone;
    if (starts_[service].empty()) {
      if (condition == Condition::kHealthy && std::all_of(replicas.begin(), replicas.end(), is_healthy)) {
        return OperationNumber::kNone;
      }
      if (condition == Condition::kCompleted && std::any_of(replicas.begin(), replicas.end(), has_completed)) {
        return OperationNumber::kNone;
      }
    }
    OperationNumber& number = waits_[{service, condition, required}];
    if (number == OperationNumber::kNone) number = add_wait(service, condition, required, std::nullopt);
    return number;
  }

  OperationNumber add_wait(const std::string& service, Condition condition, bool required,
                           std::optional<std::chrono::seconds> timeout) {
    WaitFor wait{
        .condition = condition, .service = service, .containers = {}, .required = required, .timeout = timeout};
    wait.may_have_ended = condition == Condition::kRunningOrHealthy;
    for (const Replica& replica : replicas_of(service)) wait.containers.push_back(replica.container);
    const OperationNumber number =
        builder_.add(std::move(wait), {}, {.service = service, .reason = {}, .replaces = false});
    for (const OperationNumber start : starts_[service])
      builder_.order(number, start, required ? When::kWell : When::kEnded);
    return number;
  }

  // One that others want completed would never be running for long.
  void wait_at_end(const std::string& service, std::optional<std::chrono::seconds> timeout) {
    if (replicas_of(service).empty() || compose::is_scheduled(project_.services.find(service)->second)) return;
    const auto& dependents = dependents_.of(service);
    const bool completes = std::any_of(dependents.begin(), dependents.end(), [&](const std::string& name) {
      const compose::Dependency& dependency = project_.services.find(name)->second.depends_on.find(service)->second;
      return dependency.condition == compose::Condition::kCompletedSuccessfully;
    });
    const std::vector<Replica>& replicas = replicas_of(service);
    const bool quiet =
        starts_[service].empty() && (completes ? std::any_of(replicas.begin(), replicas.end(), has_completed)
                                               : std::all_of(replicas.begin(), replicas.end(), is_healthy));
    if (!quiet) add_wait(service, completes ? Condition::kCompleted : Condition::kRunningOrHealthy, true, timeout);
  }

  const compose::Project& project_;
  Dependents dependents_;
  const Replicas& replicas_;
  const StartOrderOptions& options_;
  Stops* stops_;
  Ingresses* ingresses_;
  PlanBuilder& builder_;
  PreStartPlanner pre_starts_;
  std::map<std::string, Numbers, std::less<>> starts_;
  std::map<std::string, OperationNumber> started_;  // by the container's name
  std::map<std::tuple<std::string, Condition, bool>, OperationNumber> waits_;
};

}  // namespace

std::optional<ContainerRef> first_container(const Replicas& replicas, std::string_view service) {
  const auto found = replicas.find(service);
  if (found == replicas.end() || found->second.empty()) return std::nullopt;
  const auto by_name = [](const Replica& a, const Replica& b) { return a.container.name < b.container.name; };
  return std::min_element(found->second.begin(), found->second.end(), by_name)->container;
}

void plan_starts(const compose::Project& project, const State& state, const Replicas& replicas,
                 const StartOrderOptions& options, Stops* stops, Ingresses* ingresses, PlanBuilder& builder) {
  StartPlanner(project, state, replicas, options, stops, ingresses, builder).plan();
}

}  // namespace berth::converge
