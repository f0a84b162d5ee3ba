// The sample application: built, run and voted on, as its README says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"
#include "scenario/cli.h"
#include "scenario/engines.h"

namespace berth::scenario {
namespace {

using testing::Each;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

Context minutes() { return Context().with_timeout(std::chrono::minutes(10)); }

TEST(Voting, IsBuiltAndRunByBerthAndCountsVotes) {
  const Generation generation = missing(Generation::kNew) ? Generation::kOld : Generation::kNew;
  if (const auto why = missing(generation)) GTEST_SKIP() << *why;
  Lab lab;
  lab.add({"voting"}, generation);
  const std::string host = lab.docker_host("voting");
  const Path source = BERTH_SOURCE_DIR;
  run_checked(minutes(), {"env", "DOCKER_HOST=" + host, source / "tools/base-image"});

  UserFolder user(host, "voting");
  std::filesystem::copy(source / "examples/voting", user.path(), std::filesystem::copy_options::recursive);
  const Output up = user.compose({"up", "-d", "--build", "--wait"});
  ASSERT_EQ(up.status.code, 0) << up.err;
  EXPECT_THAT(user.states(), SizeIs(5));
  EXPECT_THAT(user.states(), Each(Pair(testing::_, "running")));

  const std::string address = "http://" + lab.ip("voting");
  const auto check = [&] {
    SpawnOptions options;
    options.environment = user.environment;
    options.environment->set("VOTE_URL", address + ":8080");
    options.environment->set("RESULT_URL", address + ":8081");
    return run(minutes(), {user.path() / "check"}, {}, options);
  };
  const Output first = check();
  EXPECT_EQ(first.status.code, 0) << first.out << first.err;

  // Votes are kept over a down, and nothing is recreated without need.
  const auto ids = user.ids();
  EXPECT_EQ(user.compose({"up", "-d", "--wait"}).status.code, 0);
  EXPECT_EQ(user.ids(), ids);
  EXPECT_EQ(user.compose({"down"}).status.code, 0);
  EXPECT_EQ(user.objects(), std::vector<std::string>{"volume voting_db-data"});
  EXPECT_EQ(user.compose({"up", "-d", "--wait"}).status.code, 0);
  const Output second = check();
  EXPECT_EQ(second.status.code, 0) << second.out << second.err;
  EXPECT_THAT(second.out, testing::HasSubstr("before:   3 to 2\n"));

  EXPECT_EQ(user.compose({"down", "-v", "--rmi", "local"}).status.code, 0);
  EXPECT_THAT(user.objects(), IsEmpty());
  EXPECT_EQ(user.engine().find_image(soon(), "voting-vote"), std::nullopt);
}

}  // namespace
}  // namespace berth::scenario
