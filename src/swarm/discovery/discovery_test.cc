#include "swarm/discovery/discovery.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "swarm/discovery/sources.h"
#include "swarm/discovery/watching_for_tests.h"

namespace berth::swarm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

Context patient() { return Context().with_timeout(std::chrono::seconds(20)); }

Error thrown(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& e) {
    return e;
  }
  ADD_FAILURE() << "nothing was thrown";
  return {Kind::kInternal, ""};
}

std::string listed(std::string_view url, const DiscoveryOptions& options = {}) {
  return shown(discovery_of(url, options)->list(patient()));
}

TEST(DiscoveryUrl, WithoutASchemeIsAListOfNodes) {
  EXPECT_EQ(listed("b:2375,a:2375"), "a:2375 b:2375");
  EXPECT_EQ(listed("nodes://10.0.0.[1:3]:2375, n:1"), "10.0.0.1:2375 10.0.0.2:2375 10.0.0.3:2375 n:1");
  EXPECT_EQ(listed("a:1,tcp://a:1,unix:///run/docker.sock"), "a:1 unix:///run/docker.sock");
  EXPECT_EQ(listed("unix:///run/docker.sock"), "unix:///run/docker.sock");
  EXPECT_EQ(listed("tcp://a:1"), "a:1");
}

TEST(DiscoveryUrl, ThatIsNoneIsRefused) {
  const auto refused = [](std::string_view url) { return thrown([&] { discovery_of(url); }); };
  EXPECT_EQ(refused("").kind(), Kind::kInvalid);
  EXPECT_EQ(refused("a:1,,b:2").kind(), Kind::kInvalid);
  EXPECT_EQ(refused("nodes://a").kind(), Kind::kInvalid);
  EXPECT_EQ(refused("file://").kind(), Kind::kInvalid);
  EXPECT_EQ(refused("etcd://").kind(), Kind::kInvalid);
  EXPECT_EQ(refused("etcd://h:x").kind(), Kind::kInvalid);
  EXPECT_EQ(refused("consul://").kind(), Kind::kInvalid);
  EXPECT_EQ(refused("consul://a:1,b:1").kind(), Kind::kUnsupported);
  EXPECT_EQ(refused("machine://").kind(), Kind::kUnsupported);
  EXPECT_THAT(refused("token://0123").message(), HasSubstr("gone since 2019"));
  EXPECT_THAT(refused("ectd://h").message(), HasSubstr("there is no discovery 'ectd://'"));
}

TEST(DiscoveryOptions, ThatNobodyKnowsAreRefused) {
  EXPECT_EQ(thrown([] { discovery_of("a:1", {.options = {{"kv.pth", "x"}}}); }).message(),
            "there is no discovery option 'kv.pth'; there are kv.path, kv.cacertfile, kv.certfile, kv.keyfile");
  const Error missing =
      thrown([] { discovery_of("etcd://h:1", {.options = {{"kv.cacertfile", "/nonexistent/ca.pem"}}}); });
  EXPECT_EQ(missing.kind(), Kind::kNotFound);
  EXPECT_THAT(missing.message(), HasSubstr("'kv.cacertfile'"));
}

TEST(Discovery, OfFixedNodesCannotBeJoinedOrLeft) {
  const auto nodes = discovery_of("a:1");
  EXPECT_EQ(thrown([&] { nodes->join(patient(), "b:1", {}, {}); }).kind(), Kind::kUnsupported);
  EXPECT_EQ(thrown([&] { nodes->leave(patient(), "a:1"); }).kind(), Kind::kUnsupported);
  EXPECT_EQ(thrown([] { replication_store("a:1,b:1"); }).kind(), Kind::kUnsupported);
}

TEST(Discovery, OfFixedNodesTellsThemOnce) {
  const auto nodes = discovery_of("a:1,b:1");
  Watching watching(*nodes);
  watching.await("a:1 b:1");
}

TEST(AddressChanges, AreWhatCameAndWentAndWhoseCertificatesChanged) {
  const EngineAddresses before = {{"a:1"}, {"b:1"}, {"c:1", "/old"}};
  const EngineAddresses after = {{"b:1"}, {"c:1", "/new"}, {"d:1"}};
  const AddressChanges changes = changes_between(before, after);
  EXPECT_EQ(shown(changes.added), "c:1 d:1");
  EXPECT_EQ(shown(changes.removed), "a:1 c:1");
}

TEST(NodesFile, HasALineForEachPatternAndComments) {
  const auto addresses = parse_nodes_file("# nodes\n\n 10.0.0.[1:2]:2375 # two\nb:1\tcerts=/etc/b\r\n#c:1\nb:1", "/f");
  EXPECT_EQ(addresses, (EngineAddresses{{"10.0.0.1:2375"}, {"10.0.0.2:2375"}, {"b:1", "/etc/b"}}));
}

TEST(NodesFile, NamesTheLineThatIsWrong) {
  EXPECT_EQ(thrown([] { parse_nodes_file("a:1\nnonsense\n", "/etc/nodes"); }).message(),
            "/etc/nodes:2: 'nonsense' is no address of an engine: use HOST:PORT");
  EXPECT_THAT(thrown([] { parse_nodes_file("a:1 cert=/x", "/f"); }).message(), HasSubstr("'cert=/x'"));
  EXPECT_THAT(thrown([] { parse_nodes_file("a:1 certs=x", "/f"); }).message(), HasSubstr("absolute"));
}

class FileDiscoveryTest : public ::testing::Test {
 protected:
  void append(const std::string& text) { std::ofstream(file, std::ios::app) << text; }

  TemporaryFolder folder;
  Path file = folder.path() / "nodes";
  std::unique_ptr<Discovery> discovery = discovery_of("file://" + file.string());
};

TEST_F(FileDiscoveryTest, TellsEachChangeOfTheFile) {
  append("a:1\n");
  Watching watching(*discovery);
  watching.await("a:1");
  append("b:1\n");
  watching.await("a:1 b:1");
  write_file(file, "c:1\n");
  watching.await("c:1");
  write_file(file, "d:1\n");
  watching.await("d:1");
}

TEST_F(FileDiscoveryTest, KeepsTheSetWhileTheFileIsGoneOrWrong) {
  write_file(file, "a:1\n");
  Watching watching(*discovery);
  watching.await("a:1");
  std::filesystem::remove(file);
  EXPECT_THAT(watching.await_troubles(1), ElementsAre(HasSubstr("no such file")));
  write_file(file, "a\n");
  EXPECT_THAT(watching.await_troubles(2).back(), HasSubstr("nodes:1: 'a' is no address"));
  EXPECT_THAT(watching.sets(), ElementsAre("a:1"));
  write_file(file, "a:1\nb:1\n");
  watching.await("a:1 b:1");
  EXPECT_THAT(watching.sets(), SizeIs(2));
}

TEST_F(FileDiscoveryTest, IsNotReadWhileItIsBeingWritten) {
  write_file(file, "a:1\nb:1\n");
  Watching watching(*discovery);
  watching.await("a:1 b:1");
  std::ofstream writer(file);  // empty now
  writer << "a:1\n" << std::flush;
  // Something else happens in the folder, long enough for the watch to see it.
  write_file(folder.path() / "other", "");
  FolderWatch own;
  own.set({folder.path()});
  own.wait(patient(), std::chrono::milliseconds(100));
  writer << "b:1\nc:1\n";
  writer.close();
  watching.await("a:1 b:1 c:1");
  EXPECT_THAT(watching.sets(), ElementsAre("a:1 b:1", "a:1 b:1 c:1"));
}

TEST_F(FileDiscoveryTest, IsFoundOnceItsFolderIsThere) {
  const Path later = folder.path() / "sub" / "nodes";
  discovery = discovery_of("file://" + later.string());
  Watching watching(*discovery);
  watching.await_troubles(1);
  write_file(later, "a:1\n");
  watching.await("a:1");
}

TEST_F(FileDiscoveryTest, FollowsALinkWhoseTargetIsReplaced) {
  const TemporaryFolder real;
  write_file(real.path() / "v1", "a:1\n");
  std::filesystem::create_symlink(real.path() / "v1", file);
  Watching watching(*discovery);
  watching.await("a:1");
  write_file(real.path() / "v1", "b:1\n");
  watching.await("b:1");
  write_file(real.path() / "v2", "c:1\n");
  std::filesystem::create_symlink(real.path() / "v2", folder.path() / "new");
  std::filesystem::rename(folder.path() / "new", file);
  watching.await("c:1");
}

// Machines as their folders say: NAME/config.json holds the address.
MachineSource machines_in(const Path& folder) {
  return {.list =
              [folder] {
                EngineAddresses all;
                for (const auto& entry : std::filesystem::directory_iterator(folder)) {
                  if (const auto address = read_file_if_exists(entry.path() / "config.json")) {
                    all.push_back({*address, entry.path(), entry.path().filename()});
                  }
                }
                return all;
              },
          .folder = folder};
}

TEST(MachineDiscovery, TellsMachinesThatComeChangeAndGo) {
  const TemporaryFolder folder;
  const auto discovery = discovery_of("machine://", {.machines = machines_in(folder.path())});
  Watching watching(*discovery);
  watching.await("");
  write_file(folder.path() / "m1/config.json", "10.0.0.1:2376");
  watching.await("10.0.0.1:2376");
  write_file(folder.path() / "m2/config.json", "10.0.0.2:2376");
  watching.await("10.0.0.1:2376 10.0.0.2:2376");
  write_file(folder.path() / "m1/config.json", "10.0.0.3:2376");
  watching.await("10.0.0.2:2376 10.0.0.3:2376");
  remove_tree(folder.path() / "m2");
  watching.await("10.0.0.3:2376");
}

TEST(MachineDiscovery, CanBeLimitedToNamedMachines) {
  const TemporaryFolder folder;
  for (const char* name : {"web1", "web2", "db", "other"}) {
    write_file(folder.path() / name / "config.json", std::string(name) + ":2376");
  }
  const DiscoveryOptions options{.machines = machines_in(folder.path())};
  EXPECT_EQ(listed("machine://web[1:3],db", options), "db:2376 web1:2376 web2:2376");
  const auto all = discovery_of("machine://", options)->list(patient());
  ASSERT_THAT(all, SizeIs(4));
  EXPECT_EQ(all[0].certificates, folder.path() / "db");
  EXPECT_EQ(all[0].name, "db");
}

}  // namespace
}  // namespace berth::swarm
