// Engines that push to and pull from a real registry which asks who one is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/reference.h"
#include "scenario/cli.h"
#include "scenario/engines.h"
#include "scenario/registry.h"

namespace berth::scenario {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class ComposeRegistry : public testing::TestWithParam<Generation> {
 protected:
  void SetUp() override {
    if (const auto why = missing(GetParam())) GTEST_SKIP() << *why;
    if (const auto why = missing_registry()) FAIL() << *why;
    lab_.add({"one"}, GetParam());
    lab_.add_test_images("one");
    registry_.emplace(RegistryOptions{.network = lab_.network_of("one"), .login = true});
    user_ = std::make_unique<UserFolder>(lab_.docker_host("one"), "shop");
    image_ = registry_->address() + "/shop/web:1";
  }
  UserFolder& user() { return *user_; }
  engine::Client& engine() { return user_->engine(); }
  // The engine calls one of its images so.
  void name_it(const std::string& test_image) { engine().tag_image(soon(), test_image, image_); }
  void push(const std::string& test_image) {
    name_it(test_image);
    user().compose_file("services: {web: {image: '" + image_ + "', build: .}}\n");
    const Output pushed = user().compose({"push"});
    EXPECT_EQ(pushed.status.code, 0) << pushed.err;
  }
  // A program that knows who one is there, and a config.json that names it.
  void log_in() {
    user().write(
        "bin/docker-credential-test",
        "#!/bin/sh\nread server\n"
        "echo \"{\\\"ServerURL\\\":\\\"$server\\\",\\\"Username\\\":\\\"ada\\\",\\\"Secret\\\":\\\"secret\\\"}\"\n",
        0755);
    user().write("docker/config.json", R"({"credHelpers": {")" + registry_->address() + R"(": "test"}})");
    user().environment.set("DOCKER_CONFIG", user().path() / "docker");
    user().environment.set("PATH", (user().path() / "bin").string() + ":" + user().environment.get_or("PATH", ""));
  }

  Lab lab_;
  std::optional<Registry> registry_;
  std::string image_;

 private:
  std::unique_ptr<UserFolder> user_;
};

INSTANTIATE_TEST_SUITE_P(Engines, ComposeRegistry, testing::Values(Generation::kOld, Generation::kNew), name_of);

TEST_P(ComposeRegistry, ImagesAreToldByWhoeverTheHelperSaysOneIs) {
  name_it("berth/test:1");
  user().compose_file("services: {web: {image: '" + image_ + "', build: .}}\n");
  const Output refused = user().compose({"push"});
  EXPECT_EQ(refused.status.code, 1);
  EXPECT_THAT(refused.err, AllOf(HasSubstr(image_), HasSubstr("no basic auth credentials")));

  log_in();
  const Output pushed = user().compose({"push"});
  EXPECT_EQ(pushed.status.code, 0);
  EXPECT_THAT(pushed.err, HasSubstr("Image " + image_ + "  Pushed"));
  const std::string digest = engine::Reference::parse(engine().inspect_image(soon(), image_).repo_digests.at(0)).digest;

  for (const std::string& name : {image_, std::string("berth/test:1")}) engine().remove_image(soon(), name);
  user().compose_file("services: {web: {image: '" + image_ + "'}}\n");
  const Output pulled = user().compose({"pull"});
  EXPECT_EQ(pulled.status.code, 0) << pulled.err;
  EXPECT_THAT(pulled.err, HasSubstr("Image " + image_ + "  Pulled"));
  EXPECT_EQ(engine::Reference::parse(engine().inspect_image(soon(), image_).repo_digests.at(0)).digest, digest);
}

TEST_P(ComposeRegistry, APlanAsksWhetherAPullWouldBringAnotherImage) {
  log_in();
  push("berth/test:1");
  user().compose_file("services: {web: {image: '" + image_ + "', pull_policy: always}}\n");
  EXPECT_EQ(user().compose({"up", "-d"}).status.code, 0);
  const auto first = user().ids();
  const Output nothing = user().compose({"plan"});
  EXPECT_EQ(nothing.status.code, 0) << nothing.out;
  EXPECT_THAT(nothing.out, HasSubstr("No changes"));

  push("berth/test:2");
  name_it("berth/test:1");
  user().compose_file("services: {web: {image: '" + image_ + "', pull_policy: always}}\n");
  const Output newer = user().compose({"plan"});
  EXPECT_EQ(newer.status.code, 2);
  EXPECT_THAT(newer.out, HasSubstr("recreate shop-web-1  (image changed)"));
  EXPECT_EQ(user().ids(), first);
  EXPECT_EQ(user().compose({"up", "-d"}).status.code, 0);
  EXPECT_NE(user().ids(), first);
  EXPECT_EQ(user().inspect("shop-web-1").image, engine().inspect_image(soon(), "berth/test:2").id);
  EXPECT_EQ(user().compose({"plan"}).status.code, 0);

  registry_.reset();
  const Output unknown = user().compose({"plan"});
  EXPECT_EQ(unknown.status.code, 2);
  EXPECT_THAT(unknown.out, HasSubstr("image may have changed: its registry does not say"));
}

}  // namespace
}  // namespace berth::scenario
