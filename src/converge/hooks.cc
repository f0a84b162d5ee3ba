#include "converge/hooks.h"

#include "base/error.h"

namespace berth::converge {

namespace {

class HookPlanner {
 public:
  HookPlanner(PlanBuilder& builder, const compose::Service& service, const PlanBuilder::Options& options)
      : builder_(builder), service_(service), options_(options) {}

  OperationNumber start(Action action, const ContainerRef& container, const Numbers& after, const HookOptions& hooks) {
    const OperationNumber started = add(std::move(action), after);
    add_hooks(RunHook::Point::kPostStart, container, {started});
    if (last_ == started || !hooks.stop_on_failure) return last_;
    PlanBuilder::Options why = options_;
    why.reason = "its hook failed";
    why.replaces = true;  // without words: only its own plan says that it may come
    const OperationNumber stop = builder_.add(StopContainer{.container = container}, {}, why);
    builder_.order(stop, last_, When::kFailed);
    builder_.order(stop, started, When::kOnlyIfWell);
    return last_;
  }

  OperationNumber stop(Action action, const ContainerRef& container, Numbers after) {
    add_hooks(RunHook::Point::kPreStop, container, after);
    if (last_ != OperationNumber::kNone) after = {last_};
    return add(std::move(action), after);
  }

  OperationNumber restart(Action action, const ContainerRef& container, Numbers after, const HookOptions& hooks) {
    if (hooks.runs) add_hooks(RunHook::Point::kPreStop, container, after);
    if (last_ != OperationNumber::kNone) after = {last_};
    return start(std::move(action), container, after, hooks);
  }

  // Whatever is to come before the last operation has to come before the first.
  OperationNumber finish() {
    builder_.begin_with(last_, first_);
    return last_;
  }

 private:
  OperationNumber add(Action action, const Numbers& after) {
    last_ = builder_.add(std::move(action), after, options_);
    if (first_ == OperationNumber::kNone) first_ = last_;
    return last_;
  }

  void add_hooks(RunHook::Point point, const ContainerRef& container, Numbers after) {
    const auto& hooks = point == RunHook::Point::kPostStart ? service_.post_start : service_.pre_stop;
    for (std::size_t i = 0; i < hooks.size(); ++i) {
      after = {add(RunHook{.container = container, .point = point, .number = i + 1, .hook = hooks[i]}, after)};
    }
  }

  PlanBuilder& builder_;
  const compose::Service& service_;
  const PlanBuilder::Options& options_;
  OperationNumber first_ = OperationNumber::kNone;
  OperationNumber last_ = OperationNumber::kNone;
};

}  // namespace

OperationNumber add_with_hooks(PlanBuilder& builder, const compose::Service* service, Action action,
                               const Numbers& after, const PlanBuilder::Options& options, const HookOptions& hooks) {
  if (service == nullptr || (service->post_start.empty() && service->pre_stop.empty())) {
    return builder.add(std::move(action), after, options);
  }
  HookPlanner planner(builder, *service, options);
  if (const auto* start = std::get_if<StartContainer>(&action)) {
    const ContainerRef container = start->container;
    planner.start(std::move(action), container, after, hooks);
  } else if (const auto* stop = std::get_if<StopContainer>(&action)) {
    if (!hooks.runs) return builder.add(std::move(action), after, options);
    const ContainerRef container = stop->container;
    planner.stop(std::move(action), container, after);
  } else {
    const ContainerRef container = std::get<RestartContainer>(action).container;
    planner.restart(std::move(action), container, after, hooks);
  }
  return planner.finish();
}

engine::ExecCreate exec_of(const compose::Hook& hook) {
  engine::ExecCreate program{
      .privileged = hook.privileged, .user = hook.user, .working_dir = hook.working_dir, .cmd = hook.command};
  for (const auto& [name, value] : hook.environment) program.env.push_back(value ? name + "=" + *value : name);
  return program;
}

std::string_view name_of(RunHook::Point point) {
  switch (point) {
    case RunHook::Point::kPreStart:
      return "pre_start";
    case RunHook::Point::kPostStart:
      return "post_start";
    case RunHook::Point::kPreStop:
      return "pre_stop";
  }
  throw Error(Kind::kInternal, "unknown point of a hook");
}

}  // namespace berth::converge
