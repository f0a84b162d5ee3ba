#include "agent/keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace berth::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Seen web(const std::string& id, const std::string& health) {
  return {.id = id,
          .name = "shop-web-" + id,
          .service = "web",
          .state = "running",
          .health = health,
          .delays = std::pair<Seconds, Seconds>(10, 60)};
}

Seen job(const std::string& state, const std::string& overlap = "skip") {
  return {.id = "j",
          .name = "shop-backup-1",
          .service = "backup",
          .state = state,
          .exit_code = state == "exited" ? "3" : "",
          .overlap = overlap,
          .cron = "*/10 * * * *"};
}

std::vector<std::string> lines(const std::vector<Action>& actions) {
  std::vector<std::string> texts;
  for (const Action& action : actions) texts.push_back(action.why);
  return texts;
}

TEST(Keeper, WhatIsUnhealthyIsRestartedWithLongerAndLongerDelays) {
  Keeper keeper;
  std::vector<Seconds> restarts;
  for (Seconds now = 1000; now < 1200; ++now) {
    if (keeper.look({web("1", "unhealthy")}, now).empty()) continue;
    restarts.push_back(now);
    keeper.done("1");
  }
  EXPECT_THAT(restarts, ElementsAre(1000, 1010, 1030, 1070, 1130, 1190));
  // Healthy for long enough, it starts from the beginning.
  EXPECT_THAT(keeper.look({web("1", "healthy")}, 1200), IsEmpty());
  EXPECT_THAT(keeper.look({web("1", "healthy")}, 1260), IsEmpty());
  EXPECT_THAT(lines(keeper.look({web("1", "unhealthy")}, 1261)), ElementsAre("restart shop-web-1: it is unhealthy"));
}

TEST(Keeper, OneContainerOfAServiceIsRestartedAtATime) {
  Keeper keeper;
  EXPECT_EQ(keeper.look({web("1", "unhealthy"), web("2", "unhealthy")}, 1000).size(), 1U);
  EXPECT_THAT(keeper.look({web("1", "unhealthy"), web("2", "unhealthy")}, 1001), IsEmpty());
  keeper.done("1");
  EXPECT_THAT(keeper.look({web("1", "starting"), web("2", "unhealthy")}, 1002), IsEmpty());
  EXPECT_THAT(lines(keeper.look({web("1", "healthy"), web("2", "unhealthy")}, 1003)),
              ElementsAre("restart shop-web-2: it is unhealthy"));
}

TEST(Keeper, NothingIsRestartedForTheTroubleOfWhatItDependsOn) {
  Keeper keeper;
  Seen front = web("1", "unhealthy");
  front.depends_on = {"db"};
  Seen db{.id = "d", .name = "shop-db-1", .service = "db", .state = "running", .health = "unhealthy"};
  EXPECT_THAT(keeper.look({front, db}, 1000), IsEmpty());
  db.health = "healthy";
  EXPECT_EQ(keeper.look({front, db}, 1001).size(), 1U);
}

TEST(Keeper, WhatIsStoppedOrPausedIsLeftAlone) {
  Keeper keeper;
  Seen seen = web("1", "unhealthy");
  seen.state = "paused";
  EXPECT_THAT(keeper.look({seen}, 1000), IsEmpty());
  EXPECT_THAT(keeper.look({}, 1001), IsEmpty());
  EXPECT_EQ(keeper.next(), std::nullopt);
}

TEST(Keeper, JobsAreStartedAtTheirTimesAndTheirRunsNoted) {
  Keeper keeper;
  EXPECT_THAT(keeper.look({job("created")}, 590), IsEmpty());
  EXPECT_EQ(keeper.next(), 600);
  EXPECT_THAT(lines(keeper.look({job("created")}, 600)), ElementsAre("start shop-backup-1: it is time"));
  keeper.done("j");
  EXPECT_EQ(keeper.next(), 1200);
  keeper.look({job("running")}, 601);
  EXPECT_THAT(keeper.take_notes(), IsEmpty());
  keeper.look({job("exited")}, 612);
  EXPECT_THAT(keeper.take_notes(), ElementsAre("run backup 601 612 3"));
}

TEST(Keeper, ARunThatOverlapsIsSkippedWaitsOrReplaces) {
  const auto at_its_time = [](const std::string& overlap) {
    Keeper keeper;
    keeper.look({job("running", overlap)}, 590);
    std::vector<std::string> told = lines(keeper.look({job("running", overlap)}, 600));
    for (const std::string& note : keeper.take_notes()) told.push_back(note);
    for (const std::string& line : lines(keeper.look({job("exited", overlap)}, 605))) told.push_back(line);
    return told;
  };
  EXPECT_THAT(at_its_time("skip"), ElementsAre("skip backup 600: the run before has not ended"));
  EXPECT_THAT(at_its_time("wait"),
              ElementsAre("wait backup: the run before has not ended", "start shop-backup-1: its run was waiting"));
  EXPECT_THAT(at_its_time("replace"),
              ElementsAre("restart shop-backup-1: it is time, and the run before has not ended"));
}

TEST(Keeper, TheEnginesListIsUnderstood) {
  Json list;
  ASSERT_TRUE(parse_json(R"json([
    {"Id": "a", "Names": ["/shop-web-1"], "State": "running", "Status": "Up 2 minutes (unhealthy)", "SizeRw": 1.5e3,
     "Labels": {"com.docker.compose.service": "web", "com.docker.compose.depends_on": "db:service_healthy:true,c:x:false",
                "io.berth.compose.restart-unhealthy": "10 300", "note": "a \"b\" \u00e9"}, "Ports": [{"x": null}]
},
    {"Id": "b", "Names": ["/0123456789ab_shop-web-1"], "State": "running", "Status": "Up",
     "Labels": {"com.docker.compose.replace": "web-1"}},
    {"Id": "c", "Names": ["/shop-backup-1"], "State": "exited", "Status": "Exited (3) 5 minutes ago",
     "Labels": {"io.berth.compose.schedule": "wait */5 * * * *"}}])json",
                         list));
  const std::vector<Seen> seen = seen_of(list);
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].name, "shop-web-1");
  EXPECT_EQ(seen[0].health, "unhealthy");
  EXPECT_THAT(seen[0].depends_on, ElementsAre("db", "c"));
  EXPECT_EQ(seen[0].delays, (std::pair<Seconds, Seconds>(10, 300)));
  EXPECT_EQ(list.items[0].find("Labels")->text_of("note"), "a \"b\" \xc3\xa9");
  EXPECT_EQ(seen[1].exit_code, "3");
  EXPECT_EQ(seen[1].overlap, "wait");
  EXPECT_EQ(seen[1].cron, "*/5 * * * *");
}

TEST(Keeper, WhatIsNoJsonIsRefused) {
  for (const char* text : {"", "{", "[1,]", "{\"a\" 1}", "\"a", "nul", "[1] 2", "\"\\u12\"", "{a: 1}"}) {
    Json value;
    EXPECT_FALSE(parse_json(text, value)) << text;
  }
}

}  // namespace
}  // namespace berth::agent
