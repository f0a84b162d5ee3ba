#include "converge/execute.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>

#include "base/guarded.h"
#include "base/strings.h"
#include "base/units.h"
#include "converge/perform.h"
#include "converge/plan_builder.h"
#include "converge/watch.h"

namespace berth::converge {

namespace {

using Clock = Context::Clock;
using Status = OperationOutcome::Status;

// A call that waits for a container to stop or a registry to answer keeps the engine idle. It no longer counts as one
// in flight once it has lasted this long and no other call has ended for as long: an engine that ends calls is busy.
constexpr std::chrono::milliseconds kPatience{300};
constexpr std::size_t kMostThreads = 64;

std::size_t index_of(OperationNumber number) { return static_cast<std::size_t>(number) - 1; }

bool may_idle(const Action& action) {
  return std::holds_alternative<StopContainer>(action) || std::holds_alternative<RestartContainer>(action) ||
         std::holds_alternative<PullImage>(action) || std::holds_alternative<BuildImage>(action) ||
         std::holds_alternative<PushImage>(action) || std::holds_alternative<RunHook>(action) ||
         std::holds_alternative<RunProvider>(action) || std::holds_alternative<ServeModel>(action) ||
         std::holds_alternative<RouteIngress>(action);
}

// The walk itself. Workers take operations that are ready; a wait leaves its worker at once and is settled by the
// watch. The caller's thread looks after time: patience and the waits' timeouts.
class Walk {
 public:
  Walk(const Context& context, engine::Client& client, const Plan& plan, const ExecuteOptions& options,
       const EventSink& sink)
      : context_(context),
        plan_(plan),
        options_(options),
        sink_(sink),
        performer_(
            client, options, [this](const ContainerRef& ref) { return id_of(ref); },
            [this](const Operation& operation, Event::Kind kind, std::string detail, const engine::Progress& progress) {
              report(operation, kind, std::move(detail), progress);
            }) {
    const std::size_t size = plan.operations.size();
    outcome_.operations.resize(size);
    followers_.resize(size);
    began_.resize(size);
    auto state = state_.lock();
    state->blocked_by.resize(size);
    state->settled.resize(size);
    state->unsettled = size;
    // Backwards, as the last is taken first.
    for (std::size_t i = size; i-- > 0;) {
      state->blocked_by[i] = plan.operations[i].after.size();
      for (const After& after : plan.operations[i].after) {
        followers_[index_of(after.operation)].push_back({.index = i, .when = after.when});
      }
      if (state->blocked_by[i] == 0) state->ready.push_back(i);
    }
  }

  Outcome run(engine::Client& client) {
    if (plan_.empty()) return std::move(outcome_);
    try {
      listen(client);
    } catch (const Error& e) {
      outcome_.failure = e;
      return std::move(outcome_);
    }
    const std::size_t first = std::min(options_.calls_in_flight, plan_.operations.size());
    for (std::size_t i = 0; i < first; ++i) add_worker();
    supervise();
    workers_.clear();  // joins
    watch_.reset();
    tell_rollbacks();
    if (!outcome_.failure && cancelled_) outcome_.failure = Error(Kind::kCancelled, "interrupted");
    return std::move(outcome_);
  }

 private:
  struct Follower {
    std::size_t index;
    When when;
  };
  struct Running {
    std::size_t index;
    Clock::time_point until;  // when it stops counting, unless calls have ended since
  };
  struct State {
    std::vector<std::size_t> blocked_by;  // operations still to end before this one can begin
    std::vector<bool> settled;
    // A stack: what an operation's end makes possible comes first, so that one container is finished before the next
    // is begun and the engine has calls of different kinds in flight. Else in the plan's order.
    std::vector<std::size_t> ready;
    std::size_t unsettled = 0;
    std::size_t counted = 0;       // calls in flight
    Clock::time_point busy_until;  // as long as calls end
    std::vector<Running> patient;
    std::vector<Running> timed_waits;
  };

  void listen(engine::Client& client) {
    const bool waits = std::any_of(plan_.operations.begin(), plan_.operations.end(), [](const Operation& operation) {
      return std::holds_alternative<WaitFor>(operation.action) || std::holds_alternative<Pause>(operation.action);
    });
    if (!waits) return;
    watch_ = std::make_unique<Watch>(context_, client, [this](OperationNumber number, std::optional<Error> error) {
      settle_wait(index_of(number), std::move(error));
    });
  }

  void add_worker() {
    workers_.emplace_back([this] { work(); });
  }

  // Waits inside are never cancelled: when the user asks to stop, operations end fast, one by one.
  void work() {
    for (;;) {
      std::size_t index = 0;
      {
        auto state = state_.lock();
        state.wait(Context(), [&] {
          return state->unsettled == 0 || (!state->ready.empty() && state->counted < options_.calls_in_flight);
        });
        if (state->unsettled == 0) return;
        index = state->ready.back();
        state->ready.pop_back();
        ++state->counted;
        if (may_idle(plan_.operations[index].action)) {
          state->patient.push_back({.index = index, .until = Clock::now() + kPatience});
          state_.notify();
        }
      }
      begin(index);
    }
  }

  void begin(std::size_t index) {
    const Operation& operation = plan_.operations[index];
    if (context_.cancelled()) {
      cancelled_ = true;
      settle(index, Status::kCancelled, std::nullopt, true);
      return;
    }
    began_[index] = Clock::now();
    report(operation, Event::Kind::kStarted, {}, {});
    if (const auto* wait = std::get_if<WaitFor>(&operation.action)) {
      begin_wait(index, *wait);
      return;
    }
    if (const auto* pause = std::get_if<Pause>(&operation.action)) {
      watch_->add(operation.number, WaitFor{}, {});
      leave_worker(index, pause->duration);
      return;
    }
    if (const auto* check = std::get_if<CheckFailures>(&operation.action)) {
      std::optional<Error> error = judge(operation, *check);
      const Status status = error ? Status::kFailed : Status::kDone;
      settle(index, status, std::move(error), true);
      return;
    }
    try {
      outcome_.operations[index].container_id = performer_.perform(context_, operation);
      if (std::holds_alternative<RunProvider>(operation.action)) {
        outcome_.operations[index].given = performer_.given_by(operation.number);
      }
      settle(index, Status::kDone, std::nullopt, true);
    } catch (const Error& e) {
      settle(index, Status::kFailed, with_names(e, operation), true);
    } catch (const std::exception& e) {
      settle(index, Status::kFailed, Error(Kind::kInternal, e.what()), true);
    }
  }

  // It is no call in flight any more, and ends with the time given if nothing ends it before.
  void leave_worker(std::size_t index, std::optional<std::chrono::nanoseconds> most) {
    auto state = state_.lock();
    --state->counted;
    if (most) state->timed_waits.push_back({.index = index, .until = Clock::now() + *most});
    state_.notify();
  }

  // The wait is known before its time begins, as whose time is over can only be dropped then.
  void begin_wait(std::size_t index, const WaitFor& wait) {
    std::vector<engine::ContainerId> ids;
    for (const ContainerRef& container : wait.containers) ids.push_back(id_of(container));
    watch_->add(plan_.operations[index].number, wait, ids);
    leave_worker(index, wait.timeout);
    for (const engine::ContainerId& id : ids) watch_->look_at(id);
  }

  std::optional<Error> judge(const Operation& operation, const CheckFailures& check) {
    const auto failed =
        static_cast<std::size_t>(std::count_if(operation.after.begin(), operation.after.end(), [&](const After& after) {
          const Status status = outcome_.operations[index_of(after.operation)].status;
          return after.when == When::kEnded && (status == Status::kFailed || status == Status::kCancelled);
        }));
    if (failed <= check.allowed) return std::nullopt;
    const std::string service = "service '" + check.service + "'";
    if (check.of != CheckFailures::Of::kUpdate) {
      return Error(Kind::kConflict, service + " could not be brought back to what it was before");
    }
    std::string text = "the update of " + service;
    text += check.rolls_back ? " is rolled back" : " is given up";
    return Error(Kind::kConflict, std::move(text));
  }

  void tell_rollbacks() {
    const std::vector<Operation>& operations = plan_.operations;
    auto& services = outcome_.rolled_back;
    for (std::size_t i = 0; i < operations.size(); ++i) {
      const auto* check = std::get_if<CheckFailures>(&operations[i].action);
      const bool concludes = check != nullptr && check->of == CheckFailures::Of::kWholeRollback;
      if (concludes && outcome_.operations[i].status == Status::kDone) services.push_back(check->service);
    }
    outcome_.only_rolled_back = !services.empty() && !cancelled_;
    for (std::size_t i = 0; i < operations.size(); ++i) {
      const bool failed = outcome_.operations[i].status == Status::kFailed;
      const bool known = std::find(services.begin(), services.end(), operations[i].service) != services.end();
      if (failed && !known) outcome_.only_rolled_back = false;
    }
  }

  void settle_wait(std::size_t index, std::optional<Error> error) {
    const auto* wait = std::get_if<WaitFor>(&plan_.operations[index].action);
    if (error && error->kind() != Kind::kCancelled && wait != nullptr && !wait->required) {
      report(plan_.operations[index], Event::Kind::kWarning, "optional dependency: " + error->message(), {});
      error.reset();
    }
    const Status status = error ? Status::kFailed : Status::kDone;
    settle(index, status, std::move(error), false);
  }

  // Everything that an operation's end brings with it. `counted`: it was a call in flight.
  void settle(std::size_t index, Status status, std::optional<Error> error, bool counted) {
    if (error && error->kind() == Kind::kCancelled) {
      cancelled_ = true;
      status = Status::kCancelled;
    }
    {
      auto state = state_.lock();
      if (state->settled[index]) return;
      state->settled[index] = true;
      if (error && status == Status::kFailed && !outcome_.failure) outcome_.failure = error;
      outcome_.operations[index].status = status;
      outcome_.operations[index].error = status == Status::kFailed ? error : std::nullopt;
    }
    // Told before anything that comes after it can begin.
    report_end(index);
    std::vector<std::size_t> cancelled;
    {
      auto state = state_.lock();
      if (counted) {
        const auto patient = find(state->patient, index);
        // Who ran out of patience was taken off the count then.
        const bool was_patient = may_idle(plan_.operations[index].action);
        if (!was_patient || patient != state->patient.end()) --state->counted;
        if (patient != state->patient.end()) state->patient.erase(patient);
        state->busy_until = Clock::now() + kPatience;
      }
      release(*state, index, cancelled);
    }
    state_.notify();
    for (const std::size_t i : cancelled) report_end(i);
  }

  // Marks the operation as over, and those after it as ready, or as over too.
  void release(State& state, std::size_t index, std::vector<std::size_t>& cancelled) {
    state.settled[index] = true;
    --state.unsettled;
    const Status status = outcome_.operations[index].status;
    for (const Follower& follower : followers_[index]) {
      if (state.settled[follower.index]) continue;
      const std::optional<Status> end = end_of_follower(status, follower.when);
      if (end) {
        outcome_.operations[follower.index].status = *end;
        if (*end == Status::kCancelled) cancelled.push_back(follower.index);
        release(state, follower.index, cancelled);
      } else if (--state.blocked_by[follower.index] == 0) {
        state.ready.push_back(follower.index);
      }
    }
  }

  // How an operation ends, without having begun, because one before it has ended so; nothing when it may begin.
  static std::optional<Status> end_of_follower(Status before, When when) {
    if (when == When::kEnded) return std::nullopt;
    if (when == When::kFailed) {
      const bool well = before == Status::kDone || before == Status::kSkipped;
      return well ? std::optional(Status::kSkipped) : std::nullopt;
    }
    if (before == Status::kDone) return std::nullopt;
    const bool skips = when == When::kOnlyIfWell || before == Status::kSkipped;
    return skips ? Status::kSkipped : Status::kCancelled;
  }

  static std::vector<Running>::iterator find(std::vector<Running>& running, std::size_t index) {
    return std::find_if(running.begin(), running.end(), [&](const Running& r) { return r.index == index; });
  }

  // Until all is settled: more workers where calls idle, and an end to waits whose time is over.
  void supervise() {
    for (;;) {
      std::vector<std::size_t> late;
      bool grow = false;
      {
        auto state = state_.lock();
        const auto now = Clock::now();
        const bool is_busy = now < state->busy_until;
        const std::size_t idling =
            std::erase_if(state->patient, [&](const Running& r) { return !is_busy && r.until <= now; });
        state->counted -= idling;
        grow = idling > 0;
        std::erase_if(state->timed_waits, [&](const Running& r) {
          if (state->settled[r.index]) return true;
          if (r.until > now) return false;
          late.push_back(r.index);
          return true;
        });
        if (!grow && late.empty()) {
          if (state->unsettled == 0) return;
          wait_for_change(state);
        }
      }
      if (grow) {
        state_.notify();
        for (std::size_t i = 0; i < options_.calls_in_flight && workers_.size() < kMostThreads; ++i) add_worker();
      }
      for (const std::size_t index : late) give_up_waiting(index);
    }
  }

  void wait_for_change(Guarded<State>::Lock& state) {
    std::optional<Clock::time_point> next;
    const auto consider = [&](Clock::time_point time) { next = next ? std::min(*next, time) : time; };
    for (const Running& r : state->patient) consider(std::max(r.until, state->busy_until));
    for (const Running& r : state->timed_waits) consider(r.until);
    const std::size_t known = state->patient.size() + state->timed_waits.size();
    const auto changed = [&] {
      return state->unsettled == 0 || state->patient.size() + state->timed_waits.size() != known;
    };
    try {
      state.wait(next ? Context().with_deadline(*next) : Context(), changed);
    } catch (const Error& e) {
      if (e.kind() != Kind::kTimeout) throw;
    }
  }

  // The time of a wait is over, which is what a pause and a watch are for.
  void give_up_waiting(std::size_t index) {
    const Operation& operation = plan_.operations[index];
    if (!watch_->drop(operation.number)) return;
    const auto* wait = std::get_if<WaitFor>(&operation.action);
    if (wait == nullptr || wait->condition == WaitFor::Condition::kStays) return settle_wait(index, std::nullopt);
    settle_wait(index, Error(Kind::kTimeout,
                             "service '" + wait->service + "' was not ready after " + format_duration(*wait->timeout)));
  }

  // The error with a container's name where the engine's client, which is given ids, put its id.
  Error with_names(const Error& error, const Operation& operation) {
    Action action = operation.action;
    std::string message = error.message();
    for_each_container(action, [&](const ContainerRef& container) {
      if (container.id.empty() && container.created_by == OperationNumber::kNone) return;
      const std::string id = id_of(container).brief();
      if (!id.empty()) message = replace_all(message, "'" + id + "'", "'" + container.name + "'");
    });
    return Error(error.kind(), std::move(message));
  }

  engine::ContainerId id_of(const ContainerRef& container) {
    if (!container.id.empty()) return container.id;
    // Written before this operation became ready.
    return outcome_.operations[index_of(container.created_by)].container_id;
  }

  void report_end(std::size_t index) {
    const OperationOutcome& outcome = outcome_.operations[index];
    const Event::Kind kind = outcome.status == Status::kDone     ? Event::Kind::kDone
                             : outcome.status == Status::kFailed ? Event::Kind::kFailed
                                                                 : Event::Kind::kCancelled;
    report(plan_.operations[index], kind, outcome.error ? outcome.error->message() : "", {});
  }

  void report(const Operation& operation, Event::Kind kind, std::string detail, const engine::Progress& progress) {
    if (!sink_) return;
    Words what = words(operation);
    Event event{.kind = kind, .operation = operation.number, .noun = what.noun, .name = what.name};
    event.service = operation.service;
    event.status = kind == Event::Kind::kDone ? what.done : what.doing;
    event.detail = std::move(detail);
    event.progress = progress;
    if (kind == Event::Kind::kHookOutput) event.name = std::get<RunHook>(operation.action).container.name;
    const Clock::time_point began = began_[index_of(operation.number)];
    if (began != Clock::time_point()) event.elapsed = Clock::now() - began;
    const std::lock_guard lock(sink_mutex_);
    sink_(event);
  }

  const Context& context_;
  const Plan& plan_;
  const ExecuteOptions& options_;
  const EventSink& sink_;
  std::mutex sink_mutex_;
  Performer performer_;
  std::vector<std::vector<Follower>> followers_;
  std::vector<Clock::time_point> began_;
  Outcome outcome_;  // each operation's is written by who runs it; `failure` under state_'s lock
  std::atomic<bool> cancelled_ = false;
  Guarded<State> state_;
  std::unique_ptr<Watch> watch_;
  std::vector<std::jthread> workers_;
};

}  // namespace

const OperationOutcome& Outcome::of(OperationNumber number) const { return operations.at(index_of(number)); }

Outcome execute(const Context& context, engine::Client& client, const Plan& plan, const ExecuteOptions& options,
                const EventSink& sink) {
  return Walk(context, client, plan, options, sink).run(client);
}

}  // namespace berth::converge
