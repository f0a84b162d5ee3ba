// Updates of a service while clients use it: what they see, and what is left when the new one is bad.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"
#include "scenario/cli.h"
#include "scenario/client.h"
#include "scenario/engines.h"
#include "scenario/fixtures.h"

namespace berth::scenario {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

class UpdateTest : public OnMachine {
 protected:
  void file(const std::string& image, const std::string& update, const std::string& more = {}) {
    user().compose_file(
        "services:\n  web:\n    image: " + image +
        "\n    command: [web]\n    healthcheck: {test: [CMD, wget, -qO-, 'http://127.0.0.1/'], interval: "
        "200ms}\n    ports: ['18080:80']\n    deploy:\n      update_config: {" +
        update + "}\n" + more);
  }

  int up(std::vector<std::string> more = {}) {
    std::vector<std::string> words = {"up", "-d"};
    words.insert(words.end(), more.begin(), more.end());
    const Output output = user().compose(words);
    said_ = output.err;
    return output.status.code;
  }

  std::string said_;
};

INSTANTIATE_TEST_SUITE_P(Engines, UpdateTest, testing::Values(Generation::kOld, Generation::kNew), name_of);

TEST_P(UpdateTest, NoRequestFailsWhileOneContainerIsUpdatedScaledAndReplacedAgain) {
  file("berth/test:1", "order: start-first");
  ASSERT_EQ(up({"--wait"}), 0) << said_;
  const Client client(ip(), 18080, 200, false);
  file("berth/test:2", "order: start-first");
  ASSERT_EQ(up(), 0) << said_;
  EXPECT_THAT(user().states(), ElementsAre(Pair("shop-web-1", "running"), Pair("shop-web-ingress", "running")));
  ASSERT_EQ(up({"--scale", "web=3"}), 0) << said_;
  file("berth/test:1", "order: start-first, parallelism: 2");
  ASSERT_EQ(up({"--scale", "web=3"}), 0) << said_;
  ASSERT_EQ(up({"--scale", "web=1"}), 0) << said_;
  EXPECT_EQ(user().compose({"plan"}).status.code, 0);
  EXPECT_GT(client.asked(), 0);
  EXPECT_EQ(client.failed(), 0) << "of " << client.asked();
  EXPECT_EQ(user().compose({"down", "-t", "0"}).status.code, 0);
  EXPECT_THAT(user().objects(), testing::IsEmpty());
}

TEST_P(UpdateTest, ABadImageNeverReplacesAGoodContainer) {
  for (const std::string order : {"start-first", "stop-first"}) {
    SCOPED_TRACE(order);
    file("berth/test:1", "order: " + order, "    x-berth: {ingress: true}\n");
    ASSERT_EQ(up({"--wait"}), 0) << said_;
    const auto before = user().ids();
    const Client client(ip(), 18080, 50, false);
    file("berth/test:2", "order: " + order, "    x-berth: {ingress: true}\n    entrypoint: ['false']\n");
    EXPECT_EQ(up(), 1);
    EXPECT_THAT(said_, HasSubstr("exited with 1"));
    EXPECT_EQ(user().ids(), before);
    EXPECT_EQ(user().states().at("shop-web-1"), "running");
    EXPECT_EQ(client.failed(), 0) << "of " << client.asked();
    user().clear();
  }
}

}  // namespace
}  // namespace berth::scenario
