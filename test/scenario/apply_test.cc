// `berth machine apply` on local machines: killed at any moment it is taken up by the next one, and nothing is left
// over.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/process.h"
#include "base/strings.h"
#include "scenario/engines.h"

namespace berth::scenario {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Context soon() { return Context().with_timeout(120s); }

class ApplyTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = missing(Generation::kOld)) GTEST_SKIP() << *why;
  }

  SpawnOptions as_user() {
    SpawnOptions options;
    options.environment = Environment::of_process();
    options.environment->set("MACHINE_STORAGE_PATH", lab.storage());
    options.environment->set("HOME", home.path());
    options.environment->set("MACHINE_DOCKER_CONTEXTS", "1");
    return options;
  }
  Output berth(std::vector<std::string> words, std::string_view input = {}) {
    words.insert(words.begin(), {BERTH_PROGRAM, "machine"});
    return run(soon(), words, input, as_user());
  }
  Output docker(std::vector<std::string> words) {
    words.insert(words.begin(), "docker");
    SpawnOptions options = as_user();
    options.environment->unset("DOCKER_HOST");
    return run(soon(), words, {}, options);
  }
  std::string file(const std::string& machines) {
    const Path path = home.path() / "machines.yaml";
    write_file(path, "name: shop\ndefaults:\n  driver: local\n  options: {local-subnet: " + lab.subnet() +
                         ", local-dockerd: " + dockerd(Generation::kOld).string() + "}\nmachines: " + machines + "\n");
    return path;
  }
  std::string processes() {
    std::string lines;
    for (const std::string& line : split(run_checked(soon(), {"ps", "-ww", "-eo", "args"}), '\n')) {
      if (line.find(lab.storage()) != std::string::npos) lines += line + "\n";
    }
    return lines;
  }

  TemporaryFolder home;
  Lab lab;
};

TEST_F(ApplyTest, PlansThenMakesThenHasNothingToDo) {
  const std::string path = file("{web: {count: 2, roles: [edge]}, db: {}}");
  const Output plan = berth({"apply", "--plan", path});
  EXPECT_EQ(plan.status.code, 2);
  EXPECT_EQ(plan.out, "+ create web-1 (local)\n+ create web-2 (local)\n+ create db (local)\n");
  EXPECT_THAT(lab.machines().store().list(), IsEmpty());

  EXPECT_EQ(berth({"apply", path}).status.code, 0);
  EXPECT_THAT(lab.client("web-1").info(soon()).labels,
              testing::IsSupersetOf({"role.edge=true", "com.berth.machine.apply=shop"}));
  EXPECT_EQ(berth({"apply", "--plan", path}).status.code, 0);

  // Each is a docker context too.
  EXPECT_THAT(docker({"context", "ls", "--format", "{{.Name}}"}).out, HasSubstr("web-1\nweb-2\n"));
  EXPECT_EQ(docker({"--context", "db", "info", "--format", "{{.Name}}"}).out, "db\n");

  lab.machines().stop(soon(), "web-2", [](std::string_view) {});
  EXPECT_EQ(berth({"apply", "--plan", path}).out, "~ start web-2 (stopped)\n");
  const std::string fewer = file("{web: {count: 1, roles: [edge]}, db: {}}");
  EXPECT_EQ(berth({"apply", fewer}).status.code, 0);
  EXPECT_THAT(lab.machines().store().list(), ElementsAre("db", "web-1", "web-2")) << "removed without being asked";
  EXPECT_EQ(berth({"apply", "--prune", fewer}).status.code, 0);
  EXPECT_THAT(lab.machines().store().list(), ElementsAre("db", "web-1"));
  EXPECT_THAT(docker({"context", "ls", "--format", "{{.Name}}"}).out, testing::Not(HasSubstr("web-2")));
}

TEST_F(ApplyTest, KilledAtAnyMomentItIsTakenUpByTheNext) {
  const std::string path = file("{n: {count: 2}}");
  for (auto after = 10ms; after < 600ms; after = after * 2 + 15ms) {
    SCOPED_TRACE(std::to_string(after.count()) + " ms");
    SpawnOptions options = as_user();
    options.out = options.err = Stdio::kNull;
    Child torn = spawn({BERTH_PROGRAM, "machine", "apply", path}, options);
    soon().sleep_for(after);
    torn.kill(SIGKILL);
    torn.wait(soon());
    const Output next = berth({"apply", path});
    EXPECT_EQ(next.status.code, 0) << next.err;
    for (const std::string name : {"n-1", "n-2"}) {
      EXPECT_EQ(docker({"--context", name, "info", "--format", "{{.Name}}"}).out, name + "\n");
    }
    EXPECT_EQ(berth({"apply", "--plan", path}).out, "Nothing to do: 2 machines are as asked for.\n");
    EXPECT_EQ(berth({"rm", "-y", "n-1", "n-2"}).status.code, 0);
    EXPECT_EQ(processes(), "");
  }
}

TEST_F(ApplyTest, AFaultyFileChangesNothing) {
  const Output output = berth({"apply", file("{a: {}, b: {cout: 2}}")});
  EXPECT_EQ(output.status.code, 1);
  EXPECT_THAT(output.err, HasSubstr("machines.yaml:5:23: machines.b: unknown key 'cout', did you mean 'count'?"));
  EXPECT_THAT(lab.machines().store().list(), IsEmpty());
}

TEST_F(ApplyTest, SeveralDriversAreMadeAtOnce) {
  const Output output =
      berth({"apply", file("{a: {}, far: {driver: none, options: {url: 'tcp://192.0.2.1:2376', local-subnet: x}}}")});
  EXPECT_THAT(output.err, HasSubstr("machines.far.options: unknown key 'local-subnet'"));
  write_file(home.path() / "two.yaml",
             "name: two\nmachines:\n  far: {driver: none, options: {url: 'tcp://192.0.2.1:2376'}}\n"
             "  a: {driver: local, options: {local-subnet: " +
                 lab.subnet() + "}}\n");
  EXPECT_EQ(berth({"apply", home.path() / "two.yaml"}).status.code, 0);
  EXPECT_THAT(lab.machines().store().list(), ElementsAre("a", "far"));
}

}  // namespace
}  // namespace berth::scenario
