#include "converge/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "compose/file_contents.h"
#include "compose/hash.h"
#include "compose/load.h"
#include "converge/granted_files.h"
#include "converge/pretend_engine_test.h"

namespace berth::converge {
namespace {

using ::testing::ElementsAre;
using testing::project;

constexpr std::string_view kShop = R"(
services:
  web: {image: 'app:1', environment: {PRICE: '5$$'}, configs: [greeting], secrets: [password]}
  db: {image: 'db:1', volumes: ['data:/data']}
volumes: {data: {}}
configs: {greeting: {content: hello}}
secrets: {password: {file: ./password.txt}}
)";

compose::Project shop(const std::string& password) {
  compose::Project result = project(kShop);
  const std::map<std::string, std::string> files = {{"/shop/password.txt", password}};
  compose::read_file_contents(result, compose::MemoryReader(files), false);
  return result;
}

Release release(const std::string& password = "old", Release::Result result = Release::Result::kConverged) {
  Release made = release_of(shop(password));
  made.result = result;
  made.image_ids = {{"app:1", "sha256:a"}, {"db:1", "sha256:d"}};
  return made;
}

TEST(History, AProjectComesBackAsItWas) {
  const compose::Project before = shop("old");
  const compose::Project after = project_of(release_of(before), compose::MemoryReader(), false);
  ASSERT_EQ(after.services.size(), 2U);
  for (const auto& [name, service] : before.services) {
    EXPECT_EQ(compose::service_hash(service), compose::service_hash(after.services.find(name)->second)) << name;
    EXPECT_EQ(granted_files(before, service), granted_files(after, after.services.find(name)->second));
  }
  EXPECT_EQ(after.name, "shop");
  EXPECT_EQ(after.working_dir, "/shop");
  EXPECT_EQ(after.services.find("web")->second.environment.find("PRICE")->second, "5$");
  EXPECT_EQ(after.secrets.find("password")->second.content, "old");
  EXPECT_EQ(after.secrets.find("password")->second.file, "");
}

TEST(History, ReleasesAreKeptInFilesThatOnlyTheirUserReads) {
  const TemporaryFolder folder;
  History history(folder.path(), "unix:///engine", "shop");
  EXPECT_THAT(history.list(), ::testing::IsEmpty());
  EXPECT_EQ(history.add(release()), 1);
  struct stat file{};
  ASSERT_EQ(::stat((history.folder() / "1.json").c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777U, 0600U);
  ASSERT_EQ(::stat(history.folder().c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777U, 0700U);
  const std::vector<Release> releases = history.list();
  ASSERT_EQ(releases.size(), 1U);
  EXPECT_TRUE(releases[0].is_like(release()));
  EXPECT_EQ(releases[0].contents.at("secrets.password"), "old");
  EXPECT_THAT(History(folder.path(), "tcp://other", "shop").list(), ::testing::IsEmpty());
}

TEST(History, AnUpThatChangesNothingIsNoReleaseAndTheLastTenAreKept) {
  const TemporaryFolder folder;
  History history(folder.path(), "unix:///engine", "shop");
  EXPECT_EQ(history.add(release("0")), 1);
  EXPECT_EQ(history.add(release("0")), 1);
  for (int i = 1; i < 12; ++i) EXPECT_EQ(history.add(release(std::to_string(i))), i + 1);
  const std::vector<Release> releases = history.list();
  ASSERT_EQ(releases.size(), 10U);
  EXPECT_EQ(releases.front().number, 3);
  EXPECT_EQ(releases.back().number, 12);
}

TEST(History, FilesThatCannotBeUnderstoodArePassedOver) {
  const TemporaryFolder folder;
  History history(folder.path(), "unix:///engine", "shop");
  history.add(release());
  write_file(history.folder() / "7.json", "{\"number\": ");
  write_file(history.folder() / "8.json", "{\"number\": \"eight\"}");
  EXPECT_EQ(history.list().size(), 1U);
}

std::optional<int> before(std::vector<Release> releases) {
  for (std::size_t i = 0; i < releases.size(); ++i) releases[i].number = static_cast<int>(i) + 1;
  const Release* found = release_before(releases);
  return found == nullptr ? std::nullopt : std::optional(found->number);
}

Release returned(int to, const std::string& password) {
  Release made = release(password);
  made.returns_to = to;
  return made;
}

TEST(History, ARollbackReturnsToTheNewestThatConvergedAndDiffers) {
  using Result = Release::Result;
  EXPECT_EQ(before({}), std::nullopt);
  EXPECT_EQ(before({release("a")}), std::nullopt);
  EXPECT_EQ(before({release("a"), release("b")}), 1);
  EXPECT_EQ(before({release("a"), release("b", Result::kFailed), release("c")}), 1);
  EXPECT_EQ(before({release("a"), release("b"), release("c", Result::kRolledBack)}), 2);
  EXPECT_EQ(before({release("a"), release("b"), release("a")}), 2);
  // The second rollback goes one further back.
  EXPECT_EQ(before({release("a"), release("b"), release("c"), returned(2, "b")}), 1);
  EXPECT_EQ(before({release("a"), release("b"), returned(1, "a")}), std::nullopt);
}

TEST(History, WhatChangedIsToldByService) {
  EXPECT_THAT(changed_services(release("a"), release("a")), ElementsAre());
  EXPECT_THAT(changed_services(release("a"), release("b")), ElementsAre("web"));
  Release other = release("a");
  other.image_ids["db:1"] = "sha256:e";
  EXPECT_THAT(changed_services(release("a"), other), ElementsAre("db"));
  EXPECT_THAT(changed_services(release_of(project("services: {web: {image: a}, db: {image: d}}")),
                               release_of(project("services: {web: {image: a}, mail: {image: m}}"))),
              ElementsAre("db", "mail"));
}

}  // namespace
}  // namespace berth::converge
