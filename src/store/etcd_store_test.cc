// What is etcd's own: several members, their failures, TLS, compaction, other versions.
#include "store/etcd_store.h"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/server.h"
#include "net/certificates_for_tests.h"
#include "store/etcd_for_tests.h"
#include "store/open.h"

namespace berth::store {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Context patient() { return Context().with_timeout(30s); }

Error thrown(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& e) {
    return e;
  }
  ADD_FAILURE() << "nothing was thrown";
  return {Kind::kInternal, ""};
}

// The next change below "", however long the store is away.
std::string next_key(Watch& watch) {
  const Context context = patient();
  for (;;) {
    try {
      const Changes changes = watch.next(context);
      return changes.compacted ? "compacted" : changes.events.front().key;
    } catch (const Error& e) {
      if (e.kind() != Kind::kUnavailable) throw;
      context.sleep_for(50ms);
    }
  }
}

void set_patiently(Store& store, const std::string& key) {
  const Context context = patient();
  for (;;) {
    try {
      store.set(context.with_timeout(5s), key, "");
      return;
    } catch (const Error& e) {
      if (e.kind() != Kind::kUnavailable && e.kind() != Kind::kTimeout) throw;
      context.sleep_for(50ms);
    }
  }
}

class EtcdStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!has_etcd()) GTEST_SKIP() << "there is no program 'etcd'";
  }
};

TEST_F(EtcdStoreTest, GoesOnWithTheMembersThatAreLeft) {
  EtcdCluster cluster(3);
  const auto store = store_of(cluster.url("x"));
  const Revision from = store->set(patient(), "before", "");
  const auto watch = store->watch("", from);
  cluster.kill(0);
  set_patiently(*store, "one");
  EXPECT_EQ(next_key(*watch), "one");
  EXPECT_TRUE(store->get(patient(), "before"));

  // Without a quorum nothing is answered, also not what could be read.
  cluster.kill(1);
  EXPECT_EQ(thrown([&] { store->get(patient(), "before"); }).kind(), Kind::kUnavailable);
  EXPECT_EQ(thrown([&] { store->set(patient(), "never", ""); }).kind(), Kind::kUnavailable);
  const Error blind = thrown([&] {
    for (;;) watch->next(patient());
  });
  EXPECT_EQ(blind.kind(), Kind::kUnavailable) << blind.message();

  cluster.start(1);
  set_patiently(*store, "two");
  for (std::string key; key != "two";) key = next_key(*watch);
}

TEST_F(EtcdStoreTest, PassesOverAMemberThatHangs) {
  EtcdCluster cluster(3);
  const auto store = store_of(cluster.url("x"));
  const Revision from = store->set(patient(), "before", "");
  const auto watch = store->watch("", from);
  EXPECT_EQ(thrown([&] { watch->next(Context().with_timeout(100ms)); }).kind(), Kind::kTimeout);
  cluster.pause(0);
  EXPECT_TRUE(store->get(patient(), "before"));
  set_patiently(*store, "after");
  // The watch's member is silent: it is asked, and given up.
  EXPECT_EQ(next_key(*watch), "after");
  cluster.resume(0);
}

TEST_F(EtcdStoreTest, TellsAWatchThatItsRevisionIsCompacted) {
  EtcdCluster cluster(1);
  const auto store = store_of(cluster.url("x"));
  const Revision from = store->set(patient(), "a", "1");
  Revision last = 0;
  for (int i = 0; i < 5; ++i) last = store->set(patient(), "a", std::to_string(i));
  http::Client client([&](const Context& context) { return net::dial_tcp(context, "127.0.0.1", cluster.port(0)); });
  const std::string body = R"({"revision": ")" + std::to_string(last) + R"("})";
  EXPECT_TRUE(client.send(patient(), {.method = "POST", .target = "/v3/kv/compaction"}, body).ok());
  const auto watch = store->watch("", from);
  EXPECT_TRUE(watch->next(patient()).compacted);
  EXPECT_EQ(next_key(*store->watch("", last - 1)), "a");
}

TEST_F(EtcdStoreTest, SeparatesPrefixes) {
  EtcdCluster cluster(1);
  const auto one = store_of(cluster.url("one"));
  const auto two = store_of(cluster.url("two"));
  const auto all = store_of(cluster.url(""));
  one->set(patient(), "a", "1");
  two->set(patient(), "a", "2");
  EXPECT_EQ(one->get(patient(), "a")->value, "1");
  EXPECT_EQ(one->list(patient(), "").entries.size(), 1U);
  EXPECT_EQ(all->get(patient(), "two/a")->value, "2");
}

TEST_F(EtcdStoreTest, ProvesWhoItIsByACertificate) {
  const net::TestCa ca;
  const auto server = ca.issue("IP:127.0.0.1");
  const auto client = ca.issue("DNS:client");
  const TemporaryFolder folder;
  write_file(folder.path() / "ca", ca.pem());
  write_file(folder.path() / "cert", server.cert);
  write_file(folder.path() / "key", server.key);
  EtcdCluster cluster(1, EtcdCluster::Pace::kQuick,
                      EtcdCluster::Tls{folder.path() / "ca", folder.path() / "cert", folder.path() / "key"});
  const auto store = store_of(cluster.url("x"), {.tls = {.ca = ca.pem(), .cert = client.cert, .key = client.key}});
  set_patiently(*store, "a");
  EXPECT_TRUE(store->get(patient(), "a"));
  const auto unknown = store_of(cluster.url("x"), {.tls = {.ca = ca.pem()}});
  EXPECT_EQ(thrown([&] { unknown->get(patient(), "a"); }).kind(), Kind::kUnauthorized);
  const net::TestCa other;
  const auto deceived =
      store_of(cluster.url("x"), {.tls = {.ca = other.pem(), .cert = client.cert, .key = client.key}});
  EXPECT_EQ(thrown([&] { deceived->get(patient(), "a"); }).kind(), Kind::kUnauthorized);
}

TEST(EtcdStore, NamesTheMemberThatCannotBeReached) {
  // Nothing listens on port 1.
  const Error error = thrown([&] { store_of("etcd://127.0.0.1:1")->get(patient(), "a"); });
  EXPECT_EQ(error.kind(), Kind::kUnavailable);
  EXPECT_THAT(error.message(), HasSubstr("etcd at 'tcp://127.0.0.1:1'"));
}

// What a server answers to everything, as etcd's gateway does on a bad day.
Error answered(int status, const std::string& body) {
  http::Server server(net::Listener::tcp("127.0.0.1", 0), [&](const Context& context, http::Exchange& exchange) {
    exchange.read_all(context);
    exchange.respond(context, status, body);
  });
  return thrown([&] { store_of("etcd://127.0.0.1:" + std::to_string(server.port()))->get(patient(), "a"); });
}

TEST(EtcdStore, KnowsTheErrorsOfTheGateway) {
  EXPECT_EQ(answered(503, R"({"error":"etcdserver: no leader","code":14,"message":"etcdserver: no leader"})").kind(),
            Kind::kUnavailable);
  EXPECT_EQ(answered(400, R"({"code":3,"message":"etcdserver: user name is empty"})").kind(), Kind::kUnauthorized);
  EXPECT_EQ(answered(403, R"({"code":7,"message":"etcdserver: permission denied"})").kind(), Kind::kForbidden);
  EXPECT_EQ(answered(429, R"({"code":8,"message":"etcdserver: mvcc: database space exceeded"})").kind(),
            Kind::kInternal);
  EXPECT_THAT(answered(404, "404 page not found").message(), HasSubstr("etcd 3.4 or newer"));
  EXPECT_EQ(answered(502, "<html>").kind(), Kind::kUnavailable);
  EXPECT_EQ(answered(200, "<html>").kind(), Kind::kInternal);
  EXPECT_EQ(answered(200, R"({"kvs":[{"key":"%%"}]})").kind(), Kind::kInternal);
}

}  // namespace
}  // namespace berth::store
