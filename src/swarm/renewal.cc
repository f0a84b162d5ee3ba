#include "swarm/renewal.h"

#include "base/error.h"
#include "base/log.h"

namespace berth::swarm {

namespace {

constexpr std::chrono::minutes kLimit{10};
constexpr std::chrono::hours kToldAgain{24};

}  // namespace

void Renewer::run(const Context& context) {
  if (!renewing_.due) return;
  for (context.sleep_for(options_.first);; context.sleep_for(options_.pace)) step(context);
}

void Renewer::step(const Context& context) {
  const EngineAddresses members = *members_.lock();
  for (const EngineAddress& member : members) {
    if (options_.leads && !options_.leads()) return;
    try {
      if (const auto why = renewing_.due(member)) renew(context, member, *why);
    } catch (const Error& e) {
      context.check();
      warn(member.name, e.message());
    }
  }
}

void Renewer::renew(const Context& context, const EngineAddress& member, const std::string& why) {
  const NodePtr node = pool_.find_node(member.address);
  // Its engine is restarted; one that is away cannot be, and what it has is looked at first.
  if (!node || !node->healthy()) {
    throw Error(Kind::kUnavailable, why + "; it waits until the node is healthy");
  }
  renewing_.renew(context.with_timeout(kLimit), member);
  pool_.reopen(node->number);
  pool_.events().publish(
      std::make_shared<const PoolEvent>(event_of_node(*node, "renew-certificate", {{"reason", why}})));
  if (options_.changed) options_.changed("RENEW", member.name, {node->name()});
  log(LogLevel::kInfo, "renewed the certificates of node '" + node->name() + "': " + why);
}

void Renewer::warn(const std::string& name, const std::string& message) {
  const auto now = Context::Clock::now();
  const auto told = told_.find(name + message);
  const bool again = told != told_.end() && now < told->second + kToldAgain;
  log(again ? LogLevel::kDebug : LogLevel::kWarning, "certificates of '" + name + "': " + message);
  if (!again) told_.insert_or_assign(name + message, now);
}

}  // namespace berth::swarm
