// What every cloud's driver must do, whatever its provider answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "machine/cloud/simulated_cloud_test.h"

namespace berth::machine {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;
using ::testing::Not;

struct CloudKind {
  const char* name;
  std::unique_ptr<SimulatedCloud> (*simulate)();
};

class Cloud : public ::testing::TestWithParam<CloudKind> {
 protected:
  Context context_ = Context().with_timeout(60s);
  std::unique_ptr<SimulatedCloud> cloud_ = GetParam().simulate();

  void TearDown() override { EXPECT_THAT(cloud_->refusals(), IsEmpty()); }
};

TEST_P(Cloud, MakesAHostThatRunsAndRemovesAllThatWasMade) {
  SimulatedMachine machine(*cloud_);
  machine.create();
  const auto driver = machine.driver();
  EXPECT_EQ(driver->state(context_), State::kRunning);
  EXPECT_THAT(driver->ip(context_), Not(IsEmpty()));
  EXPECT_EQ(driver->url(context_), "tcp://" + driver->ip(context_) + ":2376");
  const auto ssh = driver->ssh(context_);
  ASSERT_TRUE(ssh);
  EXPECT_EQ(ssh->host, driver->ip(context_));
  EXPECT_TRUE(std::filesystem::exists(ssh->key));
  driver->remove(context_);
  EXPECT_THAT(cloud_->left(), IsEmpty());
}

TEST_P(Cloud, StopsStartsKillsAndRestarts) {
  SimulatedMachine machine(*cloud_);
  machine.create();
  const auto driver = machine.driver();
  driver->stop(context_);
  EXPECT_EQ(driver->state(context_), State::kStopped);
  EXPECT_THROW(driver->url(context_), Error);
  driver->start(context_);
  EXPECT_EQ(driver->state(context_), State::kRunning);
  driver->restart(context_);
  EXPECT_EQ(driver->state(context_), State::kRunning);
  driver->kill(context_);
  EXPECT_EQ(driver->state(context_), State::kStopped);
  driver->remove(context_);
  EXPECT_THAT(cloud_->left(), IsEmpty());
}

TEST_P(Cloud, WritesTheRecordItReads) {
  SimulatedMachine machine(*cloud_);
  machine.create();
  EXPECT_EQ(machine.driver()->record(), machine.record);
}

TEST_P(Cloud, RemovesAHostThatWasNeverMade) {
  SimulatedMachine machine(*cloud_);
  const auto driver = machine.driver();
  driver->configure(cloud_->options());
  driver->remove(context_);
  EXPECT_THAT(cloud_->calls(), IsEmpty());
}

TEST_P(Cloud, RemovesTwice) {
  SimulatedMachine machine(*cloud_);
  machine.create();
  machine.driver()->remove(context_);
  machine.driver()->remove(context_);
  EXPECT_THAT(cloud_->left(), IsEmpty());
}

TEST_P(Cloud, SaysThatAHostIsGoneWhenItsProviderHasItNoMore) {
  SimulatedMachine machine(*cloud_);
  machine.create();
  const std::string record = machine.record;
  machine.driver()->remove(context_);
  machine.record = record;
  try {
    machine.driver()->state(context_);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), Kind::kNotFound) << e.message();
  }
}

// However far a process came before it died, what it kept by then is enough to find everything.
TEST_P(Cloud, RemovesAllByWhateverRecordWasKeptLast) {
  SimulatedMachine whole(*cloud_);
  whole.create();
  const auto saves = whole.records.size();
  whole.driver()->remove(context_);
  for (std::size_t save = 1; save <= saves; ++save) {
    SimulatedMachine machine(*cloud_);
    machine.die_at_save = save;
    EXPECT_THROW(machine.create(), SimulatedMachine::Died);
    machine.driver()->remove(context_);
    EXPECT_THAT(cloud_->left(), IsEmpty()) << "died at save " << save;

    SimulatedMachine late(*cloud_);
    late.create();
    late.record = late.records[save - 1];
    late.driver()->remove(context_);
    EXPECT_THAT(cloud_->left(), IsEmpty()) << "kept nothing after save " << save;
  }
}

class CloudWithFault : public Cloud {
 protected:
  // Lets each call of a creation fail in turn.
  void fail_each_call(CloudFault fault, bool must_succeed) {
    std::size_t number = 0;
    for (bool reached = true; reached; ++number) {
      SimulatedMachine machine(*cloud_);
      cloud_->fail(number, fault);
      try {
        machine.create();
      } catch (const Error& e) {
        EXPECT_FALSE(must_succeed) << "call " << number << ": " << e.message();
        EXPECT_THAT(cloud_->left(), IsEmpty()) << "call " << number << ": " << e.message();
      }
      reached = cloud_->calls().size() > number;
      cloud_->fail(1000, fault);
      machine.driver()->remove(context_);
      EXPECT_THAT(cloud_->left(), IsEmpty()) << "call " << number;
    }
    EXPECT_GT(number, 4U);
  }

  // Lets each call of a removal fail in turn. One that does not throw has removed all.
  void disturb_each_removal(CloudFault fault) {
    std::size_t number = 0;
    for (bool reached = true; reached; ++number) {
      SimulatedMachine machine(*cloud_);
      machine.create();
      cloud_->fail(number, fault);
      try {
        machine.driver()->remove(context_);
        EXPECT_THAT(cloud_->left(), IsEmpty()) << "call " << number << " failed and nobody was told";
      } catch (const Error&) {
        // The user is told, and removes again.
      }
      reached = cloud_->calls().size() > number;
      cloud_->fail(1000, fault);
      machine.driver()->remove(context_);
      ASSERT_THAT(cloud_->left(), IsEmpty()) << "call " << number;
    }
  }
};

TEST_P(CloudWithFault, WaitsWhenItIsThrottled) { fail_each_call(CloudFault::kThrottled, true); }
TEST_P(CloudWithFault, LeavesNothingWhenTheProviderIsBusy) { fail_each_call(CloudFault::kBusy, false); }
TEST_P(CloudWithFault, LeavesNothingWhenACallIsDoneButFails) { fail_each_call(CloudFault::kDoneButFailed, false); }
TEST_P(CloudWithFault, LeavesNothingWhenAnAnswerIsLost) { fail_each_call(CloudFault::kDoneButBrokenOff, false); }
TEST_P(CloudWithFault, LeavesNothingWhenTheProviderAnswersNonsense) { fail_each_call(CloudFault::kNonsense, false); }

TEST_P(CloudWithFault, RemovesAllOrSaysThatItDidNotWhenTheProviderIsBusy) { disturb_each_removal(CloudFault::kBusy); }
TEST_P(CloudWithFault, RemovesAllOrSaysThatItDidNotWhenACallIsDoneButFails) {
  disturb_each_removal(CloudFault::kDoneButFailed);
}
TEST_P(CloudWithFault, RemovesAllOrSaysThatItDidNotWhenAnAnswerIsLost) {
  disturb_each_removal(CloudFault::kDoneButBrokenOff);
}

const CloudKind kClouds[] = {
    {"AmazonEc2", simulate_ec2},
    {"Azure", simulate_azure},
    {"AzureWithGroup", simulate_azure_with_group},
    {"DigitalOcean", simulate_digitalocean},
    {"Google", simulate_google},
    {"Hetzner", simulate_hetzner},
    {"OpenStack", simulate_openstack},
    {"Vsphere", simulate_vsphere},
};
std::string name_of(const ::testing::TestParamInfo<CloudKind>& info) { return info.param.name; }
INSTANTIATE_TEST_SUITE_P(Clouds, Cloud, ::testing::ValuesIn(kClouds), name_of);
INSTANTIATE_TEST_SUITE_P(Clouds, CloudWithFault, ::testing::ValuesIn(kClouds), name_of);

}  // namespace
}  // namespace berth::machine
