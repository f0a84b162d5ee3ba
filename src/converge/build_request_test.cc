#include "converge/build_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/strings.h"
#include "converge/images.h"
#include "converge/pretend_engine_test.h"

namespace berth::converge {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using testing::project;

buildkit::BuildRequest request_of(const std::string& build, const BuildxFlags& flags = {}) {
  const compose::Project loaded = project("services: {web: {build: " + build + "}, db: {build: /db}}");
  return build_request(loaded, loaded.services.at("web"), flags);
}

// Without what every build has.
std::string attributes_of(const std::string& build, const BuildxFlags& flags = {}) {
  std::string text;
  for (const auto& [name, value] : request_of(build, flags).attributes) {
    const bool every =
        name.starts_with("label:com.docker.compose.") || name == "image-resolve-mode" || name == "filename";
    if (!every) text += name + "=" + value + "\n";
  }
  return text;
}

std::string refusal_of(const std::string& build) {
  try {
    request_of(build);
  } catch (const Error& e) {
    return e.message();
  }
  return "nothing was thrown";
}

TEST(BuildRequest, TagsTheServicesImageWithTheProjectsLabels) {
  const buildkit::BuildRequest request = request_of("{context: /src, tags: ['shop/web:2']}");
  EXPECT_THAT(request.tags, ElementsAre("shop-web", "shop/web:2"));
  EXPECT_EQ(request.frontend, "dockerfile.v0");
  EXPECT_EQ(request.attributes.at("label:com.docker.compose.project"), "shop");
  EXPECT_EQ(request.attributes.at("label:com.docker.compose.service"), "web");
}

TEST(BuildRequest, HasAnAttributeForEachOfTheBuilds) {
  EXPECT_EQ(
      attributes_of("{context: /src, target: t, args: {A: 1}, labels: {x: y}, no_cache: true, shm_size: 1m, "
                    "ulimits: {nofile: 5}, platforms: [linux/amd64, linux/arm64], provenance: mode=max, sbom: true}"),
      "attest:provenance=mode=max\nattest:sbom=\nbuild-arg:A=1\nlabel:x=y\nno-cache=\n"
      "platform=linux/amd64,linux/arm64\nshm-size=1048576\ntarget=t\nulimit=nofile=5:5\n");
  EXPECT_EQ(attributes_of("{context: /src, no_cache_filter: [a, b], network: none}"),
            "force-network-mode=none\nno-cache=a,b\n");
}

TEST(BuildRequest, AsksForWhatTheBuildIsAllowed) {
  EXPECT_THAT(request_of("{context: /src, network: host, privileged: true}").entitlements,
              ElementsAre("network.host", "security.insecure"));
  EXPECT_THAT(request_of("{context: /src, extra_hosts: [a=1.2.3.4, h=host-gateway]}").extra_hosts,
              ElementsAre("a=1.2.3.4", "h=host-gateway"));
}

TEST(BuildRequest, FindsTheDockerfileWhereverItIs) {
  const auto place = [](const std::string& build) {
    const buildkit::BuildRequest request = request_of(build);
    const auto folder = request.folders.find("dockerfile");
    return (folder == request.folders.end() ? "" : folder->second.string() + " ") + request.attributes.at("filename");
  };
  EXPECT_EQ(place("/src"), "/src Dockerfile");
  EXPECT_EQ(place("{context: /src, dockerfile: sub/D}"), "/src/sub D");
  EXPECT_EQ(place("{context: /src, dockerfile: /other/D}"), "/other D");
  EXPECT_EQ(place("{context: 'https://x.test/a.git', dockerfile: sub/D}"), "sub/D");
  EXPECT_EQ(place("{context: 'https://x.test/a.git'}"), "Dockerfile");
  const buildkit::BuildRequest in_place = request_of("{context: /src, dockerfile_inline: FROM x}");
  EXPECT_EQ(in_place.dockerfile, "FROM x");
  EXPECT_THAT(in_place.folders, ElementsAre(Pair("context", "/src")));
}

TEST(BuildRequest, KnowsFurtherContextsByTheirNames) {
  const buildkit::BuildRequest request = request_of(
      "{context: /src, additional_contexts: {a: /a, context: /b, base: 'docker-image://alpine', up: 'service:db'}}");
  EXPECT_EQ(request.folders.at("a"), "/a");
  EXPECT_EQ(request.folders.at("_context"), "/b");
  EXPECT_EQ(request.attributes.at("context:a"), "local:a");
  EXPECT_EQ(request.attributes.at("context:context"), "local:_context");
  EXPECT_EQ(request.attributes.at("context:base"), "docker-image://alpine");
  EXPECT_EQ(request.attributes.at("context:up"), "docker-image://shop-db");
}

TEST(BuildRequest, TakesCachesAsDockerWritesThem) {
  const buildkit::BuildRequest request = request_of(
      "{context: /src, cache_from: [shop/web, 'type=gha,scope=x'], cache_to: [type=inline], args: "
      "{BUILDKIT_INLINE_CACHE: 1}}");
  EXPECT_EQ(request.cache_from[0], (buildkit::CacheEntry{"registry", {{"ref", "shop/web"}}}));
  EXPECT_EQ(request.cache_from[1], (buildkit::CacheEntry{"gha", {{"scope", "x"}}}));
  EXPECT_THAT(request.cache_to, ElementsAre(buildkit::CacheEntry{"inline", {}}, buildkit::CacheEntry{"inline", {}}));
}

TEST(BuildRequest, WhatTheCommandLineSaysGoesOverTheFile) {
  EXPECT_EQ(attributes_of("{context: /src, args: {A: 1}, provenance: true}",
                          {.args = {{"A", "2"}}, .no_cache = true, .provenance = "false"}),
            "build-arg:A=2\nno-cache=\n");
  EXPECT_THAT(request_of("{context: /src, ssh: [default]}", {.ssh = {"k=/x/y"}}).ssh,
              ElementsAre(Pair("default", ""), Pair("k", "/x/y")));
}

TEST(BuildRequest, RefusesWhatThePluginIsNeededFor) {
  EXPECT_THAT(refusal_of("{context: /src, cache_to: ['type=local,dest=x']}"),
              HasSubstr("needs docker's buildx plugin"));
  EXPECT_THAT(refusal_of("{context: /src, additional_contexts: {a: 'oci-layout://x'}}"),
              HasSubstr("needs docker's buildx plugin"));
  EXPECT_THAT(refusal_of("{context: /src, network: front}"), HasSubstr("BuildKit takes 'host', 'none' or 'default'"));
}

TEST(BuildPlan, PushesAllTagsAfterABuildOfTheEngines) {
  const compose::Project loaded =
      project("services: {web: {image: 'r.test/web', build: {context: /src, tags: ['r.test/web:2']}}}");
  const Plan plan = plan_build(loaded, {.buildx = {.push = true}, .builder = Builder::kBuildKit});
  ASSERT_EQ(plan.operations.size(), 3U);
  EXPECT_TRUE(std::get<BuildImage>(plan.operations[0].action).buildkit);
  EXPECT_EQ(std::get<PushImage>(plan.operations[1].action).image, "r.test/web");
  EXPECT_EQ(std::get<PushImage>(plan.operations[2].action).image, "r.test/web:2");
  ASSERT_EQ(plan.operations[1].after.size(), 1U);
  EXPECT_EQ(plan.operations[1].after[0].operation, plan.operations[0].number);
  EXPECT_THAT(plan.operations[0].after, IsEmpty());
}

}  // namespace
}  // namespace berth::converge
