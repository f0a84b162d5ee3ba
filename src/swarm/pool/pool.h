// The engines of many hosts, kept in view.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "engine/endpoint.h"
#include "http/client.h"
#include "swarm/discovery/discovery.h"
#include "swarm/placement/options.h"
#include "swarm/placement/request.h"
#include "swarm/placement/scheduler.h"
#include "swarm/pool/counters.h"
#include "swarm/pool/event_hub.h"
#include "swarm/pool/inventory.h"

namespace berth::swarm {

// The endpoint of an address that discovery names. Throws kInvalid, kNotFound (its certificates).
using EndpointOf = std::function<engine::Endpoint(const EngineAddress& address)>;

struct PoolOptions {
  EndpointOf endpoint_of;  // unset: plain tcp, or unix://
  placement::Options placement;
  double overcommit = 0.05;
  // Of containers that say nothing themselves (com.docker.swarm.reschedule-policies, env reschedule:...).
  placement::Reschedule reschedule = placement::Reschedule::kOff;
  std::size_t connectors = 32;         // nodes that are connected to at a time
  std::size_t refreshers = 8;          // nodes that are looked at anew at a time
  std::size_t idle_connections = 512;  // kept for the next call, to all nodes together
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds longest_retry{5'000};  // pause before an unreachable node is tried again
  std::chrono::milliseconds hung_after{8'500};     // no sign of life for so long, while connected: unhealthy
  std::chrono::milliseconds shortest_ping{500};    // between two of a small pool; a large one pings less
  std::chrono::milliseconds gathering{30};         // changes of a node within it are looked at in one call
  // A whole look at each node, should anything have been missed: after a time between the two.
  std::chrono::milliseconds look_again{300'000};
  std::chrono::milliseconds look_again_most{300'000};
};

// A place that was found for a container which is to be created; what it takes is held until one of the two ends.
struct Reservation {
  NodePtr node;
  std::string id;  // of the pending container
  std::string why;
};

// What an earlier manager knew of an engine.
struct Recalled {
  std::string address;
  std::string engine_id;
  std::string name;
  std::vector<std::string> containers;  // as GET /containers/json lists them
};

// Holds one event stream to each engine, and from it a state that is the engines' own: nothing is stored elsewhere, a
// new Pool over the same engines knows the same; of those that are away as it begins, what it is told to recall. All
// calls from any thread; those without a Context don't wait.
class Pool {
 public:
  explicit Pool(PoolOptions options);
  // Ends all connections.
  ~Pool();

  // Connects anew with what endpoint_of() gives now, as when certificates have changed.
  void reopen(NodeNumber number);
  // Which engines there are. New ones are connected to, those gone are forgotten with all they have.
  void set_members(const EngineAddresses& addresses);

  // --- what there is
  std::vector<NodePtr> nodes() const;
  std::vector<NodePtr> unwell() const;             // those that are not healthy; costs little where most are
  NodePtr node(NodeNumber number) const;           // null once it is gone
  NodePtr find_node(std::string_view name) const;  // by name, engine id or its beginning, or address; null: unknown
  std::vector<ContainerPtr> containers() const;    // in the order of their ids
  std::vector<ContainerPtr> containers_of(NodeNumber number) const;
  // One that was made through us and has not been looked at yet is found by its whole id, which is all it then has.
  ContainerLookup find_container(std::string_view text) const;
  ListingPtr listing(NodeNumber number, Listing listing) const;
  // Whether any node, or this one, lists a thing by this name or id, written as engines do. Costs little in any pool.
  bool lists(Listing listing, std::string_view word) const;
  bool lists(NodeNumber node, Listing listing, std::string_view word) const;
  // Nodes that list a thing by this name or id, written as engines do ("redis:7", "sha256:..."), and those that list
  // one which begins so. In the order of their numbers.
  std::vector<NodePtr> holders(Listing listing, std::string_view word) const;
  std::vector<NodePtr> holders_of_beginning(Listing listing, std::string_view text) const;
  // What containers, pending ones included, take of a node.
  placement::Usage usage(const Node& node) const;
  const PoolOptions& options() const;

  // --- calls to an engine
  // Null once the node is gone.
  std::shared_ptr<http::Client> client(NodeNumber number) const;
  // Asks for `path`, without version, in the engine's own version, with a JSON body unless it is empty; the answer's
  // body. Throws kNotFound when the node is gone, else the engine's error.
  std::string call(const Context& context, NodeNumber number, const std::string& method, const std::string& path,
                   std::string body = {}) const;
  std::string get(const Context& context, NodeNumber number, const std::string& path) const {
    return call(context, number, "GET", path);
  }

  // --- placing
  // Finds a node and holds the place, or says why there is none. Throws kConflict when the name is taken.
  std::variant<Reservation, placement::Refusal> reserve(const placement::Request& request);
  // The same for what takes the place of `lost`: neither its name nor what it held stand in the way.
  std::variant<Reservation, placement::Refusal> reserve_instead(const Container& lost,
                                                                const placement::Request& request);
  // On this node whatever the request says, as when a container comes back. Throws kConflict when the name is taken.
  Reservation reserve_on(const Node& node, const placement::Request& request);
  // The engine made the container: the place is its own.
  void fulfil(const Reservation& reservation, const std::string& container_id);
  // It did not.
  void release(const Reservation& reservation);

  // --- after a change made through us
  // The container is looked at anew before settle() returns.
  void touch(NodeNumber number, const std::string& container_id);
  void touch(NodeNumber number, Listing listing);
  // Waits until what was touched, or told by an event, has been looked at: reads see writes. A node that does not
  // answer holds it up for two seconds at most. Throws kCancelled, kTimeout.
  void settle(const Context& context);

  // Copies that nodes still have of containers which were made anew elsewhere; each is told once after each look.
  std::vector<ContainerPtr> take_stale();
  // Those that are to be made anew when their node dies.
  bool is_rescheduled(const Container& container) const;
  std::vector<ContainerPtr> rescheduled() const;
  // Those that have not taken the place of what they replace yet.
  std::vector<ContainerPtr> replacing() const;
  // Ids of rescheduled ones that have come, changed or gone since the last call.
  std::set<std::string> take_rescheduled_changes();
  // False when this process has just been stopped, or its computer asleep: what is known of nodes that are away is as
  // old. When it is true again they count as untried, and hung ones are hung since then.
  bool awake() const;
  // Stands for what these engines say themselves until they are reached, also of nodes that are yet to come.
  void recall(std::vector<Recalled> engines);

  // A copy of what placement goes by, for planning.
  placement::Cluster cluster() const;

  // The operator's word on all nodes, by engine id; it holds for nodes that are not known yet, too. Who is not named is
  // active and has no labels.
  void set_settings(std::map<std::string, NodeSettings> settings);

  EventHub& events();
  PoolCounters& counters();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace berth::swarm
