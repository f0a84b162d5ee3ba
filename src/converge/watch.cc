#include "converge/watch.h"

#include <algorithm>
#include <set>

#include "base/strings.h"

namespace berth::converge {

namespace {

// How long an engine may be away while its containers are waited for: long enough for one that is restarted.
constexpr auto kPatience = std::chrono::seconds(10);

using Condition = WaitFor::Condition;

constexpr std::string_view kHealthEvent = "health_status: ";

// What the last probe said, for people who look for the fault.
std::string last_probe(const engine::Health& health) {
  if (health.log.empty()) return "";
  const engine::HealthcheckResult& last = health.log.back();
  constexpr std::size_t kLongest = 400;
  std::string output(trim(last.output));
  if (output.size() > kLongest) output = output.substr(0, kLongest) + "...";
  std::string text = "; its last probe ended with " + std::to_string(last.exit_code);
  return output.empty() ? text : text + ": " + output;
}

std::string who(const engine::ContainerInspect& container) { return "container '" + container.name + "'"; }

[[noreturn]] void fail(const std::string& message) { throw Error(Kind::kConflict, message); }

// Whether the condition holds; throws when it never will.
bool holds(const engine::ContainerInspect& container, const WaitFor& wait) {
  const engine::ContainerState& state = container.state;
  const bool ended = state.status == "exited" || state.status == "dead";
  if (wait.condition == Condition::kCompleted) {
    if (!ended) return false;
    if (state.exit_code == 0) return true;
    fail("service '" + wait.service + "' didn't complete successfully: " + who(container) + " exited with " +
         std::to_string(state.exit_code));
  }
  if (wait.condition == Condition::kStays && (state.restarting || container.restart_count > 0)) {
    fail(who(container) + " of service '" + wait.service + "' does not stay up: it ended with " +
         std::to_string(state.exit_code) + " and was restarted; see its logs");
  }
  if (ended && wait.may_have_ended && state.exit_code == 0) return true;
  if (ended) {
    fail(who(container) + " of service '" + wait.service + "' exited with " + std::to_string(state.exit_code) +
         " before it was ready: see its logs");
  }
  const bool checked = state.health && state.health->status != "none" && !state.health->status.empty();
  if (wait.condition == Condition::kStays && (!checked || state.health->status != "unhealthy")) return false;
  if (!checked) {
    if (wait.condition == Condition::kRunningOrHealthy) return state.status == "running";
    if (state.running) {
      fail(who(container) + " of service '" + wait.service +
           "' has no healthcheck, so it never becomes healthy: add one, or depend on service_started");
    }
    return false;
  }
  if (state.health->status == "unhealthy") {
    fail(who(container) + " of service '" + wait.service + "' is unhealthy" + last_probe(*state.health));
  }
  return state.health->status == "healthy";
}

}  // namespace

Watch::Watch(const Context& context, engine::Client& client, Settled settled)
    : client_(client), cancel_(context), settled_(std::move(settled)) {
  engine::EventStream events = client.events(cancel_.context(), {.filters = {{"type", "container"},
                                                                             {"event", "start"},
                                                                             {"event", "die"},
                                                                             {"event", "destroy"},
                                                                             {"event", "health_status"}},
                                                                 .patience = kPatience});
  thread_ = std::jthread([this, stream = std::move(events)]() mutable { listen(std::move(stream)); });
}

Watch::~Watch() {
  table_.lock()->waits.clear();
  cancel_.cancel();
}

void Watch::add(OperationNumber number, const WaitFor& wait, const std::vector<engine::ContainerId>& ids) {
  std::optional<Error> broken;
  {
    auto table = table_.lock();
    broken = table->broken;
    if (!broken) {
      Waiting& waiting = table->waits[number];
      waiting.wait = wait;
      for (const engine::ContainerId& id : ids) waiting.containers[id] = Verdict::kNotYet;
    }
  }
  if (broken) settled_(number, broken);
}

bool Watch::drop(OperationNumber number) { return table_.lock()->waits.erase(number) != 0; }

void Watch::listen(engine::EventStream events) {
  try {
    while (const auto event = events.next(cancel_.context())) handle(*event);
    settle_all(Error(Kind::kUnavailable, "the engine ended its events"));
  } catch (const Error& e) {
    settle_all(e);
  }
}

void Watch::handle(const engine::Event& event) {
  if (event.is_gap) {
    std::set<engine::ContainerId> all;
    {
      auto table = table_.lock();
      for (const auto& [number, waiting] : table->waits) {
        for (const auto& [id, verdict] : waiting.containers) all.insert(id);
      }
    }
    for (const engine::ContainerId& id : all) look_at(id);
    return;
  }
  const engine::ContainerId id(event.actor_id);
  if (event.action == std::string(kHealthEvent) + "healthy") {
    judge(id, [](const WaitFor& wait) {
      const bool tells = wait.condition != Condition::kCompleted && wait.condition != Condition::kStays;
      return tells ? Verdict::kHolds : Verdict::kNotYet;
    });
    return;
  }
  bool awaited = false;
  {
    auto table = table_.lock();
    for (const auto& [number, waiting] : table->waits) {
      // A start alone makes nothing healthy or complete.
      const bool tells = event.action != "start" || waiting.wait.condition == Condition::kRunningOrHealthy;
      awaited = awaited || (tells && waiting.containers.contains(id));
    }
  }
  if (awaited) look_at(id);
}

void Watch::look_at(const engine::ContainerId& id) {
  std::optional<engine::ContainerInspect> container;
  std::optional<Error> error;
  try {
    container = client_.inspect_container(cancel_.context(), id);
  } catch (const Error& e) {
    error = e;
  }
  judge(id, [&](const WaitFor& wait) {
    if (error) throw *error;
    return holds(*container, wait) ? Verdict::kHolds : Verdict::kNotYet;
  });
}

void Watch::judge(const engine::ContainerId& id, const std::function<Verdict(const WaitFor&)>& verdict_of) {
  std::map<OperationNumber, std::optional<Error>> over;
  {
    auto table = table_.lock();
    for (auto& [number, waiting] : table->waits) {
      const auto container = waiting.containers.find(id);
      if (container == waiting.containers.end() || container->second == Verdict::kHolds) continue;
      try {
        container->second = verdict_of(waiting.wait);
      } catch (const Error& e) {
        over[number] = e;
        continue;
      }
      const auto is_done = [](const auto& entry) { return entry.second == Verdict::kHolds; };
      const bool any = waiting.wait.condition == Condition::kCompleted;
      const auto& all = waiting.containers;
      if (any ? std::any_of(all.begin(), all.end(), is_done) : std::all_of(all.begin(), all.end(), is_done)) {
        over[number] = std::nullopt;
      }
    }
    for (const auto& [number, error] : over) table->waits.erase(number);
  }
  for (const auto& [number, error] : over) settled_(number, error);
}

void Watch::settle_all(const Error& error) {
  std::vector<OperationNumber> numbers;
  {
    auto table = table_.lock();
    table->broken = error;
    for (const auto& [number, waiting] : table->waits) numbers.push_back(number);
    table->waits.clear();
  }
  for (const OperationNumber number : numbers) settled_(number, error);
}

}  // namespace berth::converge
