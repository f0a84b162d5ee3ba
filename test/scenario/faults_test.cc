// Bad input and faults: what the program says then, its exit code, and what is left behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>

#include "base/strings.h"
#include "scenario/cli.h"
#include "scenario/engines.h"
#include "scenario/fixtures.h"
#include "scenario/shop.h"

namespace berth::scenario {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ContainsRegex;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

// A file system in memory, mounted while this lives.
class MemoryFileSystem {
 public:
  explicit MemoryFileSystem(const std::string& options) {
    if (::mount("tmpfs", path().c_str(), "tmpfs", 0, options.c_str()) != 0) throw std::runtime_error("no tmpfs here");
  }
  ~MemoryFileSystem() { ::umount2(path().c_str(), MNT_DETACH); }
  MemoryFileSystem(const MemoryFileSystem&) = delete;
  MemoryFileSystem& operator=(const MemoryFileSystem&) = delete;

  const Path& path() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
};

class FaultsTest : public OnEngine {
 protected:
  // Runs `berth compose WORDS`, which must be refused without doing anything; what it says.
  std::string refusal(std::vector<std::string> words = {"up", "-d"}) {
    const Output output = user().compose(words);
    EXPECT_EQ(output.status.code, 1) << join(words, " ") << "\n" << output.err;
    EXPECT_THAT(user().objects(), IsEmpty()) << join(words, " ");
    EXPECT_EQ(output.out, "");
    return output.err;
  }
};

INSTANTIATE_TEST_SUITE_P(Engines, FaultsTest, testing::Values(Generation::kOld, Generation::kNew), name_of);

// --- files that cannot be accepted

struct BadFile {
  const char* what;
  const char* text;
  std::vector<const char*> said;
};

const BadFile kBadFiles[] = {
    {"not YAML", "services:\n  web: {image: [}\n", {"compose.yaml:2:"}},
    {"a duplicate key", "services:\n  web: {image: a}\n  web: {image: b}\n", {"compose.yaml:3:3: ", "web"}},
    {"a service that depends on itself through others",
     "services:\n  a: {image: i, depends_on: [b]}\n  b: {image: i, depends_on: [a]}\n",
     {"compose.yaml:", "cycle", "a", "b"}},
    {"services that extend each other",
     "services:\n  a: {extends: b}\n  b: {extends: a}\n",
     {"compose.yaml:", "extends"}},
    {"a file that includes itself",
     "include: [compose.yaml]\nservices: {a: {image: i}}\n",
     {"compose.yaml:1:", "include"}},
    {"a file to include that is missing", "include: [gone.yaml]\n", {"compose.yaml:1:", "gone.yaml"}},
    {"a file to extend from that is missing",
     "services:\n  a:\n    extends: {file: gone.yaml, service: a}\n",
     {"compose.yaml:3:", "gone.yaml"}},
    {"a variable that is required",
     "services:\n  web:\n    image: ${TAG:?set TAG to a version}\n",
     {"compose.yaml:3:12: ", "TAG", "set TAG to a version"}},
    {"an env_file that is missing",
     "services:\n  web:\n    image: i\n    env_file: gone.env\n",
     {"compose.yaml:4:", "gone.env"}},
    {"a secret that is not defined",
     "services:\n  web:\n    image: i\n    secrets: [password]\n",
     {"compose.yaml:4:", "services.web.secrets[0]", "password"}},
    {"a secret's file that is missing",
     "services: {web: {image: 'berth/test:1', secrets: [password]}}\nsecrets:\n  password:\n    file: gone.txt\n",
     {"password", "gone.txt"}},
    {"a secret's variable that is not set",
     "services: {web: {image: 'berth/test:1', secrets: [token]}}\nsecrets: {token: {environment: NOT_SET}}\n",
     {"NOT_SET", "token"}},
    {"a dependency that does not exist",
     "services:\n  web:\n    image: i\n    depends_on: [db]\n",
     {"compose.yaml:4:", "services.web.depends_on", "db"}},
    {"a network that is not defined",
     "services:\n  web:\n    image: i\n    networks: [front]\n",
     {"compose.yaml:4:", "front"}},
    {"a volume that is not defined",
     "services:\n  web:\n    image: i\n    volumes: ['data:/data']\n",
     {"compose.yaml:4:", "data"}},
    {"a port that is none",
     "services:\n  web:\n    image: i\n    ports: ['80:http']\n",
     {"compose.yaml:4:13: services.web.ports[0]: ", "http"}},
    {"an attribute that does not exist",
     "services:\n  web:\n    image: i\n    comand: [a]\n",
     {"compose.yaml:4:5: ", "comand"}},
    {"a value of a wrong type",
     "services:\n  web:\n    image: i\n    privileged: maybe\n",
     {"compose.yaml:4:17: services.web.privileged: "}},
    {"an attribute that engines cannot honour",
     "services:\n  web:\n    image: i\n    credential_spec: {file: a}\n",
     {"compose.yaml:4:5: services.web.credential_spec: is not supported"}},
    {"neither image nor build", "services:\n  web:\n    command: a\n", {"compose.yaml:2:3", "services.web", "image"}},
    {"no services", "services: {}\n", {"no service selected"}},
    {"aliases that grow without end",
     "x-a: &a [x, x, x, x, x, x, x, x, x, x]\nx-b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\n"
     "x-c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\nx-d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]\n"
     "x-e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]\nx-f: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e, *e]\n"
     "x-g: [*f, *f, *f, *f, *f, *f, *f, *f, *f, *f]\nservices: {a: {image: i}}\n",
     {"compose.yaml:", "alias"}},
};

TEST_P(FaultsTest, BadFilesAreRefusedWithThePlaceOfTheFault) {
  for (const BadFile& file : kBadFiles) {
    SCOPED_TRACE(file.what);
    user().compose_file(file.text);
    const std::string said = refusal();
    for (const char* part : file.said) EXPECT_THAT(said, HasSubstr(part));
  }
}

TEST_P(FaultsTest, ManyFaultsOfAFileAreToldAtOnce) {
  user().compose_file("services:\n  web:\n    image: i\n    comand: a\n    cpus: [1]\n  db:\n    imag: j\n");
  EXPECT_THAT(refusal(),
              AllOf(HasSubstr("compose.yaml:4:"), HasSubstr("compose.yaml:5:"), HasSubstr("compose.yaml:7:")));
}

TEST_P(FaultsTest, AMissingComposeFileIsNamed) {
  EXPECT_THAT(refusal(), HasSubstr("compose.yaml"));
  EXPECT_THAT(refusal({"-f", "other.yaml", "up", "-d"}), HasSubstr("other.yaml"));
}

TEST_P(FaultsTest, UnknownServicesAreNamedWithTheNearestKnown) {
  user().compose_file("services: {worker: {image: 'berth/test:1'}}");
  for (const char* command : {"up", "create", "start", "stop", "restart", "kill", "logs", "pull", "build", "ps"}) {
    EXPECT_THAT(refusal({command, "wroker"}), AllOf(HasSubstr("no such service: wroker"), HasSubstr("worker")))
        << command;
  }
}

// --- what the engine does not have, or cannot do

TEST_P(FaultsTest, AMissingImageIsNamedAndNothingIsMade) {
  user().compose_file("services: {web: {image: 'localhost:9/gone:1'}, db: {image: 'berth/test:1'}}");
  EXPECT_THAT(refusal(), HasSubstr("localhost:9/gone:1"));
  user().compose_file("services: {web: {image: 'localhost:9/gone:1', pull_policy: never}}");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("image 'localhost:9/gone:1' of service 'web'"), HasSubstr("pull_policy")));
}

TEST_P(FaultsTest, ABuildThatFailsIsToldWithItsOutput) {
  user().compose_file("services: {web: {build: app}}");
  EXPECT_THAT(refusal(), HasSubstr("app"));  // no such folder
  user().write("app/readme", "");
  EXPECT_THAT(refusal(), HasSubstr("Dockerfile"));
  user().write("app/Dockerfile", "FROM berth/test:1\nRUN echo the reason; exit 7\n");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("the reason"), HasSubstr("7")));
  EXPECT_EQ(user().engine().find_image(soon(), "shop-web"), std::nullopt);
}

TEST_P(FaultsTest, APortInUseIsNamedAndUpGoesOnOnceItIsFree) {
  UserFolder other(host(), "other");
  other.compose_file("services: {web: {image: 'berth/test:1', ports: ['18200:80']}}");
  ASSERT_EQ(other.compose({"up", "-d"}).status.code, 0);
  user().compose_file(
      "services: {web: {image: 'berth/test:1', ports: ['18200:80'], depends_on: [db]}, db: {image: 'berth/test:1'}}");
  const Output output = user().compose({"up", "-d"});
  EXPECT_EQ(output.status.code, 1);
  EXPECT_THAT(output.err, AllOf(HasSubstr("shop-web-1"), HasSubstr("18200")));
  EXPECT_THAT(user().states(), UnorderedElementsAre(Pair("shop-db-1", "running"), Pair("shop-web-1", "created")));
  const auto ids = user().ids();
  other.clear();
  EXPECT_EQ(user().compose({"up", "-d"}).status.code, 0);
  EXPECT_EQ(user().ids(), ids);
  EXPECT_EQ(user().states()["shop-web-1"], "running");
}

TEST_P(FaultsTest, ExternalResourcesThatAreMissingAreNamed) {
  user().compose_file(R"(
services: {web: {image: 'berth/test:1', networks: [front], volumes: ['data:/data']}}
networks: {front: {external: true, name: their-network}}
volumes: {data: {external: true, name: their-volume}}
)");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("their-network"), HasSubstr("their-volume")));
}

TEST_P(FaultsTest, WithoutAnEngineItSaysHowToGetOne) {
  user().compose_file("services: {web: {image: 'berth/test:1'}}");
  user().environment.set("DOCKER_HOST", "unix:///nonexistent/docker.sock");
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"up", "-d"}, {"ps"}, {"down"}, {"logs"}, {"plan"}}) {
    EXPECT_THAT(refusal(words),
                AllOf(HasSubstr("/nonexistent/docker.sock"), HasSubstr("berth machine create -d local dev")))
        << join(words, " ");
  }
  user().environment.set("DOCKER_HOST", "nonsense://here");
  EXPECT_THAT(refusal(), HasSubstr("nonsense"));
}

TEST_P(FaultsTest, AHomeThatCannotBeWrittenIsEnough) {
  user().environment.set("HOME", "/proc");
  user().compose_file("services: {web: {image: 'berth/test:1'}}");
  const Output output = user().compose({"up", "-d"});
  EXPECT_EQ(output.status.code, 0) << output.err;
  EXPECT_THAT(user().states(), ElementsAre(Pair("shop-web-1", "running")));
  EXPECT_EQ(user().compose({"down", "-t", "0"}).status.code, 0);
}

TEST_P(FaultsTest, AMachineStoreThatCannotBeWrittenIsNamed) {
  const MemoryFileSystem home("ro");
  user().environment.set("HOME", home.path());
  const Output output = user().berth({"machine", "create", "-d", "local", "dev"});
  EXPECT_EQ(output.status.code, 1);
  EXPECT_THAT(output.err, AllOf(HasSubstr(home.path().string()), HasSubstr("read-only")));
  EXPECT_EQ(user().berth({"machine", "ls", "-q"}).out, "");
}

TEST_P(FaultsTest, AFullDiskBelowTheMachineStoreLeavesNothingHalfWritten) {
  const MemoryFileSystem home("size=256k");
  user().environment.set("HOME", home.path());
  const auto create = [&] {
    return user().berth(
        {"machine", "create", "-d", "none", "--url", user().environment.get_or("DOCKER_HOST", ""), "dev"});
  };
  run(soon(), {"dd", "if=/dev/zero", "of=" + (home.path() / "filler").string(), "bs=4k"});
  const Output full = create();
  EXPECT_NE(full.status.code, 0);
  EXPECT_THAT(full.err, HasSubstr("no space left on device"));
  EXPECT_EQ(user().berth({"machine", "ls", "-q"}).out, "");

  std::filesystem::remove(home.path() / "filler");
  const Output created = create();
  EXPECT_EQ(created.status.code, 0) << created.err;
  EXPECT_EQ(user().berth({"machine", "ls", "-q"}).out, "dev\n");
}

TEST_P(FaultsTest, AMachineThatWasNeverFinishedIsPruned) {
  const std::string engine = user().environment.get_or("DOCKER_HOST", "");
  for (const char* name : {"whole", "torn"}) {
    ASSERT_EQ(user().berth({"machine", "create", "-d", "none", "--url", engine, name}).status.code, 0);
  }
  const Path store = Path(user().environment.home()) / ".docker/machine/machines";
  write_file(store / "torn/.unfinished", "");  // as one has it whose creation was killed
  EXPECT_THAT(user().berth({"machine", "du", "whole"}).out, ContainsRegex("whole +none +[0-9.]+ ?k?B +[0-9]"));

  ASSERT_EQ(user().berth({"machine", "create", "-d", "none", "--url", "tcp://127.0.0.1:1", "dead"}).status.code, 0);
  EXPECT_THAT(user().berth({"machine", "du", "dead"}).err, HasSubstr("machine 'dead': "));
  ASSERT_EQ(user().berth({"machine", "rm", "-y", "dead"}).status.code, 0);

  EXPECT_THAT(user().berth({"machine", "prune", "--dry-run"}).out, HasSubstr("- torn (its creation was cut short)"));
  EXPECT_TRUE(std::filesystem::exists(store / "torn"));
  EXPECT_THAT(user().berth({"machine", "prune", "-f"}).out, HasSubstr("Removed torn"));
  EXPECT_EQ(user().berth({"machine", "ls", "-q"}).out, "whole\n");
  EXPECT_EQ(user().berth({"machine", "prune", "-f"}).out, "Nothing to remove.\n");
}

// --- broken off

// Starts `berth compose up -d` and returns it once the engine has told so many changes.
UserFolder::Running up_until(UserFolder& user, int changes) {
  engine::EventOptions options;
  options.resume = false;
  for (const char* action : {"create", "connect", "start", "die", "rename", "disconnect", "destroy"}) {
    options.filters.emplace("event", action);
  }
  auto events = user.engine().events(soon(), options);
  auto up = user.start_compose({"up", "-d", "-t", "0"});
  for (int i = 0; i < changes; ++i) events.next(soon());
  return up;
}

TEST_P(FaultsTest, CtrlCEndsAWaitingUpAtOnce) {
  user().compose_file(
      "services: {db: {image: 'berth/test:1', healthcheck: {test: [CMD, 'false'], interval: 1s, retries: 1000}}}");
  auto up = user().start_compose({"up", "-d", "--wait"});
  wait_until([&] { return user().states()["shop-db-1"] == "running"; });
  const auto begin = std::chrono::steady_clock::now();
  up.child.kill(SIGINT);
  EXPECT_EQ(up.wait().code, 130) << up.err();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
}

TEST_P(FaultsTest, AWaitThatTakesTooLongEnds) {
  user().compose_file(
      "services: {db: {image: 'berth/test:1', healthcheck: {test: [CMD, 'false'], interval: 1s, retries: 1000}}}");
  const Output output = user().compose({"up", "-d", "--wait", "--wait-timeout", "1"});
  EXPECT_EQ(output.status.code, 3);
  EXPECT_THAT(output.err, HasSubstr("shop-db-1"));
}

// --- faults of the engine itself: a machine of the test's own

class EngineFaultsTest : public testing::TestWithParam<Generation> {
 protected:
  void SetUp() override {
    if (const auto why = missing(GetParam())) GTEST_SKIP() << *why;
    lab_ = std::make_unique<Lab>();
  }

  Lab& lab() { return *lab_; }
  void kill_engine() {
    lab().machines().kill(soon(), "one", [](std::string_view) {});
  }
  void start_engine() {
    lab().machines().start(soon(), "one", [](std::string_view) {});
  }

 private:
  std::unique_ptr<Lab> lab_;
};

INSTANTIATE_TEST_SUITE_P(Engines, EngineFaultsTest, testing::Values(Generation::kOld, Generation::kNew), name_of);

TEST_P(EngineFaultsTest, AnEngineKilledDuringUpIsToldAndTheNextUpConverges) {
  lab().add({"one"}, GetParam());
  lab().add_test_images("one");
  UserFolder user(lab().docker_host("one"), "shop");
  user.compose_file(kShop);
  for (const int changes : {3, 10}) {
    SCOPED_TRACE("killed after " + std::to_string(changes) + " changes");
    auto up = up_until(user, changes);
    kill_engine();
    EXPECT_EQ(up.wait().code, 1);
    EXPECT_THAT(up.err(), HasSubstr(lab().docker_host("one")));
    start_engine();
    expect_converges(user);
    user.clear();
  }
}

TEST_P(EngineFaultsTest, AnAttachedUpEndsWithTheEngine) {
  lab().add({"one"}, GetParam());
  lab().add_test_images("one");
  UserFolder user(lab().docker_host("one"), "shop");
  user.compose_file("services: {web: {image: 'berth/test:1', command: [sh, -c, 'echo ready; exec idle']}}");
  auto up = user.start_compose({"up"});
  up.says("| ready");
  kill_engine();
  EXPECT_EQ(up.wait().code, 1) << up.err();
  EXPECT_NE(up.err(), "");
  start_engine();
}

TEST_P(EngineFaultsTest, AFullDiskFailsTheBuildAndLeavesNothing) {
  const MemoryFileSystem disk("size=64m");
  machine::CreateRequest request;
  request.name = "one";
  request.engine.arbitrary_flags = {"data-root=" + disk.path().string()};
  lab().add_machine(std::move(request), GetParam());
  lab().add_test_images("one");
  {
    UserFolder user(lab().docker_host("one"), "shop");
    user.compose_file("services: {web: {build: .}, db: {image: 'berth/test:1'}}");
    user.write("Dockerfile", "FROM berth/test:1\nRUN dd if=/dev/zero of=/big bs=1M count=100\n");
    const Output output = user.compose({"up", "-d"});
    EXPECT_EQ(output.status.code, 1);
    EXPECT_THAT(output.err, HasSubstr("No space left on device"));
    EXPECT_THAT(user.objects(), IsEmpty());
    EXPECT_EQ(user.engine().find_image(soon(), "shop-web"), std::nullopt);

    user.write("Dockerfile", "FROM berth/test:1\nRUN dd if=/dev/zero of=/small bs=1M count=1\n");
    const Output smaller = user.compose({"up", "-d"});
    EXPECT_EQ(smaller.status.code, 0) << smaller.err;
    EXPECT_THAT(user.states(), UnorderedElementsAre(Pair("shop-db-1", "running"), Pair("shop-web-1", "running")));
  }
  lab().machines().remove(soon(), "one", false, [](std::string_view) {});  // before its disk goes
}

}  // namespace
}  // namespace berth::scenario
