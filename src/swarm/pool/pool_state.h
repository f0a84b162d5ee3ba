// What a Pool holds and its threads do. For pool.cc and pool_state.cc only.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "base/guarded.h"
#include "net/pump.h"
#include "swarm/pool/agenda.h"
#include "swarm/pool/node_event.h"
#include "swarm/pool/pool.h"

namespace berth::swarm {

inline constexpr std::chrono::milliseconds kFirstRetry{200};

inline engine::Time wall_now() { return std::chrono::system_clock::now(); }

// One engine and what the manager is at with it.
struct Member {
  Member(NodeNumber number, engine::Endpoint endpoint, net::Pump& pump, LinkListener& listener,
         std::shared_ptr<http::IdleShare> idle)
      : link(number, std::move(endpoint), pump, listener, std::move(idle)) {}

  EngineLink link;
  // For the worker that has the node.
  std::chrono::milliseconds retry = kFirstRetry;
  std::atomic<bool> connected = false;
  std::atomic<bool> lost_before = false;                      // its event stream, since it was opened last
  std::atomic<std::chrono::steady_clock::rep> last_pong = 0;  // time since the clock's epoch
  std::atomic<std::chrono::steady_clock::rep> last_ping = 0;
};
using MemberPtr = std::shared_ptr<Member>;

struct Pool::State final : LinkListener {
  explicit State(PoolOptions chosen)
      : options(std::move(chosen)),
        inventory(Inventory(options.overcommit, options.reschedule)),
        changes(options.gathering) {
    for (std::size_t i = 0; i < options.connectors; ++i) threads.emplace_back([this] { keep_connecting(); });
    for (std::size_t i = 0; i < options.refreshers; ++i) threads.emplace_back([this] { keep_refreshing(); });
    threads.emplace_back([this] { keep_pinging(); });
  }

  ~State() override {
    ending.cancel();
    threads.clear();
    // They go before the pump, but not under their lock: a link's end waits for the pump's thread, which may be waiting
    // for that lock.
    const auto links = std::exchange(*members.lock(), {});
  }

  MemberPtr member(NodeNumber number) {
    const auto lock = members.lock();
    const auto found = lock->find(number);
    return found == lock->end() ? nullptr : found->second;
  }

  // A node whose endpoint can't be had yet, as its certificates are being made, is pending; it is tried again.
  void make_member(NodeNumber number, const EngineAddress& address);

  // --- threads
  void keep_connecting();
  void keep_refreshing();
  void keep_pinging();

  void connect(NodeNumber number, Member& member);
  // Of the thread that pings, more often than once a second.
  void beat();
  bool has_slept() const;
  // Nodes that are away may have returned meanwhile: they are tried again at once.
  void distrust();
  // It was looked at, or tried to be, from `began` on.
  void mark_tried(NodeNumber number, std::chrono::steady_clock::time_point began);
  std::chrono::milliseconds next_look(NodeNumber number) const;
  void look(NodeNumber number, Member& member);
  void refresh(const ChangeQueue::Work& work);
  // One round.
  void ping_all();
  void ping(Member& member, std::chrono::steady_clock::time_point now);
  // Finds those that do not answer. Does something only now and then.
  void judge(const std::vector<std::pair<NodeNumber, MemberPtr>>& all);

  // --- LinkListener
  void on_event(NodeNumber node, std::string_view json) override;
  void on_pong(NodeNumber node) override;
  void on_lost(NodeNumber node, const std::string& reason) override;

  std::variant<Reservation, placement::Refusal> place(Inventory& inventory_now, const placement::Request& request);
  void note(const NodeEvent& event, NodeNumber node);
  // A changed copy of the node's snapshot takes its place.
  template <typename Change>
  void change_node(NodeNumber number, Change change);
  NodeSettings settings_of(const std::string& engine_id) {
    const auto lock = settings.lock();
    const auto found = lock->find(engine_id);
    return found == lock->end() ? NodeSettings{} : found->second;
  }
  // `since`: when it came to be so.
  void set_state(NodeNumber number, NodeState state, const std::string& reason, engine::Time since = wall_now());
  // What an earlier manager knew of the node, unless it was reached meanwhile.
  void recall(const Node& node);

  const PoolOptions options;
  const std::shared_ptr<http::IdleShare> idle = std::make_shared<http::IdleShare>(options.idle_connections);
  CancelSource ending;
  EventHub hub;
  PoolCounters counters;
  Guarded<Inventory> inventory;
  Guarded<std::unordered_map<NodeNumber, MemberPtr>> members;
  Guarded<EngineAddresses> addresses;
  Guarded<std::map<std::string, Recalled>> recalled;  // by address
  Guarded<std::map<NodeNumber, EngineAddress>> unmade;
  Guarded<std::map<std::string, NodeSettings>> settings;  // by engine id
  Guarded<std::map<EngineAddress, NodeNumber>> numbers;
  // Nodes of containers that were made through us and have not been looked at yet, by id: whoever makes a container
  // starts it next, and need not wait for the look.
  Guarded<std::unordered_map<std::string, NodeNumber>> made;
  Timetable timetable;
  ChangeQueue changes;
  std::atomic<std::uint64_t> last_pending = 0;
  std::atomic<std::chrono::steady_clock::rep> distrusted = 0;  // since when attempts count, since the clock's epoch
  std::atomic<engine::Time> last_beat = wall_now();
  std::chrono::steady_clock::time_point next_judging;  // of the thread that pings
  net::Pump pump;
  std::vector<std::jthread> threads;
};

template <typename Change>
void Pool::State::change_node(NodeNumber number, Change change) {
  const auto lock = inventory.lock();
  const NodePtr known = lock->node(number);
  if (!known) return;
  auto node = std::make_shared<Node>(*known);
  change(*node);
  lock->put_node(std::move(node));
}

}  // namespace berth::swarm
