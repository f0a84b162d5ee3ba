#include "converge/reconcile.h"

#include <algorithm>
#include <map>

#include "base/strings.h"
#include "converge/ground.h"
#include "converge/keeper.h"
#include "converge/labels.h"
#include "converge/late_variables.h"
#include "converge/orphans.h"
#include "converge/service_planner.h"
#include "converge/start_order.h"

namespace berth::converge {

namespace {

void refuse_unsupported(const compose::Project& project, Problems& problems) {
  for (const yaml::Diagnostic& diagnostic : project.unsupported) {
    problems.add(Kind::kUnsupported, diagnostic.str());
  }
}

void refuse_shared_names(const compose::Project& project, Problems& problems) {
  std::map<std::string_view, std::string_view> owners;
  for (const auto& [name, service] : project.services) {
    if (service.container_name.empty()) continue;
    const auto [owner, first] = owners.emplace(service.container_name, name);
    if (first) continue;
    problems.add(Kind::kInvalid, "services '" + std::string(owner->second) + "' and '" + name +
                                     "' both name their container '" + service.container_name + "'");
  }
}

void tidy_orphans(const compose::Project& project, const State& state, const UpOptions& options, PlanBuilder& builder,
                  Stops& stops) {
  const auto orphans = orphans_of(project, state);
  if (orphans.empty() || options.ignore_orphans) return;
  if (!options.remove_orphans) {
    std::vector<std::string> names;
    for (const engine::ContainerSummary* orphan : orphans) names.push_back(name_of(*orphan));
    builder.warn("found orphan containers (" + join(names, ", ") +
                 ") of this project: if you removed or renamed their service, --remove-orphans removes them");
    return;
  }
  for (const engine::ContainerSummary* orphan : orphans) {
    stops.remove(*orphan);
    builder.change({.kind = Change::Kind::kRemove,
                    .service = std::string(service_of(*orphan)),
                    .container = name_of(*orphan),
                    .reasons = {"orphan"}});
  }
}

}  // namespace

Plan reconcile(const compose::Project& project, const State& state, const UpOptions& options) {
  Problems problems;
  refuse_unsupported(project, problems);
  refuse_shared_names(project, problems);
  PlanBuilder builder;
  Stops stops(project, builder, options.timeout);
  tidy_orphans(project, state, options, builder, stops);
  const Ground ground = plan_ground(project, state, options, builder, stops, problems);
  Ingresses ingresses(project, state, options, ground, builder, stops);
  ingresses.plan();
  plan_keeper(project, state, options, builder, stops);
  const Givers givers = plan_givers(project, builder);
  const Replicas replicas =
      ServicePlanner(project, state, options, ground, givers, builder, stops, ingresses, problems).plan();
  problems.throw_if_any();
  if (options.start) {
    const StartOrderOptions order{.rolling_back = options.rolling_back,
                                  .wait = options.wait,
                                  .wait_timeout = options.wait_timeout,
                                  .givers = givers,
                                  .separator = options.separator};
    plan_starts(project, state, replicas, order, &stops, &ingresses, builder);
  }
  ingresses.order_starts();
  return builder.finish();
}

}  // namespace berth::converge
