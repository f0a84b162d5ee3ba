// Faults on command, and the load driver.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/error.h"
#include "fleet_for_tests.h"
#include "load.h"

namespace berth::fleet::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

TEST(Faults, AKilledNodeBreaksOffAndRefusesUntilItReturns) {
  TestFleet fleet(2);
  const auto events = fleet.connect();
  events->write_all(soon(), "GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
  read_until(soon(), *events, "\r\n\r\n");
  EXPECT_EQ(fleet.fleet().command("kill 1"), "ok 1");
  EXPECT_THROW(read_to_end(soon(), *events), Error);
  EXPECT_THROW(fleet.get("/_ping"), Error);
  EXPECT_EQ(fleet.get("/_ping", 2).body, "OK");
  fleet.fleet().command("return all");
  EXPECT_EQ(fleet.get("/_ping").body, "OK");
}

TEST(Faults, AHungNodeTakesConnectionsAndAnswersWhenItReturns) {
  TestFleet fleet;
  const auto before = fleet.connect();
  fleet.fleet().command("hang 1");
  const auto after = fleet.connect();
  for (const auto& stream : {before.get(), after.get()}) {
    stream->write_all(soon(), "GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n");
    std::array<char, 16> buffer;
    EXPECT_THROW(stream->read_some(Context().with_timeout(50ms), buffer), Error);
  }
  EXPECT_THAT(fleet.fleet().command("status"), HasSubstr(R"("hung":1)"));
  fleet.fleet().command("return 1");
  EXPECT_THAT(read_until(soon(), *before, "OK"), HasSubstr("200 OK"));
  EXPECT_THAT(read_until(soon(), *after, "OK"), HasSubstr("200 OK"));
}

TEST(Faults, ASlowNodeAnswersLate) {
  TestFleet fleet;
  fleet.fleet().command("slow 1 80");
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(fleet.get("/_ping").body, "OK");
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 80ms);
}

TEST(Faults, ARebootEndsWhatDoesNotRestart) {
  TestFleet fleet;
  fleet.create("stays", R"({"Image":"nginx","HostConfig":{"RestartPolicy":{"Name":"always"}}})");
  fleet.create("goes");
  for (const char* name : {"stays", "goes"}) fleet.post("/containers/" + std::string(name) + "/start");
  fleet.fleet().command("reboot 1");
  const auto status = [&](const std::string& name) {
    return berth::text_of(fleet.get("/containers/" + name + "/json").value().at("State"), "Status");
  };
  EXPECT_EQ(status("stays"), "running");
  EXPECT_EQ(status("goes"), "exited");
}

TEST(Faults, ChurnReplacesContainersAndSaysSo) {
  TestFleet fleet(1, 5);
  const auto events = fleet.connect();
  events->write_all(soon(), "GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
  fleet.fleet().command("churn 100");
  read_until(soon(), *events, R"("Action":"destroy")");
  read_until(soon(), *events, "churn-node-00001-2");
  fleet.fleet().command("churn 0");
  EXPECT_EQ(fleet.get("/containers/json").value().as_array().size(), 5U);
}

TEST(Faults, CommandsThatMakeNoSenseAreRefused) {
  TestFleet fleet(3);
  for (const char* line : {"", "explode 1", "kill", "kill 0", "kill 4", "kill 1-", "slow 1", "slow 1 x", "churn -1"}) {
    EXPECT_THROW(fleet.fleet().command(line), Error) << line;
  }
  EXPECT_EQ(fleet.fleet().command("kill 1-2,3"), "ok 3");
}

TEST(Fleet, EnginesAreOnAddressesOfTheirOwnAndDifferInLabels) {
  TestFleet fleet(3, 2);
  const json::value first = fleet.get("/info", 1).value();
  const json::value third = fleet.get("/info", 3).value();
  EXPECT_EQ(berth::text_of(first, "Name"), "node-00001");
  EXPECT_EQ(berth::text_of(third, "Name"), "node-00003");
  EXPECT_NE(berth::text_of(first, "ID"), berth::text_of(third, "ID"));
  EXPECT_THAT(texts_of(third, "Labels"), ::testing::ElementsAre("rack=r1", "storage=ssd", "zone=c"));
  EXPECT_EQ(integer_of(third, "ContainersRunning"), 2);
}

TEST(Load, CountsWhatItDidAndWhatThatTook) {
  TestFleet fleet;
  LoadOptions options;
  options.endpoint = engine::endpoint_of("tcp://" + fleet.host() + ":2375");
  options.work = Work::kCreateStart;
  options.clients = 4;
  options.count = 40;
  options.pid = ::getpid();
  LoadReport report = run_load(soon(), options);
  EXPECT_EQ(report.done, 40U);
  EXPECT_EQ(report.failed, 0U) << report.first_error;
  EXPECT_GT(report.cpu_each().count(), 0);
  EXPECT_GT(report.after->resident, 0);
  EXPECT_LE(report.p50, report.p99);
  EXPECT_EQ(fleet.get("/containers/json").value().as_array().size(), 40U);

  options.work = Work::kStopRemove;
  EXPECT_EQ(run_load(soon(), options).done, 40U);
  EXPECT_EQ(fleet.get("/containers/json?all=1").value().as_array().size(), 0U);

  options.work = Work::kCreate;
  options.image = "missing/image";
  report = run_load(soon(), options);
  EXPECT_EQ(report.failed, 40U);
  EXPECT_THAT(report.first_error, HasSubstr("No such image"));
}

}  // namespace
}  // namespace berth::fleet::testing
