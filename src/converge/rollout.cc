#include "converge/rollout.h"

#include <algorithm>
#include <cmath>

#include "compose/berth_options.h"
#include "converge/create_spec.h"
#include "converge/hooks.h"

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

// How many containers are replaced at a time.
std::size_t batch_of(const compose::UpdatePolicy& policy, std::size_t all) {
  const std::uint64_t given = policy.parallelism.value_or(1);
  return given == 0 || given > all ? all : static_cast<std::size_t>(given);
}

// How many may fail before something is done about it.
std::size_t tolerated(const compose::UpdatePolicy& policy, std::size_t all) {
  if (policy.failure_action == "continue") return all;
  return static_cast<std::size_t>(std::floor(policy.max_failure_ratio * static_cast<double>(all) + 1e-9));
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
  const bool rolls_back = policy.failure_action == "rollback";
  const Subject subject{service, policy, conditions, rolls_back};
  const bool overlaps = is_start_first(service, policy);
  if (policy.order == "start-first" && !overlaps) {
    builder_.warn("service '" + service.name + "' is updated stop-first, as " + obstacle_to_overlap(service));
  }
  const std::size_t batch = batch_of(policy, turns.size());
  std::vector<Course> courses;
  Numbers ends;  // both of each turn
  OperationNumber gate = OperationNumber::kNone;
  for (std::size_t i = 0; i < turns.size(); ++i) {
    const bool has_stopped = turns[i].begun && !is_up(*turns[i].old);
    courses.push_back(overlaps && !has_stopped ? start_first(subject, turns[i]) : stop_first(subject, turns[i]));
    builder_.order(courses.back().first, gate);
    ends.push_back(courses.back().well);
    ends.push_back(courses.back().badly);
    const bool is_last = i + 1 == turns.size();
    if (is_last ? !rolls_back : (i + 1) % batch != 0) continue;
    gate = check(subject,
                 {.service = service.name, .allowed = tolerated(policy, turns.size()), .rolls_back = rolls_back}, ends);
    if (!is_last && policy.delay.count() > 0) {
      gate = add(subject, Pause{.service = service.name, .duration = policy.delay}, {gate});
    }
  }
  Numbers done;
  for (std::size_t i = 0; i < turns.size(); ++i) {
    const OperationNumber well = courses[i].well;
    done.push_back(rolls_back ? take_name(subject, turns[i], {gate, well}) : well);
  }
  if (rolls_back) roll_back(subject, turns, courses, gate);
  return done;
}

RolloutPlanner::Course RolloutPlanner::start_first(const Subject& subject, const Turn& turn) {
  const OperationNumber good = begin(subject, turn, turn.created);
  Numbers leaving = {good};
  OperationNumber last = good;
  if (const OperationNumber route = ingresses_.route(
          subject.service, {.joins = {turn.fresh}, .leaves = {ref_of(*turn.old)}, .must_answer = true}, {good});
      route != OperationNumber::kNone) {
    last = route;
    leaving = {route};
  }
  const OperationNumber stopped = stops_.stop(*turn.old, leaving, true);
  OperationNumber end = stopped == OperationNumber::kNone ? last : stopped;
  if (!subject.keeps_old) end = take_name(subject, turn, {end});
  // The old one has not been touched when the new one turns out to be bad.
  const OperationNumber undo = remove(subject, turn.fresh, {}, true);
  builder_.order(undo, last, When::kFailed);
  return {.first = turn.begun ? good : turn.created.front(), .well = end, .badly = undo};
}

RolloutPlanner::Course RolloutPlanner::stop_first(const Subject& subject, const Turn& turn) {
  const ContainerRef old = ref_of(*turn.old);
  Numbers before = turn.created;
  OperationNumber leave = OperationNumber::kNone;
  if (is_up(*turn.old)) leave = ingresses_.route(subject.service, {.leaves = {old}}, before);
  if (leave != OperationNumber::kNone) before = {leave};
  const OperationNumber stopped = stops_.stop(*turn.old, before, true);
  if (stopped != OperationNumber::kNone) before = {stopped};
  OperationNumber last = begin(subject, turn, before);
  const OperationNumber first = turn.begun ? last : turn.created.front();
  Ingresses::Change joining{.joins = {turn.fresh}, .must_answer = true};
  if (ingresses_.sends_to(subject.service.name, *turn.old) && leave == OperationNumber::kNone) joining.leaves = {old};
  const OperationNumber join = ingresses_.route(subject.service, std::move(joining), {last});
  if (join != OperationNumber::kNone) last = join;
  const OperationNumber end = subject.keeps_old ? last : take_name(subject, turn, {last});
  // The old one is still there, stopped, and takes its place again.
  const OperationNumber removed = remove(subject, turn.fresh, {}, true);
  builder_.order(removed, last, When::kFailed);
  const OperationNumber undo = start(subject, old, {removed}, "the new one is not good");
  const OperationNumber back = ingresses_.route(subject.service, {.joins = {old}}, {undo});
  return {.first = first, .well = end, .badly = back == OperationNumber::kNone ? undo : back};
}

void RolloutPlanner::roll_back(const Subject& subject, const std::vector<Turn>& turns,
                               const std::vector<Course>& courses, OperationNumber verdict) {
  static const std::vector<After> kNoConditions;
  const compose::UpdatePolicy& policy = *update_policy(subject.service, true);
  const Subject back{subject.service, policy, kNoConditions};
  const bool overlaps = is_start_first(subject.service, policy);
  const std::size_t batch = batch_of(policy, turns.size());
  Numbers ends;
  OperationNumber gate = OperationNumber::kNone;
  OperationNumber pause = OperationNumber::kNone;
  OperationNumber first_of_batch = OperationNumber::kNone;
  for (std::size_t i = 0; i < turns.size(); ++i) {
    const Course course = overlaps ? give_way_start_first(back, turns[i]) : give_way_stop_first(back, turns[i]);
    builder_.order(course.first, verdict, When::kFailed);
    builder_.order(course.first, courses[i].well, When::kOnlyIfWell);
    builder_.order(course.first, gate);
    builder_.order(course.first, pause, When::kEnded);
    ends.push_back(course.well);
    if (i % batch == 0) first_of_batch = course.well;
    if ((i + 1) % batch != 0 || i + 1 == turns.size()) continue;
    gate = check(back,
                 {.service = subject.service.name,
                  .allowed = tolerated(policy, turns.size()),
                  .of = CheckFailures::Of::kRollback},
                 ends);
    builder_.order(gate, verdict, When::kFailed);
    if (policy.delay.count() == 0) continue;
    pause = add(back, Pause{.service = subject.service.name, .duration = policy.delay}, {gate});
    builder_.order(pause, first_of_batch, When::kOnlyIfWell);  // none where none was brought back
  }
  for (const Course& course : courses) ends.push_back(course.badly);
  const OperationNumber conclusion =
      check(back, {.service = subject.service.name, .of = CheckFailures::Of::kWholeRollback}, ends);
  builder_.order(conclusion, verdict, When::kFailed);
}

RolloutPlanner::Course RolloutPlanner::give_way_start_first(const Subject& subject, const Turn& turn) {
  const ContainerRef old = ref_of(*turn.old);
  const OperationNumber first = start(subject, old, {}, "rolled back");
  OperationNumber last = await(subject, old, first);
  const OperationNumber route =
      ingresses_.route(subject.service, {.joins = {old}, .leaves = {turn.fresh}, .must_answer = true}, {last});
  if (route != OperationNumber::kNone) last = route;
  const OperationNumber stopped = stop(subject, turn.fresh, {last});
  return {.first = first, .well = remove(subject, turn.fresh, {stopped}, false)};
}

RolloutPlanner::Course RolloutPlanner::give_way_stop_first(const Subject& subject, const Turn& turn) {
  const ContainerRef old = ref_of(*turn.old);
  const OperationNumber leave = ingresses_.route(subject.service, {.leaves = {turn.fresh}}, {});
  const OperationNumber stopped = stop(subject, turn.fresh, {leave});
  OperationNumber last = await(subject, old, start(subject, old, {stopped}, "rolled back"));
  const OperationNumber join = ingresses_.route(subject.service, {.joins = {old}, .must_answer = true}, {last});
  if (join != OperationNumber::kNone) last = join;
  return {.first = leave == OperationNumber::kNone ? stopped : leave,
          .well = remove(subject, turn.fresh, {last}, false)};
}

OperationNumber RolloutPlanner::begin(const Subject& subject, const Turn& turn, Numbers after) {
  if (turn.begun) {
    const OperationNumber last = after.empty() ? OperationNumber::kNone : after.back();
    return await(subject, turn.fresh, last);
  }
  for (CopyFiles& copy : files_to_copy(project_, subject.service, turn.fresh)) {
    after = {add(subject, std::move(copy), after)};
  }
  const OperationNumber started = add_with_hooks(builder_, &subject.service, StartContainer{turn.fresh}, after,
                                                 {.service = subject.service.name}, {.stop_on_failure = false});
  for (const After& condition : subject.conditions) builder_.order(started, condition.operation, condition.when);
  return await(subject, turn.fresh, started);
}

OperationNumber RolloutPlanner::await(const Subject& subject, const ContainerRef& container, OperationNumber start) {
  WaitFor ready{
      .condition = WaitFor::Condition::kRunningOrHealthy, .service = subject.service.name, .containers = {container}};
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

OperationNumber RolloutPlanner::stop(const Subject& subject, const ContainerRef& container, const Numbers& after) {
  return add_with_hooks(builder_, &subject.service, StopContainer{.container = container, .timeout = stops_.timeout()},
                        after, {.service = subject.service.name, .reason = "rolled back", .replaces = true});
}

OperationNumber RolloutPlanner::start(const Subject& subject, const ContainerRef& container, const Numbers& after,
                                      const std::string& reason) {
  return add_with_hooks(builder_, &subject.service, StartContainer{container}, after,
                        {.service = subject.service.name, .reason = reason, .replaces = true},
                        {.stop_on_failure = false});
}

OperationNumber RolloutPlanner::remove(const Subject& subject, const ContainerRef& container, const Numbers& after,
                                       bool tells) {
  return add(subject, RemoveContainer{.container = container, .force = true, .volumes = false, .tells = tells}, after,
             tells ? "the new one is not good" : "rolled back");
}

OperationNumber RolloutPlanner::check(const Subject& subject, CheckFailures check, const Numbers& ends) {
  const OperationNumber number = add(subject, std::move(check), {});
  for (const OperationNumber end : ends) builder_.order(number, end, When::kEnded);
  return number;
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
