#include "swarm/pool/event_hub.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace berth::swarm {
namespace {

using namespace std::chrono_literals;

Context patient() { return Context().with_timeout(20s); }

PoolEventPtr event(const std::string& action) {
  auto made = std::make_shared<PoolEvent>();
  made->action = action;
  return made;
}

TEST(EventHub, HandsEveryEventToAllWhoFollow) {
  EventHub hub;
  auto one = hub.subscribe();
  auto two = hub.subscribe();
  hub.publish(event("start"));
  EXPECT_EQ(one.next(patient())->action, "start");
  EXPECT_EQ(two.next(patient())->action, "start");
}

TEST(EventHub, KeepsTheLastOnesForThoseWhoComeLate) {
  EventHub hub(2);
  for (const char* action : {"a", "b", "c"}) hub.publish(event(action));
  auto [past, following] = hub.subscribe_with_past();
  ASSERT_EQ(past.size(), 2U);
  EXPECT_EQ(past[0]->action, "b");
  hub.publish(event("d"));
  EXPECT_EQ(following.next(patient())->action, "d");
}

TEST(EventHub, TellsAReaderThatWasTooSlow) {
  EventHub hub;
  auto reader = hub.subscribe();
  for (int i = 0; i < 70'000; ++i) hub.publish(event("x"));
  int read = 0;
  try {
    for (;; ++read) reader.next(patient());
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), Kind::kUnavailable);
  }
  EXPECT_EQ(read, 65'536);
}

}  // namespace
}  // namespace berth::swarm
