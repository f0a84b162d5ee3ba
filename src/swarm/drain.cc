#include "swarm/drain.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/error.h"
#include "base/log.h"

namespace berth::swarm {

namespace {

constexpr std::chrono::milliseconds kPace{500};
// What stayed is tried again then, as other nodes may have come.
constexpr std::chrono::seconds kNextLook{30};

bool is_drained(const Node& node) { return node.settings.availability == placement::Availability::kDrain; }

std::set<std::string> ids_on(const Pool& pool, const Node& node) {
  std::set<std::string> ids;
  for (const ContainerPtr& container : pool.containers_of(node.number)) ids.insert(container->id());
  return ids;
}

}  // namespace

void Drainer::run(const Context& context) {
  for (;;) {
    step(context);
    context.sleep_for(kPace);
  }
}

void Drainer::step(const Context& context) {
  if (leads_ && !leads_()) return;
  std::set<std::string> drained;
  for (const NodePtr& node : pool_.nodes()) {
    if (!is_drained(*node)) continue;
    drained.insert(node->info.id);
    if (node->healthy() && is_due(*node)) drain(context, *node);
  }
  std::erase_if(*drained_.lock(), [&](const auto& known) { return !drained.contains(known.first); });
}

bool Drainer::is_due(const Node& node) const {
  const std::set<std::string> ids = ids_on(pool_, node);
  const auto lock = drained_.lock();
  const auto known = lock->find(node.info.id);
  return known == lock->end() || known->second.containers != ids || Context::Clock::now() >= known->second.next_look;
}

void Drainer::drain(const Context& context, const Node& node) {
  const placement::NodeId id(node.info.id);
  const placement::MovePlan plan =
      plan_drain(pool_.cluster(), id, pool_.options().placement, containers_that_stay(pool_), volumes_that_stay(pool_));
  std::vector<Staying> staying;
  const std::vector<Staying> known = this->staying(node.info.id);
  const auto stay = [&](const std::string& name, std::string why) {
    const bool told = std::find(known.begin(), known.end(), Staying{name, why}) != known.end();
    log(told ? LogLevel::kDebug : LogLevel::kWarning,
        "'" + name + "' stays on '" + node.name() + "', which is drained: " + why);
    staying.push_back({name, std::move(why)});
  };
  for (const placement::Stuck& stuck : plan.stuck) stay(stuck.name, stuck.why);
  for (const placement::Move& move : plan.moves) {
    const NodePtr from = pool_.node(node.number);
    const NodePtr to = pool_.find_node(move.to.value);
    const ContainerLookup found = pool_.find_container(move.container.value);
    const auto* container = std::get_if<ContainerPtr>(&found);
    if (!from || !is_drained(*from)) return;
    if (!to || container == nullptr) continue;
    try {
      mover_.move(context, *container, to->name(), [](std::string_view) {});
    } catch (const Error& e) {
      context.check();
      stay(move.name, e.message());
    }
  }
  drained_.lock()->insert_or_assign(node.info.id,
                                    Drained{ids_on(pool_, node), Context::Clock::now() + kNextLook, staying});
}

std::vector<Drainer::Staying> Drainer::staying(const std::string& engine_id) const {
  const auto lock = drained_.lock();
  const auto known = lock->find(engine_id);
  return known == lock->end() ? std::vector<Staying>() : known->second.staying;
}

}  // namespace berth::swarm
