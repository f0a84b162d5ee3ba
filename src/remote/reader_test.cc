#include "remote/reader.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "base/process.h"
#include "remote/git_checkout.h"

namespace berth::remote {
namespace {

using namespace std::chrono_literals;

const Context kPatient = Context().with_timeout(60s);

// A repository with one commit on "main", tagged v1.
class GitRepository {
 public:
  GitRepository() {
    write_file(path() / "app" / "compose.yaml", "services: {web: {image: a}}\n");
    run_checked(kPatient, {"git", "init", "--quiet", "--initial-branch=main", path()});
    git({"add", "--all"});
    git({"-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--message", "x"});
    git({"tag", "v1"});
  }
  const Path& path() const { return folder_.path(); }

 private:
  void git(std::vector<std::string> words) {
    words.insert(words.begin(), {"git", "-C", path()});
    run_checked(kPatient, words);
  }
  TemporaryFolder folder_;
};

TEST(CheckOut, FetchesACommitOnce) {
  const GitRepository repository;
  const TemporaryFolder cache;
  const Environment environment = Environment::of_process();
  const Path folder = check_out(kPatient, {repository.path(), "v1", {}}, cache.path(), environment);
  EXPECT_EQ(read_file(folder / "app" / "compose.yaml"), "services: {web: {image: a}}\n");
  write_file(folder / "mark", "");
  EXPECT_EQ(check_out(kPatient, {repository.path(), "main", {}}, cache.path(), environment), folder);
  EXPECT_EQ(check_out(kPatient, {repository.path(), "HEAD", {}}, cache.path(), environment), folder);
  EXPECT_TRUE(read_file_if_exists(folder / "mark"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(cache.path()), {}), 1);
}

TEST(CheckOut, SaysWhatIsNotThere) {
  const GitRepository repository;
  const TemporaryFolder cache;
  const Environment environment = Environment::of_process();
  EXPECT_THROW(check_out(kPatient, {repository.path(), "v2", {}}, cache.path(), environment), Error);
  EXPECT_THROW(check_out(kPatient, {"/nowhere", "HEAD", {}}, cache.path(), environment), Error);
  EXPECT_TRUE(std::filesystem::is_empty(cache.path()));
}

TEST(Reader, KnowsWhatIsElsewhere) {
  const Reader reader(kPatient, Environment());
  EXPECT_TRUE(reader.is_remote("oci://registry.example.org/app"));
  EXPECT_TRUE(reader.is_remote("git@example.org:app.git"));
  EXPECT_TRUE(reader.is_remote("https://example.org/compose.yaml"));
  EXPECT_FALSE(reader.is_remote("compose.yaml"));
  EXPECT_FALSE(reader.is_remote("/a:b@c/compose.yaml"));
  EXPECT_THROW(reader.fetch("https://example.org/compose.yaml"), Error);
}

TEST(Reader, CanBeToldToFetchNothing) {
  const Reader reader(
      kPatient, Environment({{"COMPOSE_EXPERIMENTAL_GIT_REMOTE", "false"}, {"COMPOSE_EXPERIMENTAL_OCI_REMOTE", "0"}}));
  for (const char* address : {"git@example.org:app.git", "oci://127.0.0.1:1/app"}) {
    try {
      reader.fetch(address);
      FAIL();
    } catch (const Error& e) {
      EXPECT_EQ(e.kind(), Kind::kForbidden);
    }
  }
}

}  // namespace
}  // namespace berth::remote
