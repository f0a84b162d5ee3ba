// Several managers of one swarm: the one that leads answers, the others hand on to it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "base/context.h"
#include "base/error.h"
#include "base/guarded.h"
#include "http/client.h"
#include "http/server.h"
#include "net/dial.h"
#include "store/election.h"
#include "store/store.h"

namespace berth::swarm {

struct ReplicationOptions {
  std::unique_ptr<store::Store> store;  // the same for all managers
  std::string advertise;                // where the others reach this manager: "10.0.0.5:3376"
  std::chrono::milliseconds ttl{2'000};
  // Connects to another manager, as which this one must be known to it.
  std::function<net::Dialer(const std::string& address)> dialer;
  // Has what is handed on say for whom: it reaches the leader as this manager's own request. Who is allowed what is
  // checked before. None: everyone may do everything.
  std::function<void(const http::Exchange& theirs, http::Request& ours)> speak_for;
  // How long a request waits for a leader when there is none.
  std::chrono::milliseconds patience{10'000};
};

// Every manager keeps its own pool up to date, so that the next leader knows all there is when it begins. Any thread.
class Replication {
 public:
  using Own = std::function<void(const Context&, http::Exchange&)>;

  // Begins to run for leader. `own` answers a request of this manager's own knowledge.
  Replication(ReplicationOptions options, Own own);
  // Resigns.
  ~Replication();

  bool leads() const { return election_.leads(); }
  // What a transaction of the leader carries, so that it changes nothing once another leads; nothing when none of ours
  // is running.
  std::optional<store::Condition> fence() const;
  // The address of the manager that leads, empty when none does; nothing when it is this one.
  std::optional<std::string> primary() const;

  // For http::Server. `info`, `_ping` and `metrics` are answered by each manager itself, all else by the leader; where
  // that cannot be reached, by the next one. A leader whose term ends finishes what it has begun: `own` asks leads()
  // again before what only a leader may do. Throws kUnavailable when there is no leader for too long.
  void answer(const Context& context, http::Exchange& exchange);

 private:
  // The way to the leader; what is under way on it ends when another leads.
  struct Way {
    Way(std::string to, net::Dialer dialer);
    const std::string address;
    http::Client client;
    CancelSource over;
  };
  Error not_primary() const;
  // False when the leader could not be connected to.
  bool hand_on_to(const std::string& leader, const Context& context, http::Exchange& exchange);
  std::shared_ptr<Way> way_to(const std::string& leader);
  void follow(const Context& context);

  const ReplicationOptions options_;
  const Own own_;
  store::Election election_;
  Guarded<std::shared_ptr<Way>> way_;
  CancelSource cancel_;
  std::jthread thread_;
};

}  // namespace berth::swarm
