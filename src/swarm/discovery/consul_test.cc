#include "swarm/discovery/consul.h"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "base/strings.h"
#include "base/units.h"
#include "http/server.h"
#include "http/url.h"
#include "swarm/discovery/watching_for_tests.h"

namespace berth::swarm {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

Context patient() { return Context().with_timeout(20s); }

// As much of Consul as we talk to, and strict: what its HTTP API does not have is answered with 400.
class Consul {
 public:
  Consul()
      : server_(net::Listener::tcp("127.0.0.1", 0), [this](const Context& c, http::Exchange& e) { answer(c, e); }) {}

  std::string url(const std::string& prefix) const {
    return "consul://127.0.0.1:" + std::to_string(server_.port()) + "/" + prefix;
  }
  // Ends every session, as happens when their ttl has passed, and with them their keys.
  void expire_sessions() {
    auto state = state_.lock();
    std::erase_if(state->keys, [](const auto& one) { return !one.second.session.empty(); });
    state->sessions.clear();
    ++state->index;
    state_.notify();
  }
  void put(const std::string& key, const std::string& value) {
    auto state = state_.lock();
    state->keys[key] = {value, ""};
    ++state->index;
    state_.notify();
  }
  void break_off(bool broken) { state_.lock()->broken = broken; }
  // Its data is lost, and its index begins anew.
  void forget() {
    auto state = state_.lock();
    state->keys.clear();
    state->index = 2;
    state_.notify();
  }
  std::map<std::string, std::string> keys() {
    std::map<std::string, std::string> all;
    for (const auto& [key, entry] : state_.lock()->keys) all[key] = entry.value;
    return all;
  }
  std::map<std::string, std::string> sessions() { return state_.lock()->sessions; }

 private:
  struct Key {
    std::string value;
    std::string session;
  };
  struct State {
    std::map<std::string, Key> keys;
    std::map<std::string, std::string> sessions;  // ttl by id
    int last_session = 0;
    std::int64_t index = 10;
    bool broken = false;
  };
  struct Reply {
    int status = 200;
    std::string body;
  };

  void answer(const Context& context, http::Exchange& exchange) {
    const auto target = http::parse_target(exchange.request().target);
    const std::string body = exchange.read_all(context);
    auto state = state_.lock();
    Reply reply{400, "Bad Request"};
    if (state->broken) {
      reply = {500, "No cluster leader"};
    } else if (target && target->path.starts_with("/v1/kv/")) {
      const std::string key = target->path.substr(7);
      if (exchange.request().method == "GET") reply = get(context, state, key, *target);
      if (exchange.request().method == "PUT") reply = acquire(*state, key, *target, body);
      if (exchange.request().method == "DELETE" && target->query.empty()) reply = remove(*state, key);
    } else if (target && exchange.request().method == "PUT") {
      if (target->path == "/v1/session/create") reply = make_session(*state, body);
      if (target->path.starts_with("/v1/session/renew/")) reply = renew(*state, target->path.substr(18));
    }
    state_.notify();
    exchange.respond(context, reply.status, reply.body, {{"X-Consul-Index", std::to_string(state->index)}});
  }

  template <typename Lock>
  Reply get(const Context& context, Lock& state, const std::string& key, const http::Target& target) {
    for (const auto& [name, value] : target.query) {
      if (name != "recurse" && name != "index" && name != "wait") return {400, "unknown parameter " + name};
    }
    if (const auto index = parse_integer(target.get("index"))) {
      if (!parse_duration(target.get("wait"))) return {400, "Invalid wait time"};
      state.wait(context, [&] { return state->index != *index || state->broken; });
    }
    json::array entries;
    for (const auto& [name, entry] : state->keys) {
      if (target.get("recurse").empty() ? name != key : !name.starts_with(key)) continue;
      json::object one{
          {"Key", name}, {"Flags", 0}, {"Value", base64_encode(entry.value)}, {"ModifyIndex", state->index}};
      if (!entry.session.empty()) one["Session"] = entry.session;
      entries.push_back(std::move(one));
    }
    if (entries.empty()) return {404, ""};
    return {200, format_json(entries)};
  }
  static Reply acquire(State& state, const std::string& key, const http::Target& target, const std::string& body) {
    const std::string session = target.get("acquire");
    if (target.query.size() != 1 || !state.sessions.contains(session))
      return {500, "invalid session \"" + session + "\""};
    Key& entry = state.keys[key];
    if (!entry.session.empty() && entry.session != session) return {200, "false\n"};
    entry = {body, session};
    ++state.index;
    return {200, "true\n"};
  }
  static Reply remove(State& state, const std::string& key) {
    state.index += static_cast<std::int64_t>(state.keys.erase(key));
    return {200, "true"};
  }
  static Reply make_session(State& state, const std::string& body) {
    const json::value wanted = parse_json(body);
    const auto ttl = parse_duration(text_of(wanted, "TTL"));
    if (!ttl || *ttl < 10s || *ttl > 86'400s) return {400, "Invalid Session TTL"};
    if (text_of(wanted, "Behavior") != "delete") return {400, "Invalid Behavior"};
    const std::string id = "session-" + std::to_string(++state.last_session);
    state.sessions[id] = text_of(wanted, "TTL");
    return {200, format_json(json::object{{"ID", id}})};
  }
  static Reply renew(State& state, const std::string& id) {
    if (!state.sessions.contains(id)) return {404, "Session id '" + id + "' not found"};
    return {200, "[]"};
  }

  Guarded<State> state_;
  http::Server server_;
};

TEST(ConsulDiscovery, ListsNodesThatJoinUntilTheirSessionsEnd) {
  Consul consul;
  const auto discovery = discovery_of(consul.url("my/prefix"));
  Watching watching(*discovery);
  watching.await("");
  {
    const Joining joining(*discovery, "10.0.0.5:2375", {.every = 30ms, .ttl = 180s});
    watching.await("10.0.0.5:2375");
    EXPECT_THAT(consul.keys(),
                ::testing::ElementsAre(std::pair("my/prefix/docker/swarm/nodes/10.0.0.5:2375", "10.0.0.5:2375")));
    EXPECT_THAT(consul.sessions(), ::testing::ElementsAre(std::pair("session-1", "90s")));
    // It comes back by itself.
    consul.expire_sessions();
    while (consul.keys().empty()) patient().sleep_for(1ms);
    watching.await("10.0.0.5:2375");
  }
  consul.expire_sessions();
  watching.await("");
}

TEST(ConsulDiscovery, TakesOverTheSessionOfAJoinerThatDied) {
  Consul consul;
  const auto discovery = discovery_of(consul.url(""));
  Watching watching(*discovery);
  for (int i = 0; i < 3; ++i) {
    const Joining joining(*discovery, "a:1", {.every = 30ms, .ttl = 20s});
    watching.await("a:1");
  }
  EXPECT_EQ(consul.sessions().size(), 1U);
}

TEST(ConsulDiscovery, TakesANodeThatLeavesOffTheList) {
  Consul consul;
  const auto discovery = discovery_of(consul.url(""));
  Watching watching(*discovery);
  consul.put("docker/swarm/nodes/a:1", "a:1");
  watching.await("a:1");
  discovery->leave(patient(), "a:1");
  watching.await("");
}

TEST(ConsulDiscovery, LeavesOutTheFolderItselfAndWhatIsNoAddress) {
  Consul consul;
  consul.put("docker/swarm/nodes/", "");
  consul.put("docker/swarm/nodes/a:1", "a:1");
  consul.put("docker/swarm/nodes/x", "nonsense");
  consul.put("docker/swarm/nodesake", "b:1");
  EXPECT_EQ(shown(discovery_of(consul.url(""))->list(patient())), "a:1");
}

TEST(ConsulDiscovery, KeepsTheSetWhileConsulHasNoLeader) {
  Consul consul;
  const auto discovery = discovery_of(consul.url(""));
  consul.put("docker/swarm/nodes/a:1", "a:1");
  Watching watching(*discovery);
  watching.await("a:1");
  consul.break_off(true);
  consul.put("docker/swarm/nodes/b:1", "b:1");
  EXPECT_THAT(watching.await_troubles(1).front(), HasSubstr("No cluster leader"));
  consul.break_off(false);
  watching.await("a:1 b:1");
  EXPECT_THAT(watching.sets(), ::testing::ElementsAre("a:1", "a:1 b:1"));
}

TEST(ConsulDiscovery, BeginsAnewWhenConsulDoes) {
  Consul consul;
  const auto discovery = discovery_of(consul.url(""));
  consul.put("docker/swarm/nodes/a:1", "a:1");
  Watching watching(*discovery);
  watching.await("a:1");
  consul.forget();
  watching.await("");
  consul.put("docker/swarm/nodes/b:1", "b:1");
  watching.await("b:1");
}

TEST(ConsulDiscovery, DoesNotTakeAnotherServersAnswerForAnEmptyCluster) {
  http::Server other(net::Listener::tcp("127.0.0.1", 0), [](const Context& context, http::Exchange& exchange) {
    exchange.respond(context, 404, "not found");
  });
  const auto discovery = discovery_of("consul://127.0.0.1:" + std::to_string(other.port()));
  try {
    discovery->list(patient());
    FAIL() << "it was believed";
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), Kind::kUnavailable);
    EXPECT_THAT(e.message(), HasSubstr("does not answer as Consul does"));
  }
}

}  // namespace
}  // namespace berth::swarm
