#include "engine/build_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "base/process.h"
#include "base/strings.h"
#include "engine/tar.h"

namespace berth::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string bytes_of(BuildContext& context, std::size_t piece = 1'000) {
  std::string out;
  std::string buffer(piece, '\0');
  while (const std::size_t size = context.read({}, buffer)) out.append(buffer, 0, size);
  return out;
}

// Names of the members, as the system's tar lists them.
std::vector<std::string> names_of(const std::string& tar) {
  std::vector<std::string> names = split(run_checked({}, {"tar", "-t"}, tar), '\n');
  names.pop_back();
  return names;
}

std::string member(const std::string& tar, const std::string& name) {
  return run_checked({}, {"tar", "-xO", name}, tar);
}

class BuildContextTar : public testing::Test {
 protected:
  void file(const std::string& name, std::string_view text = "x") { write_file(folder_.path() / name, text); }
  std::string tar(BuildContextOptions options = {}) {
    options.folder = folder_.path();
    BuildContext context(options);
    dockerfile_ = context.dockerfile();
    return bytes_of(context);
  }
  TemporaryFolder folder_;
  std::string dockerfile_;
};

TEST_F(BuildContextTar, HoldsTheFolderInOrderOfNames) {
  file("Dockerfile", "FROM x");
  file("b/two", std::string(200'000, '2'));
  file("a", "");
  file("c/\xC3\xA4", "umlaut");
  const std::string out = tar();
  EXPECT_EQ(run_checked({}, {"env", "LC_ALL=C.UTF-8", "tar", "-t", "--quoting-style=literal"}, out),
            "Dockerfile\na\nb/\nb/two\nc/\nc/\xC3\xA4\n");
  EXPECT_EQ(member(out, "b/two").size(), 200'000U);
  EXPECT_EQ(member(out, "Dockerfile"), "FROM x");
  EXPECT_EQ(dockerfile_, "Dockerfile");
  EXPECT_EQ(tar(), out);
}

TEST_F(BuildContextTar, KeepsModesLinksAndLongNamesButNoOwner) {
  file("Dockerfile");
  file("run");
  ::chmod((folder_.path() / "run").c_str(), 04751);
  ASSERT_EQ(::chown((folder_.path() / "run").c_str(), ::geteuid() == 0 ? 12 : ::geteuid(), ::getegid()), 0);
  ::chmod((folder_.path() / "run").c_str(), 04751);
  std::filesystem::create_symlink("nowhere", folder_.path() / "soft");
  std::filesystem::create_hard_link(folder_.path() / "run", folder_.path() / "same");
  const std::string long_name(150, 'n');
  file(long_name + "/" + long_name);
  const std::string list = run_checked({}, {"tar", "-tv", "--numeric-owner"}, tar());
  EXPECT_THAT(list, HasSubstr("-rwsr-x--x 0/0"));
  EXPECT_THAT(list, HasSubstr("soft -> nowhere"));
  EXPECT_THAT(list, HasSubstr("same link to run"));
  EXPECT_THAT(list, HasSubstr(long_name + "/" + long_name));
}

TEST_F(BuildContextTar, LeavesOutWhatIsIgnoredButNeverWhatTheEngineNeeds) {
  file("Dockerfile");
  file("drop/x");
  file("drop/deep/keep");
  file("keep");
  file(".dockerignore", "*\n!keep\n!drop/deep/keep\n");
  EXPECT_THAT(names_of(tar()),
              ElementsAre(".dockerignore", "Dockerfile", "drop/", "drop/deep/", "drop/deep/keep", "keep"));
}

TEST_F(BuildContextTar, AnIgnoreFileOfTheDockerfilesOwnComesFirst) {
  file("Dockerfile");
  file("sub/web.Dockerfile");
  file("sub/web.Dockerfile.dockerignore", "a\n");
  file(".dockerignore", "b\n");
  file("a");
  file("b");
  EXPECT_THAT(
      names_of(tar({.dockerfile = "sub/web.Dockerfile"})),
      ElementsAre(".dockerignore", "Dockerfile", "b", "sub/", "sub/web.Dockerfile", "sub/web.Dockerfile.dockerignore"));
  EXPECT_EQ(dockerfile_, "sub/web.Dockerfile");
}

TEST_F(BuildContextTar, ADockerfileFromElsewhereIsAddedAndIgnoredByTheBuilder) {
  TemporaryFolder other;
  write_file(other.path() / "Dockerfile", "FROM other");
  file("a");
  file(".dockerignore", "b");
  const std::string out = tar({.dockerfile = other.path() / "Dockerfile"});
  EXPECT_THAT(names_of(out), ElementsAre("a", dockerfile_, ".dockerignore"));
  EXPECT_EQ(member(out, dockerfile_), "FROM other");
  EXPECT_EQ(member(out, ".dockerignore"), "b\n" + dockerfile_ + "\n");
}

TEST_F(BuildContextTar, AnInlineDockerfileIsAdded) {
  file("a");
  const std::string out = tar({.dockerfile_inline = "FROM inline"});
  EXPECT_EQ(member(out, dockerfile_), "FROM inline");
  EXPECT_EQ(dockerfile_.substr(0, 12), ".dockerfile.");
}

TEST_F(BuildContextTar, MissingThingsAreNamed) {
  const auto message = [&](const BuildContextOptions& options) -> std::string {
    try {
      BuildContext context(options);
    } catch (const Error& e) {
      EXPECT_EQ(e.kind(), Kind::kNotFound);
      return e.message();
    }
    return {};
  };
  EXPECT_THAT(message({.folder = folder_.path() / "none"}), HasSubstr("none' isn't a folder"));
  EXPECT_THAT(message({.folder = folder_.path()}), HasSubstr("there is no Dockerfile"));
}

TEST_F(BuildContextTar, ASocketIsLeftOut) {
  file("Dockerfile");
  sockaddr_un address{.sun_family = AF_UNIX};
  (folder_.path() / "s").string().copy(address.sun_path, sizeof address.sun_path - 1);
  const Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_THAT(names_of(tar()), ElementsAre("Dockerfile"));
}

TEST(Tar, SaysWhatDoesNotFitInItsHeaderInRecords) {
  const TarEntry huge{.path = "huge", .mode = S_IFREG, .uid = 3'000'000, .size = std::uint64_t{9} << 30, .mtime = -5};
  const std::string header = tar_header(huge);
  EXPECT_THAT(header, HasSubstr("19 size=9663676416\n"));
  EXPECT_THAT(header, HasSubstr("15 uid=3000000\n"));
  EXPECT_THAT(header, HasSubstr("12 mtime=-5\n"));
  EXPECT_EQ(header.size(), 3 * 512U);
  EXPECT_THROW(tar_header({.path = "s", .mode = S_IFSOCK}), Error);
}

TEST(Tar, XattrsAreWhereOthersLookForThem) {
  const std::string value("\x01\0\0\x02", 4);
  const std::string header = tar_header({.path = "f", .mode = S_IFREG, .xattrs = {{"security.capability", value}}});
  EXPECT_THAT(header, HasSubstr("SCHILY.xattr.security.capability=" + value + "\n"));
}

}  // namespace
}  // namespace berth::engine
