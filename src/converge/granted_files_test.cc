#include "converge/granted_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "converge/pretend_engine_test.h"

namespace berth::converge {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

std::string files_of(std::string_view content, std::string_view token = "hidden") {
  compose::Project project = testing::project(
      "services: {web: {image: a, configs: [app], secrets: [token]}}\n"
      "configs: {app: {content: '" +
      std::string(content) + "'}}\nsecrets: {token: {environment: TOKEN}}");
  project.secrets.at("token").content = token;
  return granted_files(project, project.services.at("web"));
}

TEST(GrantedFiles, EachHasAShortDigest) {
  EXPECT_THAT(files_of("a=1"), MatchesRegex("config app=[0-9a-f]{8} secret token=[0-9a-f]{8}"));
  const compose::Project project = testing::project("services: {web: {image: a}}");
  EXPECT_EQ(granted_files(project, project.services.at("web")), "");
}

TEST(GrantedFiles, TheOneThatChangedIsNamed) {
  EXPECT_THAT(changed_files(files_of("a=1"), files_of("a=1")), IsEmpty());
  EXPECT_THAT(changed_files(files_of("a=1"), files_of("a=2")), ElementsAre("config 'app' changed"));
  EXPECT_THAT(changed_files(files_of("a=1"), files_of("a=1", "other")), ElementsAre("secret 'token' changed"));
}

TEST(GrantedFiles, AContainerThatDoesNotSayIsTakenAsItIs) {
  EXPECT_THAT(changed_files("", files_of("a=1")), IsEmpty());
}

}  // namespace
}  // namespace berth::converge
