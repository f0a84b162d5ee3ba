// Hooks of a service: commands run in a container after its start (post_start) and before its stop (pre_stop). Those
// before the start are in pre_start.h.
#pragma once

#include "compose/service.h"
#include "converge/plan_builder.h"
#include "engine/exec.h"

namespace berth::converge {

struct HookOptions {
  bool runs = true;             // the container runs before this: else its pre_stop hooks have nowhere to run
  bool stop_on_failure = true;  // a post_start hook that fails stops the container, as the specification has it
};

// Adds a start, stop or restart with the service's hooks around it, each an operation, one after the other. Returns the
// last operation; it counts as begun with the first (PlanBuilder::begin_with). `service` may be nullptr: no hooks.
OperationNumber add_with_hooks(PlanBuilder& builder, const compose::Service* service, Action action,
                               const Numbers& after, const PlanBuilder::Options& options,
                               const HookOptions& hooks = {});

// The program that a hook is, for engine::run_inside().
engine::ExecCreate exec_of(const compose::Hook& hook);

// "pre_start", "post_start", "pre_stop"
std::string_view name_of(RunHook::Point point);

}  // namespace berth::converge
