#include "swarm/manager.h"

#include <chrono>
#include <thread>
#include <utility>

#include <sys/resource.h>

#include "base/error.h"
#include "base/log.h"

namespace berth::swarm {

namespace {

constexpr std::chrono::milliseconds kFarewell{500};
constexpr std::chrono::seconds kPause{1};

// Does `work` again, after a moment, whatever it throws but the context's end.
void keep(const Context& context, const std::string& what, const std::function<void()>& work) {
  try {
    for (;;) {
      try {
        work();
      } catch (const Error& e) {
        context.check();
        log(LogLevel::kError, e.within(what).message());
      }
      context.sleep_for(kPause);
    }
  } catch (const Error& e) {
    log(LogLevel::kDebug, e.within(what).message());
  }
}

// Each node takes two, and something is left for clients, the store and files.
void warn_of_descriptors(std::size_t nodes) {
  constexpr std::size_t kOthers = 256;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return;
  const std::size_t needed = 2 * nodes + kOthers;
  if (limit.rlim_cur >= needed) return;
  log(LogLevel::kWarning, "this process may have " + std::to_string(limit.rlim_cur) + " open files, and " +
                              std::to_string(nodes) + " nodes take " + std::to_string(needed) +
                              ": raise it (ulimit -Hn, LimitNOFILE= of systemd)");
}

}  // namespace

Manager::Manager(std::unique_ptr<Discovery> discovery, std::vector<Door> doors, ManagerOptions options)
    : discovery_(std::move(discovery)),
      store_(std::move(options.store)),
      replicates_(options.replication.has_value()),
      pool_(std::move(options.pool)),
      settings_(*store_, pool_),
      api_(pool_, completed(std::move(options.api))),
      mover_(pool_, api_.images(), {.leads = [this] { return leads(); }, .changed = tell_changes()}),
      drainer_(pool_, mover_, [this] { return leads(); }),
      rescheduler_(pool_, mover_, *store_, completed(std::move(options.reschedule))),
      renewer_(pool_, std::move(options.renewing), {.leads = [this] { return leads(); }, .changed = tell_changes()}) {
  const auto own = [this](const Context& context, http::Exchange& exchange) { api_.answer(context, exchange); };
  if (options.replication) {
    options.replication->speak_for = [this](const http::Exchange& theirs, http::Request& ours) {
      api_.speak_for(theirs, ours);
    };
    replication_.emplace(*std::move(options.replication), own);
  }
  const auto answer = [this, own](const Context& context, http::Exchange& exchange) {
    if (!api_.admit(context, exchange)) return;
    replication_ ? replication_->answer(context, exchange) : own(context, exchange);
  };
  for (Door& door : doors) {
    http::ServerOptions serving;
    serving.tls = std::move(door.tls);
    serving.max_connections = options.connections.all;
    serving.write_timeout = options.connections.write;
    serving.max_connections_of_address = options.connections.of_address;
    servers_.push_back(std::make_unique<http::Server>(std::move(door.listener), answer, serving));
  }
}

ApiOptions Manager::completed(ApiOptions options) {
  options.settings = &settings_;
  options.mover = &mover_;
  options.drainer = &drainer_;
  options.leave = [this](const Context& context, const std::string& address) { discovery_->leave(context, address); };
  options.removed = [this](const Context& context, const std::string& engine, const std::string& container) {
    rescheduler_.told_removed(context, engine, container);
  };
  options.primary = [this] { return replication_ ? replication_->primary() : std::nullopt; };
  return options;
}

Changed Manager::tell_changes() const {
  return [this](std::string_view what, const std::string& container, std::vector<std::string> nodes) {
    api_.audit().write_own(what, container, std::move(nodes));
  };
}

RescheduleOptions Manager::completed(RescheduleOptions options) const {
  options.changed = tell_changes();
  options.leads = [this] { return leads(); };
  if (replicates_) options.fence = [this] { return replication_->fence(); };
  return options;
}

Manager::~Manager() = default;

Pool& Manager::pool() { return pool_; }

void Manager::run(const Context& context) {
  const std::jthread rescheduling([&] { keep(context, "rescheduling", [&] { rescheduler_.run(context); }); });
  const std::jthread draining([&] { keep(context, "drains", [&] { drainer_.run(context); }); });
  const std::jthread renewing([&] { keep(context, "renewing certificates", [&] { renewer_.run(context); }); });
  const std::jthread following([&] { keep(context, "settings of nodes", [&] { settings_.follow(context); }); });
  discovery_->watch(
      context,
      [this, most = std::size_t{0}](const EngineAddresses& addresses) mutable {
        if (addresses.size() > most) warn_of_descriptors(most = addresses.size());
        pool_.set_members(addresses);
        renewer_.set_members(addresses);
      },
      [](const Error& trouble) { log(LogLevel::kWarning, trouble.within("discovery").message()); });
  for (const auto& server : servers_) server->stop(kFarewell);
}

}  // namespace berth::swarm
