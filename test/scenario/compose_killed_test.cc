// Commands of `berth compose` that are killed at each of their steps, and finished by the next. At some steps only
// unless BERTH_LONG_TESTS=1, as each takes seconds.
#include <atomic>
#include <csignal>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scenario/cli.h"
#include "scenario/client.h"
#include "scenario/engines.h"
#include "scenario/fixtures.h"
#include "scenario/shop.h"

namespace berth::scenario {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::Pair;

class KilledTest : public OnMachine {
 protected:
  // A service of three containers behind an ingress.
  void web(const std::string& image, const std::string& update) {
    user().compose_file(
        "services:\n  web:\n    image: " + image +
        "\n    command: [web]\n    scale: 3\n    ports: ['18080:80']\n    healthcheck: {test: [CMD, wget, "
        "-qO-, 'http://127.0.0.1/'], interval: 200ms}\n    deploy:\n      update_config: {" +
        update + "}\n");
  }

  Output up(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"up", "-d", "-t", "1"});
    return user().compose(std::move(more));
  }
};

INSTANTIATE_TEST_SUITE_P(Engines, KilledTest, testing::Values(Generation::kOld, Generation::kNew), name_of);

int stride() { return Environment::of_process().is_true("BERTH_LONG_TESTS") ? 1 : 13; }

// Runs `berth compose WORDS`, and kills it once the engine has told so many changes; false when there are fewer.
bool killed_after(UserFolder& user, std::vector<std::string> words, int changes) {
  engine::EventOptions options;
  options.resume = false;
  for (const char* action : {"create", "connect", "start", "die", "rename", "disconnect", "destroy"}) {
    options.filters.emplace("event", action);
  }
  auto events = user.engine().events(soon(), options);
  auto running = user.start_compose(std::move(words));
  // Its end is told by an event of a container that only that end makes.
  std::atomic<bool> over = false;
  CancelSource stop;
  std::jthread end([&] {
    running.wait();
    over = true;
    stop.cancel();
  });
  const Context context = stop.context();
  bool enough = true;
  for (int i = 0; i < changes && enough; ++i) {
    try {
      events.next(context);
    } catch (const Error&) {
      enough = false;
    }
  }
  if (enough) running.child.kill(SIGKILL);
  end.join();
  return enough;
}

TEST_P(KilledTest, AnUpThatIsKilledIsFinishedByTheNext) {
  for (const int changes : {1, 3, 5, 8, 12}) {
    SCOPED_TRACE("killed after " + std::to_string(changes) + " changes");
    user().compose_file(kShop);
    ASSERT_TRUE(killed_after(user(), {"up", "-d", "-t", "0"}, changes));
    expect_converges(user());
    user().clear();
  }
}

TEST_P(KilledTest, ARecreationThatIsKilledIsFinishedByTheNext) {
  user().compose_file(kShop);
  expect_converges(user());
  const auto cache = [&] {
    for (const auto& mount : user().inspect("shop-db-1").mounts) {
      if (mount.destination == "/cache") return mount.name;
    }
    return std::string();
  };
  const std::string kept = cache();
  for (const int changes : {1, 2, 3, 4, 6, 9, 12}) {
    SCOPED_TRACE("killed after " + std::to_string(changes) + " changes");
    user().compose_file(shop_with_hostname("h" + std::to_string(changes)));
    ASSERT_TRUE(killed_after(user(), {"up", "-d", "-t", "0"}, changes));
    expect_converges(user());
    EXPECT_EQ(user().inspect("shop-web-2").config.hostname, "h" + std::to_string(changes));
    EXPECT_EQ(cache(), kept);  // nothing of the data is lost
  }
}

TEST_P(KilledTest, AnUpdateThatIsKilledAnywhereIsFinishedByTheNext) {
  for (const std::string order : {"start-first", "stop-first"}) {
    const std::string update =
        "order: " + order + ", failure_action: rollback, monitor: 0s}\n    x-berth: {ingress: true";
    web("berth/test:1", update);
    ASSERT_EQ(up({"--wait"}).status.code, 0);
    const Client client(ip(), 18080, 50, false);
    bool killed = true;
    for (int changes = 1; killed && changes < 60; changes += stride()) {
      SCOPED_TRACE(order + " killed after " + std::to_string(changes) + " changes");
      web(changes % 2 == 0 ? "berth/test:1" : "berth/test:2", update);
      killed = killed_after(user(), {"up", "-d", "-t", "1"}, changes);
      const Output next = up();
      ASSERT_EQ(next.status.code, 0) << next.err;
      ASSERT_EQ(user().states().size(), 4U);
      ASSERT_THAT(user().states(), Each(Pair(testing::_, "running")));
      ASSERT_EQ(user().compose({"plan"}).status.code, 0);
    }
    EXPECT_EQ(client.failed(), 0) << "of " << client.asked();
    user().clear();
  }
}

TEST_P(KilledTest, UpAndDownThatAreKilledAnywhereAreFinishedByTheNext) {
  const std::string shop = R"(
services:
  web: {image: 'berth/test:1', networks: [front, back], depends_on: [db], scale: 2}
  db: {image: 'berth/test:1', networks: [back], volumes: ['data:/data'], x-berth: {restart_unhealthy: true}}
networks: {front: {}, back: {}}
volumes: {data: {}}
)";
  user().compose_file(shop);
  for (const std::string command : {"up", "down"}) {
    bool killed = true;
    for (int changes = 1; killed && changes < 60; changes += stride()) {
      SCOPED_TRACE(command + " killed after " + std::to_string(changes) + " changes");
      if (command == "up") {
        killed = killed_after(user(), {"up", "-d"}, changes);
      } else {
        ASSERT_EQ(up().status.code, 0);
        killed = killed_after(user(), {"down", "-t", "0"}, changes);
        ASSERT_EQ(user().compose({"down", "-t", "0"}).status.code, 0);
        EXPECT_THAT(user().objects(), ElementsAre("volume shop_data"));
        continue;
      }
      const Output next = up();
      ASSERT_EQ(next.status.code, 0) << next.err;
      EXPECT_THAT(user().objects(),
                  ElementsAre("container shop-db-1", "container shop-keeper", "container shop-web-1",
                              "container shop-web-2", "network shop_back", "network shop_front", "volume shop_data"));
      EXPECT_THAT(user().states(), Each(Pair(testing::_, "running")));
      EXPECT_EQ(user().compose({"plan"}).status.code, 0);
      ASSERT_EQ(user().compose({"down", "-t", "0"}).status.code, 0);
      EXPECT_THAT(user().objects(), ElementsAre("volume shop_data"));  // nobody asked for that
    }
  }
}

}  // namespace
}  // namespace berth::scenario
