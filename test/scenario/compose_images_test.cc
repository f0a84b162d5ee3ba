// Images that a remote engine lacks come from the engine of this computer, without a registry: two real engines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "engine/image_copy.h"
#include "scenario/cli.h"
#include "scenario/engines.h"

namespace berth::scenario {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

class ComposeImages : public testing::TestWithParam<Generation> {
 protected:
  void SetUp() override {
    for (const Generation generation : {Generation::kNew, GetParam()}) {
      if (const auto why = missing(generation)) GTEST_SKIP() << *why;
    }
    lab_.emplace();
    lab_->add({"here"}, Generation::kNew);
    lab_->add({"there"}, GetParam());
    lab_->add_test_images("here");
    user_ = std::make_unique<UserFolder>(lab_->docker_host("there"), "shop");
    user().environment.set("BERTH_IMAGES_FROM", lab_->docker_host("here"));
  }

  Lab& lab() { return *lab_; }
  UserFolder& user() { return *user_; }

 private:
  std::optional<Lab> lab_;
  std::unique_ptr<UserFolder> user_;
};

INSTANTIATE_TEST_SUITE_P(Engines, ComposeImages, testing::Values(Generation::kOld, Generation::kNew), name_of);

TEST_P(ComposeImages, UpCopiesWhatIsMissingThere) {
  user().compose_file("services: {web: {image: 'berth/test:1'}, other: {image: 'berth/test:2', pull_policy: never}}\n");
  const Output plan = user().compose({"--dry-run", "up", "-d"});
  EXPECT_EQ(plan.status.code, 0) << plan.err;
  EXPECT_THROW(user().engine().inspect_image(soon(), "berth/test:1"), Error);
  const Output up = user().compose({"up", "-d", "--wait"});
  EXPECT_EQ(up.status.code, 0) << up.err;
  EXPECT_THAT(up.err, HasSubstr("Image berth/test:1  Copied"));
  EXPECT_THAT(user().states(), Contains(Pair("shop-web-1", "running")));
  EXPECT_THAT(user().states(), Contains(Pair("shop-other-1", "running")));
  const Output again = user().compose({"up", "-d", "--wait"});
  EXPECT_THAT(again.err, Not(HasSubstr("Copied")));
}

TEST_P(ComposeImages, PullPolicySaysWhetherTheyMayBeCopied) {
  user().compose_file("services: {web: {image: 'berth/test:1', pull_policy: always}}\n");
  EXPECT_EQ(user().compose({"up", "-d"}).status.code, 1);
  user().compose_file("services: {web: {image: 'berth/test:1', pull_policy: never}}\n");
  user().environment.set("BERTH_IMAGES_FROM", "");
  const Output refused = user().compose({"up", "-d"});
  EXPECT_EQ(refused.status.code, 1);
  EXPECT_THAT(refused.err, HasSubstr("is not on the engine"));
  EXPECT_TRUE(user().states().empty());
}

TEST_P(ComposeImages, OnlyMissingLayersAreSent) {
  engine::Client& here = lab().client("here");
  engine::Client& there = lab().client("there");
  const std::uint64_t whole = engine::copy_image(soon(), here, there, "berth/test:1");
  EXPECT_GT(whole, 1U << 20);
  // An image with one small layer on top of that one.
  engine::ContainerCreate create;
  create.config.image = "berth/test:1";
  create.config.cmd = {"sh", "-c", "echo more > /more"};
  const auto container = here.create_container(soon(), create).id;
  here.start_container(soon(), container);
  here.wait_container(soon(), container).exit(soon());
  here.commit_container(soon(), container, {.repository = "berth/more", .tag = "1"});
  const std::uint64_t more = engine::copy_image(soon(), here, there, "berth/more:1");
  EXPECT_EQ(there.inspect_image(soon(), "berth/more:1").layers.size(), 2U);
  EXPECT_LT(more, 100U << 10);
}

TEST_P(ComposeImages, BridgeRunsTransformationsOnAnyEngine) {
  engine::Client& there = lab().client("there");
  engine::copy_image(soon(), lab().client("here"), there, "berth/test:1");
  engine::ContainerCreate create;
  create.config.image = "berth/test:1";
  const auto container = there.create_container(soon(), create).id;
  engine::CommitOptions commit{.repository = "berth/conversion", .tag = "1"};
  commit.changes = {R"(ENTRYPOINT ["sh", "-c", "cp /in/compose.yaml /out/model.yaml; ls /templates > /out/list"])",
                    "CMD []", "EXPOSE 7000", "LABEL com.docker.compose.bridge=transformation"};
  there.commit_container(soon(), container, commit);
  user().compose_file("services: {web: {image: 'berth/conversion:1'}}\n");
  user().write("own/a.tmpl", "");
  const Output converted =
      user().compose({"bridge", "convert", "-t", "berth/conversion:1", "--templates", "own", "-o", "made"});
  EXPECT_EQ(converted.status.code, 0) << converted.err;
  EXPECT_THAT(read_file(user().path() / "made/model.yaml"), HasSubstr("expose:\n      - \"7000\""));
  EXPECT_EQ(read_file(user().path() / "made/list"), "a.tmpl\n");
  EXPECT_EQ(user().compose({"bridge", "transformations", "list", "-q"}).out, "berth/conversion:1\n");
  EXPECT_TRUE(user().states().empty());
}

}  // namespace
}  // namespace berth::scenario
