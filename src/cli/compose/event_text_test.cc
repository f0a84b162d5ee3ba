#include "cli/compose/event_text.h"

#include <cstdlib>
#include <ctime>

#include <gtest/gtest.h>

#include "base/units.h"

namespace berth::cli {
namespace {

engine::Event start_event() {
  engine::Event event;
  event.type = "container";
  event.action = "start";
  event.actor_id = "f00d";
  event.attributes = {{"com.docker.compose.service", "web"}, {"image", "web:1"}, {"name", "shop-web-1"}};
  event.time = *parse_time("2026-11-26T14:54:44.000042289Z");
  return event;
}

TEST(EventText, AnEventIsALineWithoutTheLabelsOfCompose) {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  EXPECT_EQ(event_text(start_event()),
            "2026-11-26 14:54:44.000042 container start f00d (image=web:1, name=shop-web-1)");
}

TEST(EventText, AnEventIsAnObjectWithItsService) {
  EXPECT_EQ(event_json(start_event()),
            R"({"action":"start","attributes":{"image":"web:1","name":"shop-web-1"},"id":"f00d","service":"web",)"
            R"("time":"2026-11-26T14:54:44.000042289Z","type":"container"})");
}

}  // namespace
}  // namespace berth::cli
