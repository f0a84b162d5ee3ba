#include "converge/buildx_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/strings.h"
#include "converge/bake.h"
#include "converge/pretend_engine_test.h"

namespace berth::converge {
namespace {

using ::testing::HasSubstr;
using testing::project;

BuildxCommand command_of(std::string_view yaml, const BuildxFlags& flags = {}) {
  const compose::Project loaded = project(yaml);
  return buildx_command(loaded, loaded.services.at("web"), flags);
}

// Without what every build has.
std::string options_of(std::string_view build, const BuildxFlags& flags = {}) {
  std::string text = join(command_of("services: {web: {build: " + std::string(build) + "}}", flags).arguments, " ");
  text = replace_all(text, "build --progress plain --load --tag shop-web ", "");
  for (const char* label : {"project=shop", "service=web", "version=2.40.3"}) {
    text = replace_all(text, std::string("--label com.docker.compose.") + label + " ", "");
  }
  return text;
}

TEST(BuildxCommand, LoadsTheServicesImageWithTheProjectsLabels) {
  EXPECT_EQ(join(command_of("services: {web: {build: /src}}").arguments, " "),
            "build --progress plain --load --tag shop-web --label com.docker.compose.project=shop "
            "--label com.docker.compose.service=web --label com.docker.compose.version=2.40.3 "
            "--file /src/Dockerfile /src");
}

TEST(BuildxCommand, HasAnOptionForEachAttribute) {
  EXPECT_EQ(
      options_of("{context: /src, dockerfile: sub/D, target: t, network: host, args: {A: 1, B: }, no_cache: true, "
                 "pull: true, privileged: true, entitlements: [network.host], shm_size: 1m, "
                 "extra_hosts: [a=1.2.3.4], ulimits: {nofile: 5}, platforms: [linux/amd64, linux/arm64]}"),
      "--target t --platform linux/amd64,linux/arm64 --build-arg A=1 --no-cache --pull --network host "
      "--add-host a:1.2.3.4 --shm-size 1048576 --ulimit nofile=5:5 --allow network.host "
      "--allow security.insecure --file /src/sub/D /src");
  EXPECT_EQ(options_of("{context: /src, cache_from: [type=gha, x], cache_to: [type=gha], no_cache_filter: [a, b], "
                       "provenance: mode=max, sbom: true, ssh: [default, k=/x/y]}"),
            "--provenance mode=max --sbom true --cache-from type=gha --cache-from x --cache-to type=gha "
            "--no-cache-filter a,b --ssh default --ssh k=/x/y --file /src/Dockerfile /src");
}

TEST(BuildxCommand, WhatTheCommandLineSaysGoesOverTheFile) {
  EXPECT_EQ(options_of("{context: /src, args: {A: 1}}", {.args = {{"A", "2"}}, .no_cache = true, .builder = "b"}),
            "build --progress plain --builder b --load --tag shop-web --build-arg A=2 --no-cache "
            "--file /src/Dockerfile /src");
  EXPECT_THAT(join(command_of("services: {web: {build: /src}}", {.push = true}).arguments, " "),
              HasSubstr("plain --push --tag shop-web"));
  EXPECT_THAT(join(command_of("services: {web: {build: /src}}", {.check = true}).arguments, " "),
              HasSubstr("plain --check --tag shop-web"));
}

TEST(BuildxCommand, ADockerfileGivenInPlaceIsItsInput) {
  const BuildxCommand command = command_of("services: {web: {build: {context: /src, dockerfile_inline: FROM a}}}");
  EXPECT_EQ(command.dockerfile, "FROM a");
  EXPECT_THAT(join(command.arguments, " "), HasSubstr("--file - /src"));
}

TEST(BuildxCommand, AnotherServicesImageIsAContext) {
  EXPECT_THAT(join(command_of("services:\n"
                              "  web: {build: {context: /src, additional_contexts: {base: 'service:base', o: /o}}}\n"
                              "  base: {image: 'base:1', build: /base}")
                       .arguments,
                   " "),
              HasSubstr("--build-context base=docker-image://base:1 --build-context o=/o"));
}

TEST(BuildxCommand, SecretsThatAreNoFilesTravelInVariables) {
  compose::Project loaded = project(
      "services: {web: {build: {context: /src, secrets: [plain, {source: file, target: t}]}}}\n"
      "secrets: {plain: {environment: PLAIN}, file: {file: '/a,b'}}");
  loaded.secrets.at("plain").content = "hid,den";
  const BuildxCommand command = buildx_command(loaded, loaded.services.at("web"), {});
  EXPECT_THAT(join(command.arguments, " "),
              HasSubstr("--secret id=plain,type=env,env=BERTH_BUILD_SECRET_0 --secret id=t,type=file,\"src=/a,b\""));
  EXPECT_THAT(join(command.arguments, " "), ::testing::Not(HasSubstr("hid,den")));
  EXPECT_EQ(command.environment.at("BERTH_BUILD_SECRET_0"), "hid,den");
  EXPECT_THROW(command_of("services: {web: {build: {context: /src, secrets: [s]}}}\nsecrets: {s: {external: true}}"),
               Error);
}

TEST(Buildx, IsNeededByWhatTheClassicBuilderCannotActOn) {
  const compose::Project loaded =
      project("services:\n  web:\n    build:\n      context: /src\n      ssh: [default]\n      sbom: true\n");
  EXPECT_THAT(yaml::to_text(needs_of_buildkit(loaded)), HasSubstr("services.web.build.ssh: needs BuildKit"));
  EXPECT_THAT(yaml::to_text(needs_of_buildkit(loaded)), HasSubstr(":5:7: "));
  EXPECT_THAT(yaml::to_text(wishes_of_buildkit(loaded)), HasSubstr("services.web.build.sbom: has no effect"));
  EXPECT_TRUE(needs_of_buildkit(project("services: {web: {build: /src}}")).empty());
}

TEST(Bake, PrintsTheBuildsAsAFileForBuildx) {
  EXPECT_EQ(bake_file(project("services: {web: {build: {context: /src, target: t}}, db: {image: db}}"), {}), R"({
  "group": {
    "default": {
      "targets": [
        "web"
      ]
    }
  },
  "target": {
    "web": {
      "context": "/src",
      "dockerfile": "/src/Dockerfile",
      "labels": {
        "com.docker.compose.project": "shop",
        "com.docker.compose.service": "web",
        "com.docker.compose.version": "2.40.3"
      },
      "tags": [
        "shop-web"
      ],
      "target": "t",
      "output": [
        "type=docker"
      ]
    }
  }
})");
}

TEST(Bake, SaysAllThatTheBuildItselfIsTold) {
  const std::string file = bake_file(
      project("services: {web: {platform: linux/arm64, build: {context: /src, no_cache_filter: [a], dockerfile: D}}}"),
      {.args = {{"A", "1"}}});
  EXPECT_THAT(file, HasSubstr("\"platforms\": [\n        \"linux/arm64\""));
  EXPECT_THAT(file, HasSubstr("\"no-cache-filter\": [\n        \"a\""));
  EXPECT_THAT(file, HasSubstr("\"dockerfile\": \"/src/D\""));
  EXPECT_THAT(file, HasSubstr("\"A\": \"1\""));
}

}  // namespace
}  // namespace berth::converge
