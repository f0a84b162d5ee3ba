#include "swarm/replication.h"

#include <array>
#include <atomic>
#include <deque>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "net/listener.h"
#include "store/local_store.h"

namespace berth::swarm {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Context patient() { return Context().with_timeout(20s); }

// One store for all, though each manager owns one. It can be cut off.
class Shared : public store::Store {
 public:
  Shared(store::Store& inner, const std::atomic<bool>& cut) : inner_(inner), cut_(cut) {}
  std::string url() const override { return "shared:"; }
  std::optional<store::Entry> get(const Context& c, const std::string& key) override { return open().get(c, key); }
  store::Listing list(const Context& c, const std::string& prefix) override { return open().list(c, prefix); }
  std::optional<store::Revision> commit(const Context& c, const store::Transaction& t) override {
    return open().commit(c, t);
  }
  std::unique_ptr<store::Watch> watch(std::string p, store::Revision after) override { return inner_.watch(p, after); }
  store::Grant grant(const Context& c, std::chrono::milliseconds ttl) override { return open().grant(c, ttl); }
  std::optional<std::chrono::milliseconds> renew(const Context& c, store::LeaseId id) override {
    return open().renew(c, id);
  }
  void revoke(const Context& c, store::LeaseId id) override { open().revoke(c, id); }

 private:
  store::Store& open() {
    if (cut_) throw Error(Kind::kUnavailable, "the store is cut off");
    return inner_;
  }
  store::Store& inner_;
  const std::atomic<bool>& cut_;
};

// A manager whose own knowledge is its name: it answers "NAME PATH BODY", and echoes on raw connections.
class Manager {
 public:
  Manager(std::string name, store::Store& store, std::chrono::milliseconds patience = 10s)
      : name_(std::move(name)), listener_(net::Listener::tcp("127.0.0.1", 0)), address_(address_of(listener_)) {
    ReplicationOptions options;
    options.store = std::make_unique<Shared>(store, cut);
    options.advertise = address_;
    options.ttl = 300ms;
    options.patience = patience;
    options.dialer = [](const std::string& address) -> net::Dialer {
      const auto port = static_cast<std::uint16_t>(std::stoi(address.substr(address.find(':') + 1)));
      return [port](const Context& context) { return net::dial_tcp(context, "127.0.0.1", port); };
    };
    replication.emplace(std::move(options), [this](const Context& c, http::Exchange& e) { answer(c, e); });
    server.emplace(std::move(listener_), [this](const Context& c, http::Exchange& e) { replication->answer(c, e); });
  }
  ~Manager() { die(); }

  // As when its process is killed, but that it resigns.
  void die() {
    server.reset();
    replication.reset();
  }
  void await_leading() const {
    for (const Context context = patient(); !replication->leads();) context.sleep_for(1ms);
  }
  // Until it knows that the other one leads.
  void await_primary(const Manager& other) const {
    for (const Context context = patient(); replication->primary() != other.address_;) context.sleep_for(1ms);
  }
  http::Client client() const {
    const auto port = static_cast<std::uint16_t>(std::stoi(address_.substr(address_.find(':') + 1)));
    return http::Client([port](const Context& context) { return net::dial_tcp(context, "127.0.0.1", port); });
  }
  std::string ask(const std::string& method, const std::string& target, std::string body = {}) const {
    return client().send(patient(), {.method = method, .target = target}, std::move(body)).read_all(patient());
  }
  const std::string& address() const { return address_; }

  std::atomic<bool> cut = false;
  std::atomic<bool> waiting = false;  // in /wait
  std::optional<Replication> replication;
  std::optional<http::Server> server;

 private:
  static std::string address_of(const net::Listener& listener) {
    return "127.0.0.1:" + std::to_string(listener.port());
  }
  void answer(const Context& context, http::Exchange& exchange) {
    const std::string target = exchange.request().target;
    if (target == "/raw") return echo(context, exchange);
    const std::string body = exchange.read_all(context);
    if (target == "/wait") {
      waiting = true;
      context.wait_any({});
    }
    exchange.respond(context, 200, name_ + " " + target + " " + body);
  }
  void echo(const Context& context, http::Exchange& exchange) {
    const auto stream =
        exchange.hijack(context, {.status = 101, .headers = {{"Upgrade", "tcp"}, {"Connection", "Upgrade"}}});
    std::array<char, 64> buffer;
    while (const std::size_t got = stream->read_some(context, buffer)) stream->write_all(context, {buffer.data(), got});
    stream->write_all(context, "the end of " + name_);
  }

  const std::string name_;
  net::Listener listener_;
  const std::string address_;
};

class ReplicationTest : public ::testing::Test {
 protected:
  ReplicationTest() { b.await_primary(a); }
  // The first to come leads.
  static std::string once_leads(const Manager& leader, std::string name) {
    leader.await_leading();
    return name;
  }
  store::LocalStore store{"memory:", nullptr};
  Manager a{"a", store};
  Manager b{once_leads(a, "b"), store};
};

TEST_F(ReplicationTest, AReplicaHandsOnToTheLeader) {
  EXPECT_EQ(a.ask("GET", "/v1.41/containers/json?all=1"), "a /v1.41/containers/json?all=1 ");
  EXPECT_EQ(b.ask("GET", "/v1.41/containers/json?all=1"), "a /v1.41/containers/json?all=1 ");
  const std::string large(3'000'000, 'x');
  EXPECT_EQ(b.ask("POST", "/images/load", large), "a /images/load " + large);
}

TEST_F(ReplicationTest, AReplicaTellsOfItself) {
  EXPECT_THAT(b.ask("GET", "/v1.41/info"), StartsWith("b "));
  EXPECT_THAT(b.ask("GET", "/_ping"), StartsWith("b "));
  EXPECT_EQ(a.replication->primary(), std::nullopt);
  EXPECT_EQ(b.replication->primary(), a.address());
}

TEST_F(ReplicationTest, AReplicaSplicesRawConnectionsWithTheirHalfClose) {
  auto upgraded = b.client().upgrade(patient(), {.method = "POST", .target = "/raw"});
  ASSERT_TRUE(upgraded.stream);
  upgraded.stream->write_all(patient(), "hello ");
  upgraded.stream->shutdown_write(patient());
  std::string text;
  std::array<char, 64> buffer;
  while (const std::size_t got = upgraded.stream->read_some(patient(), buffer)) text.append(buffer.data(), got);
  EXPECT_EQ(text, "hello the end of a");
}

TEST_F(ReplicationTest, TheNextLeaderAnswersWhenTheLeaderIsGone) {
  a.die();
  EXPECT_EQ(b.ask("POST", "/x", "body"), "b /x body");
}

// The leader's key outlives it by a ttl: a request that comes meanwhile waits for the next leader.
TEST_F(ReplicationTest, ARequestWaitsForTheNextLeaderWithItsBody) {
  a.cut = true;  // it cannot resign
  a.server.reset();
  EXPECT_EQ(b.ask("POST", "/x", "body"), "b /x body");
}

TEST_F(ReplicationTest, EndsWhatIsUnderWayToALeaderThatLeadsNoMore) {
  std::atomic<bool> ended = false;
  std::jthread client([&] {
    b.ask("GET", "/wait");
    ended = true;
  });
  for (const Context context = patient(); !a.waiting;) context.sleep_for(1ms);
  a.cut = true;
  b.await_leading();
  client.join();
  EXPECT_TRUE(ended);
}

TEST(Replication, SaysThatThereIsNoLeader) {
  store::LocalStore store("memory:", nullptr);
  Manager manager("a", store, 200ms);
  manager.await_leading();
  manager.cut = true;
  for (const Context context = patient(); manager.replication->leads();) context.sleep_for(1ms);
  http::Response response = manager.client().send(patient(), {.target = "/x"});
  EXPECT_EQ(response.status(), 503);
  EXPECT_THAT(response.read_all(patient()), HasSubstr("No elected primary cluster manager"));
  EXPECT_EQ(manager.replication->primary(), "");
}

TEST_F(ReplicationTest, DoesNotHandOnInCircles) {
  http::Response response = b.client().send(patient(), {.target = "/x", .headers = {{"Berth-Handed-On", "elsewhere"}}});
  EXPECT_EQ(response.status(), 503);
  EXPECT_THAT(response.read_all(patient()), HasSubstr("is not the primary any more"));
}

}  // namespace
}  // namespace berth::swarm
