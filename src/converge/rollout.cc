#include "converge/rollout.h"

#include <algorithm>
#include <cmath>

#include "compose/berth_options.h"
#include "converge/create_spec.h"

namespace berth::converge {

namespace {

// How long a container without a healthcheck is watched before it counts as good: Swarm's default.
constexpr std::chrono::seconds kDefaultMonitor{5};

bool has_healthcheck(const compose::Service& service) { return service.healthcheck && !service.healthcheck->disable; }

std::chrono::nanoseconds monitor_of(const compose::Service& service, const compose::UpdatePolicy& policy) {
  if (policy.monitor) return *policy.monitor;
  return has_healthcheck(service) ? std::chrono::nanoseconds(0) : std::chrono::nanoseconds(kDefaultMonitor);
}

bool is_start_first(const compose::Service& service, const compose::UpdatePolicy& policy) {
  return policy.order == "start-first" && obstacle_to_overlap(service).empty();
}

}  // namespace

const compose::UpdatePolicy* update_policy(const compose::Service& service, bool rolling_back) {
  static const compose::UpdatePolicy plain;
  if (service.deploy && rolling_back && service.deploy->rollback_config) return &*service.deploy->rollback_config;
  if (service.deploy && service.deploy->update_config) return &*service.deploy->update_config;
  return compose::is_behind_ingress(service) ? &plain : nullptr;
}

std::string obstacle_to_overlap(const compose::Service& service) {
  for (const auto& [key, attachment] : service.networks) {
    if (!attachment.ipv4_address.empty() || !attachment.ipv6_address.empty()) return "it has a fixed address";
    if (!attachment.mac_address.empty()) return "it has a fixed mac_address";
  }
  if (!service.mac_address.empty()) return "it has a fixed mac_address";
  if (service.network_mode == "host") return "it uses the host's network";
  const bool fixed = std::any_of(service.ports.begin(), service.ports.end(),
                                 [](const compose::Port& port) { return !port.published.empty(); });
  if (fixed && !compose::is_behind_ingress(service)) return "it publishes its ports itself";
  return {};
}

Numbers RolloutPlanner::plan(const compose::Service& service, const compose::UpdatePolicy& policy,
                             const std::vector<Turn>& turns, const std::vector<After>& conditions) {
  const Subject subject{service, policy, conditions};
  const bool overlaps = is_start_first(service, policy);
  if (policy.order == "start-first" && !overlaps) {
    builder_.warn("service '" + service.name + "' is updated stop-first, as " + obstacle_to_overlap(service));
  }
  if (policy.failure_action == "rollback") {
    builder_.warn("service '" + service.name +
                  "': failure_action rollback ends the update and keeps the container whose replacement is bad; those "
                  "that were replaced before stay new");
  }
  const std::uint64_t given = policy.parallelism.value_or(1);
  const std::size_t at_once = given == 0 ? turns.size() : static_cast<std::size_t>(given);
  const bool goes_on = policy.failure_action == "continue";
  const bool rolls_back = policy.failure_action == "rollback";
  const auto tolerated =
      static_cast<std::size_t>(std::floor(policy.max_failure_ratio * static_cast<double>(turns.size()) + 1e-9));

  Numbers ends;
  std::vector<End> done;
  OperationNumber gate = OperationNumber::kNone;
  for (std::size_t i = 0; i < turns.size(); ++i) {
    builder_.order(turns[i].created.front(), gate);
    done.push_back(overlaps ? start_first(subject, turns[i]) : stop_first(subject, turns[i]));
    ends.push_back(done.back().well);
    const bool is_last = i + 1 == turns.size();
    if (!is_last && (i + 1) % at_once != 0) continue;
    if (is_last && !rolls_back) continue;
    gate = add(
        subject,
        CheckFailures{.service = service.name, .allowed = goes_on ? turns.size() : tolerated, .rolls_back = rolls_back},
        {});
    for (const End& end : done) {
      builder_.order(gate, end.well, When::kEnded);
      builder_.order(gate, end.badly, When::kEnded);
    }
    if (!is_last && policy.delay.count() > 0) {
      gate = add(subject, Pause{.service = service.name, .duration = policy.delay}, {gate});
    }
  }
  return ends;
}

RolloutPlanner::End RolloutPlanner::start_first(const Subject& subject, const Turn& turn) {
  const OperationNumber good = begin(subject, turn, turn.created);
  Numbers leaving = {good};
  OperationNumber last = good;
  if (const OperationNumber route = ingresses_.route(
          subject.service, {.joins = {turn.fresh}, .leaves = {ref_of(*turn.old)}, .must_answer = true}, {good});
      route != OperationNumber::kNone) {
    last = route;
    leaving = {route};
  }
  const OperationNumber stop = stops_.stop(*turn.old, leaving, true);
  const OperationNumber end = take_name(subject, turn, {stop == OperationNumber::kNone ? last : stop});
  // The old one has not been touched when the new one turns out to be bad.
  const OperationNumber undo = add(subject, RemoveContainer{.container = turn.fresh, .force = true, .volumes = false},
                                   {}, "the new one is not good");
  builder_.order(undo, last, When::kFailed);
  return {.well = end, .badly = undo};
}

RolloutPlanner::End RolloutPlanner::stop_first(const Subject& subject, const Turn& turn) {
  const ContainerRef old = ref_of(*turn.old);
  Numbers before = turn.created;
  const OperationNumber leave = ingresses_.route(subject.service, {.leaves = {old}}, before);
  if (leave != OperationNumber::kNone) before = {leave};
  const OperationNumber stop = stops_.stop(*turn.old, before, true);
  if (stop != OperationNumber::kNone) before = {stop};
  OperationNumber last = begin(subject, turn, before);
  const OperationNumber join = ingresses_.route(subject.service, {.joins = {turn.fresh}, .must_answer = true}, {last});
  if (join != OperationNumber::kNone) last = join;
  const OperationNumber end = take_name(subject, turn, {last});
  // The old one is still there, stopped, and takes its place again.
  const OperationNumber removed =
      add(subject, RemoveContainer{.container = turn.fresh, .force = true, .volumes = false}, {},
          "the new one is not good");
  builder_.order(removed, last, When::kFailed);
  OperationNumber undo = add(subject, StartContainer{old}, {removed}, "the new one is not good");
  const OperationNumber back = ingresses_.route(subject.service, {.joins = {old}}, {undo});
  return {.well = end, .badly = back == OperationNumber::kNone ? undo : back};
}

OperationNumber RolloutPlanner::begin(const Subject& subject, const Turn& turn, Numbers after) {
  for (CopyFiles& copy : files_to_copy(project_, subject.service, turn.fresh)) {
    after = {add(subject, std::move(copy), after)};
  }
  const OperationNumber start = builder_.add(StartContainer{turn.fresh}, after, {.service = subject.service.name});
  for (const After& condition : subject.conditions) builder_.order(start, condition.operation, condition.when);
  WaitFor ready{
      .condition = WaitFor::Condition::kRunningOrHealthy, .service = subject.service.name, .containers = {turn.fresh}};
  OperationNumber last = builder_.add(ready, {start}, {.service = subject.service.name});
  const std::chrono::nanoseconds monitor = monitor_of(subject.service, subject.policy);
  if (monitor.count() > 0) {
    WaitFor stays = ready;
    stays.condition = WaitFor::Condition::kStays;
    stays.timeout = monitor;
    last = builder_.add(stays, {last}, {.service = subject.service.name});
  }
  return last;
}

OperationNumber RolloutPlanner::take_name(const Subject& subject, const Turn& turn, const Numbers& after) {
  ContainerRef old = ref_of(*turn.old);
  old.name = turn.final_name;
  const OperationNumber removal =
      add(subject, RemoveContainer{.container = old, .force = false, .volumes = false}, after);
  const OperationNumber rename =
      add(subject, RenameContainer{.container = turn.fresh, .name = turn.final_name}, {removal});
  builder_.order(rename, stops_.removal_of_name(turn.final_name));
  return rename;
}

OperationNumber RolloutPlanner::add(const Subject& subject, Action action, const Numbers& after, std::string reason) {
  return builder_.add(std::move(action), after,
                      {.service = subject.service.name, .reason = std::move(reason), .replaces = true});
}

}  // namespace berth::converge
