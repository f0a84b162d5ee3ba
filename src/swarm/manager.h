// A swarm manager: discovery, the pool and the API over it, brought together.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/context.h"
#include "http/server.h"
#include "net/listener.h"
#include "swarm/api/api.h"
#include "swarm/discovery/discovery.h"
#include "swarm/drain.h"
#include "swarm/mover.h"
#include "swarm/pool/pool.h"
#include "swarm/renewal.h"
#include "swarm/replication.h"
#include "swarm/reschedule.h"
#include "swarm/settings.h"

namespace berth::swarm {

// Where the manager listens, and how.
struct Door {
  net::Listener listener;
  std::optional<net::TlsContext> tls;
};

struct ConnectionLimits {
  std::size_t all = 10'000;                  // at each door; more wait
  std::chrono::milliseconds write{300'000};  // as http::ServerOptions::write_timeout
  std::size_t of_address = 1'000;            // of one IP address; more are closed. 0: any number
};

struct ManagerOptions {
  PoolOptions pool;
  ApiOptions api;
  ConnectionLimits connections;
  RescheduleOptions reschedule;
  Renewing renewing;
  // For what engines can't keep: the operator's settings of nodes, and what dead engines had.
  std::unique_ptr<store::Store> store;
  // Of replicated managers. Connections come to where it advertises.
  std::optional<ReplicationOptions> replication;
};

// Serves from its making to its end.
class Manager {
 public:
  Manager(std::unique_ptr<Discovery> discovery, std::vector<Door> doors, ManagerOptions options);
  ~Manager();

  Pool& pool();
  // Follows discovery until the context ends; then takes no more requests and lets those at work finish for a moment.
  void run(const Context& context);

 private:
  // What the parts ask about replication, which comes after them.
  ApiOptions completed(ApiOptions options);
  RescheduleOptions completed(RescheduleOptions options) const;
  Changed tell_changes() const;
  bool leads() const { return !replication_ || replication_->leads(); }

  std::unique_ptr<Discovery> discovery_;
  const std::unique_ptr<store::Store> store_;
  const bool replicates_;
  Pool pool_;
  SettingsKeeper settings_;
  Api api_;
  Mover mover_;
  Drainer drainer_;
  Rescheduler rescheduler_;
  Renewer renewer_;
  std::optional<Replication> replication_;  // asks the API, and the servers ask it
  std::vector<std::unique_ptr<http::Server>> servers_;
};

}  // namespace berth::swarm
