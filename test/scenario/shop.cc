#include "scenario/shop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace berth::scenario {

using testing::Each;
using testing::Pair;

const std::string_view kShop = R"(
services:
  web: {image: 'berth/test:1', networks: [front, back], depends_on: {db: {condition: service_healthy}}, scale: 2}
  db:
    image: berth/test:1
    networks: [back]
    volumes: ['data:/data', /cache]
    configs: [greeting]
    healthcheck: {test: [CMD, 'true'], interval: 100ms}
networks: {front: {}, back: {}}
volumes: {data: {}}
configs: {greeting: {content: hello}}
)";
const std::vector<std::string> kShopObjects = {"container shop-db-1", "container shop-web-1", "container shop-web-2",
                                               "network shop_back",   "network shop_front",   "volume shop_data"};

std::string shop_with_hostname(const std::string& hostname) {
  std::string text(kShop);
  text.insert(text.find("web: {") + 6, "hostname: " + hostname + ", ");
  text.insert(text.find("db:\n    ") + 8, "hostname: " + hostname + "\n    ");
  return text;
}

std::string three_webs(const std::string& image, const std::string& update, const std::string& command) {
  return "services:\n  web:\n    image: " + image + "\n    command: [sh, -c, '" + command +
         "']\n    scale: 3\n    ports: ['18080:80']\n    volumes: ['data:/data']\n    healthcheck: {test: "
         "[CMD, wget, -qO-, 'http://127.0.0.1/'], interval: 200ms}\n    deploy:\n      update_config: {" +
         update + "}\nvolumes: {data: {}}\n";
}

void expect_converges(UserFolder& user) {
  const Output up = user.compose({"up", "-d", "-t", "0"});
  EXPECT_EQ(up.status.code, 0) << up.err;
  EXPECT_EQ(user.objects(), kShopObjects);
  EXPECT_THAT(user.states(), Each(Pair(testing::_, "running")));
  EXPECT_EQ(user.in_container("shop-db-1", {"cat", "/greeting"}), "hello");
  const Output plan = user.compose({"plan"});
  EXPECT_EQ(plan.status.code, 0) << plan.out;
}

}  // namespace berth::scenario
