#include "remote/publication.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/error.h"

namespace berth::remote {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Files = std::map<std::string, std::string>;

Publication published(const std::string& text, const Files& others = {}, bool with_env = true) {
  Files files = others;
  files["/app/compose.yaml"] = text;
  compose::Project project;
  project.working_dir = "/app";
  project.compose_files = {"/app/compose.yaml"};
  project.environment.set("NAME", "base");
  return publication(project, compose::MemoryReader(files), with_env);
}

std::string name(const std::string& path, const char* extension) { return sha256_hex(path) + extension; }

TEST(Publication, KeepsTheTextButForNamesOfFiles) {
  const Publication made = published(
      "# as written\nservices:\n  wéb: {image: '$X', env_file: 'a.env', extends: {file: \"${NAME}.yaml\", service: "
      "b}}\n"
      "  db:\n    env_file:\n      - path: sub/b.env # comment\n        required: false\n",
      {{"/app/a.env", "A=1"}, {"/app/base.yaml", "services: {b: {env_file: c.env}}"}, {"/app/c.env", "C=1"}});
  ASSERT_EQ(made.files.size(), 4U);
  EXPECT_EQ(made.files[0].bytes,
            "# as written\nservices:\n  wéb: {image: '$X', env_file: " + name("/app/a.env", ".env") +
                ", extends: {file: " + name("/app/base.yaml", ".yaml") +
                ", service: b}}\n  db:\n    env_file:\n      - path: " + name("/app/sub/b.env", ".env") +
                " # comment\n        required: false\n");
  EXPECT_EQ(made.files[1].role, ArtifactFile::Role::kExtended);
  EXPECT_EQ(made.files[1].name, name("/app/base.yaml", ".yaml"));
  EXPECT_EQ(made.files[1].bytes, "services: {b: {env_file: " + name("/app/c.env", ".env") + "}}");
  EXPECT_EQ(made.files[2].role, ArtifactFile::Role::kEnv);
}

TEST(Publication, LeavesEnvFilesOutUnlessAskedForThem) {
  EXPECT_EQ(published("services: {a: {env_file: a.env}}", {{"/app/a.env", "A=1"}}, false).files.size(), 1U);
}

TEST(Publication, RefusesLocalIncludesAndTakesRemoteOnes) {
  EXPECT_EQ(published("include: ['oci://x/y', {path: ['https://x/y.git']}]").files.size(), 1U);
  try {
    published("services: {}\ninclude:\n  - path: [oci://x/y, db.yaml]\n");
    FAIL();
  } catch (const Error& e) {
    EXPECT_THAT(e.message(),
                HasSubstr("/app/compose.yaml:3:23: cannot publish compose file with local includes: 'db.yaml'"));
  }
}

TEST(Publication, SaysWhereANameCannotBeReplaced) {
  EXPECT_THROW(published("services: {a: {env_file: &e a.env}}"), Error);
}

TEST(Sensitive, IsWhatLooksLikeASecret) {
  const auto kinds = [](std::string_view text) {
    std::vector<std::string> all;
    for (const Sensitive& found : find_sensitive(text)) all.push_back(std::to_string(found.line) + " " + found.what);
    return all;
  };
  EXPECT_THAT(kinds("a: b\nk: AKIAABCDEFGHIJKLMNOP\n"), ElementsAre("2 AWS access key"));
  EXPECT_THAT(kinds("-----BEGIN RSA PRIVATE KEY-----"), ElementsAre("1 private key"));
  EXPECT_THAT(kinds("url: postgres://u:hush@db/x"), ElementsAre("1 password in a URL"));
  EXPECT_THAT(kinds("  - DB_PASSWORD=hush"), ElementsAre("1 value under a name that speaks of a secret"));
  EXPECT_THAT(kinds("  \"API-KEY\": \"hush\""), ElementsAre("1 value under a name that speaks of a secret"));
  for (const char* harmless : {"DB_PASSWORD: $P", "- DB_PASSWORD=${P}", "DB_PASSWORD_FILE: /run/secrets/p",
                               "# password: hush", "secrets:", "  token: {file: ./token}", "url: http://u:$P@h/",
                               "image: redis:7", "password: /run/p", "see https://x/a:b@c"}) {
    EXPECT_THAT(kinds(harmless), ElementsAre()) << harmless;
  }
}

}  // namespace
}  // namespace berth::remote
