#include "swarm/manager.h"

#include <chrono>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/log.h"

namespace berth::swarm {

namespace {

constexpr std::chrono::milliseconds kFarewell{500};
constexpr std::size_t kMostConnections = 10'000;

}  // namespace

Manager::Manager(std::unique_ptr<Discovery> discovery, std::vector<Door> doors, ManagerOptions options)
    : discovery_(std::move(discovery)),
      pool_(std::move(options.pool)),
      api_(pool_, with_primary(std::move(options.api))),
      rescheduler_(pool_, with_leads(std::move(options.reschedule))) {
  const auto own = [this](const Context& context, http::Exchange& exchange) { api_.handle(context, exchange); };
  if (options.replication) replication_.emplace(*std::move(options.replication), own);
  const auto answer = [this, own](const Context& context, http::Exchange& exchange) {
    replication_ ? replication_->answer(context, exchange) : own(context, exchange);
  };
  for (Door& door : doors) {
    http::ServerOptions serving;
    serving.tls = std::move(door.tls);
    serving.max_connections = kMostConnections;
    servers_.push_back(std::make_unique<http::Server>(std::move(door.listener), answer, serving));
  }
}

ApiOptions Manager::with_primary(ApiOptions options) const {
  options.primary = [this] { return replication_ ? replication_->primary() : std::nullopt; };
  return options;
}

RescheduleOptions Manager::with_leads(RescheduleOptions options) const {
  options.leads = [this] { return !replication_ || replication_->leads(); };
  return options;
}

Manager::~Manager() = default;

Pool& Manager::pool() { return pool_; }

void Manager::run(const Context& context) {
  const std::jthread rescheduling([&] {
    try {
      rescheduler_.run(context);
    } catch (const Error& e) {
      if (e.kind() != Kind::kCancelled) log(LogLevel::kError, e.within("rescheduling").message());
    }
  });
  discovery_->watch(
      context, [this](const EngineAddresses& addresses) { pool_.set_members(addresses); },
      [](const Error& trouble) { log(LogLevel::kWarning, trouble.within("discovery").message()); });
  for (const auto& server : servers_) server->stop(kFarewell);
}

}  // namespace berth::swarm
