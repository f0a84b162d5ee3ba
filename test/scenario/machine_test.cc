// Local machines on this computer, from creation to removal, and what is left behind: nothing.
#include <thread>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

#include "base/error.h"
#include "base/process.h"
#include "base/strings.h"
#include "machine/local_network.h"
#include "net/dial.h"
#include "net/listener.h"
#include "scenario/cli.h"
#include "scenario/engines.h"

namespace berth::scenario {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Context soon() { return Context().with_timeout(120s); }
const machine::Say kQuiet = [](std::string_view) {};

std::string kept_lines(const std::string& text, const std::vector<std::string>& words) {
  std::string kept;
  for (const std::string& line : split(text, '\n')) {
    for (const std::string& word : words) {
      if (line.find(word) != std::string::npos) {
        kept += line + "\n";
        break;
      }
    }
  }
  return kept;
}

// Everything that machines of this lab, or one with this id, have outside of their folder.
std::string traces(const Lab& lab, const std::vector<std::string>& ids) {
  std::vector<std::string> words = {lab.storage(),
                                    machine::local_network::bridge_name(machine::Subnet::parse(lab.subnet()))};
  words.insert(words.end(), ids.begin(), ids.end());
  std::string cgroups;
  std::error_code ignored;
  // Others come and go while we look.
  std::filesystem::recursive_directory_iterator groups("/sys/fs/cgroup", ignored);
  for (; groups != std::filesystem::recursive_directory_iterator(); groups.increment(ignored)) {
    cgroups += groups->path().string() + "\n";
  }
  std::string run;
  for (const auto& entry : std::filesystem::recursive_directory_iterator("/run/berth", ignored)) {
    const Path target = entry.is_symlink() ? std::filesystem::read_symlink(entry.path(), ignored) : Path();
    run += entry.path().string() + " " + target.string() + "\n";
  }
  return kept_lines(run_checked(soon(), {"ip", "-o", "link"}), words) +
         kept_lines(run_checked(soon(), {"iptables-save"}), words) + kept_lines(read_file("/proc/mounts"), words) +
         kept_lines(run_checked(soon(), {"ps", "-ww", "-eo", "args"}), words) + kept_lines(cgroups, words) +
         kept_lines(run, words) + kept_lines(run_checked(soon(), {"ip", "netns"}), words);
}

std::string id_of(const Lab& lab, const std::string& name) {
  const std::string host = lab.docker_host(name);
  return Path(host).parent_path().filename();
}

std::string state_of(const Lab& lab, const std::string& name) {
  return std::string(machine::text_of(lab.machines().driver(lab.machines().store().load(name))->state({})));
}

// What keeps the machine from connecting; empty when it does within a moment.
std::string trouble_connecting(const std::string& host, std::uint16_t port, std::chrono::milliseconds limit = 2s) {
  try {
    net::dial_tcp(Context().with_timeout(limit), host, port);
    return {};
  } catch (const Error& e) {
    return e.message();
  }
}

// The same from within a machine.
std::string trouble_connecting_from(const Lab& lab, const std::string& name, const std::string& host,
                                    std::uint16_t port) {
  std::string trouble;
  std::thread inside([&] {
    const std::string space = lab.network_of(name);
    const Fd network(::open(space.c_str(), O_RDONLY | O_CLOEXEC));
    trouble = ::setns(network.get(), CLONE_NEWNET) == 0 ? trouble_connecting(host, port) : "no way into " + space;
  });
  inside.join();
  return trouble;
}

class MachineTest : public testing::TestWithParam<Generation> {
 protected:
  void SetUp() override {
    if (const auto why = missing(GetParam())) GTEST_SKIP() << *why;
  }

  Lab lab;
};

INSTANTIATE_TEST_SUITE_P(Engines, MachineTest, testing::Values(Generation::kOld, Generation::kNew), name_of);

TEST_P(MachineTest, AnswersOverTlsWithItsOwnCertificates) {
  lab.add({"one"}, GetParam());
  const machine::Host host = lab.machines().store().load("one");
  engine::Client client(lab.machines().endpoint(soon(), host));
  EXPECT_EQ(client.endpoint().host, "tcp://" + lab.ip("one") + ":2376");
  EXPECT_EQ(client.info(soon()).name, "one");
}

TEST_P(MachineTest, SeveralAreMadeAtOnceAndHaveIdsOfTheirOwn) {
  lab.add({"one", "two", "three"}, GetParam());
  EXPECT_THAT(lab.machines().store().list(), ElementsAre("one", "three", "two"));
  EXPECT_NE(lab.client("one").info(soon()).id, lab.client("two").info(soon()).id);
  EXPECT_NE(lab.ip("one"), lab.ip("two"));
}

TEST_P(MachineTest, KeepsItsAddressAndImagesOverARestart) {
  lab.add({"one"}, GetParam());
  const std::string ip = lab.ip("one");
  const std::string id = lab.client("one").info(soon()).id;
  lab.client("one").create_volume(soon(), {.name = "kept"});
  lab.machines().stop(soon(), "one", kQuiet);
  EXPECT_EQ(state_of(lab, "one"), "Stopped");
  EXPECT_THAT(traces(lab, {id_of(lab, "one")}), testing::Not(HasSubstr("dockerd")));
  lab.machines().start(soon(), "one", kQuiet);
  EXPECT_EQ(lab.ip("one"), ip);
  EXPECT_EQ(lab.client("one").info(soon()).id, id);
  EXPECT_EQ(lab.client("one").inspect_volume(soon(), "kept").name, "kept");
  lab.machines().restart(soon(), "one", kQuiet);
  EXPECT_EQ(state_of(lab, "one"), "Running");
}

TEST_P(MachineTest, WhoeverIsKilledAndStartedAllReachOneAnotherAtOnce) {
  const std::vector<std::string> names = {"one", "two", "three"};
  lab.add(names, GetParam());
  const std::string gateway = machine::Subnet::parse(lab.subnet()).gateway();
  const net::Listener listener = net::Listener::tcp(gateway, 0);
  for (const std::string& killed : names) {
    const std::string ip = lab.ip(killed);
    const auto expect_that_others_get_out = [&] {
      for (const std::string& other : names) {
        if (other == killed) continue;
        EXPECT_EQ(trouble_connecting_from(lab, other, gateway, listener.port()), "") << other << ", with " << killed;
      }
    };
    expect_that_others_get_out();  // from now on they know the gateway
    lab.machines().kill(soon(), killed, kQuiet);
    expect_that_others_get_out();
    EXPECT_NE(trouble_connecting(ip, 2376, 200ms), "");
    lab.machines().start(soon(), killed, kQuiet);
    EXPECT_EQ(trouble_connecting(ip, 2376), "");
    EXPECT_EQ(trouble_connecting_from(lab, killed, gateway, listener.port()), "");
    expect_that_others_get_out();
  }
}

TEST_P(MachineTest, StartingWhatRunsSaysSo) {
  lab.add({"one"}, GetParam());
  try {
    lab.machines().start(soon(), "one", kQuiet);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), Kind::kConflict);
    EXPECT_EQ(e.message(), "Machine \"one\" is already running.");
  }
}

TEST_P(MachineTest, NothingIsLeftWhenItIsRemoved) {
  lab.add({"one", "two"}, GetParam());
  const std::vector<std::string> ids = {id_of(lab, "one"), id_of(lab, "two")};
  EXPECT_THAT(traces(lab, ids), HasSubstr("dockerd"));
  const std::string two =
      run_checked(soon(), {"pgrep", "-o", "-f", "data-root=" + lab.storage().string() + "/machines/two"});
  lab.machines().remove(soon(), "one", false, kQuiet);
  EXPECT_EQ(lab.client("two").info(soon()).name, "two");
  EXPECT_THAT(read_file("/proc/" + std::string(trim(two)) + "/mountinfo"), HasSubstr(" /run/containerd "));
  lab.machines().remove(soon(), "two", false, kQuiet);
  EXPECT_EQ(traces(lab, ids), "");
  EXPECT_THAT(lab.machines().store().list(), IsEmpty());
}

TEST_P(MachineTest, EngineOptionsReachTheEngine) {
  machine::CreateRequest request;
  request.name = "one";
  request.engine.labels = {"zone=b"};
  request.engine.storage_driver = "vfs";
  request.engine.arbitrary_flags = {"log-driver=none"};
  lab.add_machine(request, GetParam());
  const engine::Info info = lab.client("one").info(soon());
  EXPECT_THAT(info.labels, testing::UnorderedElementsAre("provider=local", "zone=b"));
  EXPECT_EQ(info.driver, "vfs");
  EXPECT_EQ(info.logging_driver, "none");
}

TEST_P(MachineTest, AnEngineThatRefusesItsOptionsIsQuotedAndRemoved) {
  machine::CreateRequest request;
  request.name = "one";
  request.engine.arbitrary_flags = {"no-such-flag"};
  try {
    lab.add_machine(request, GetParam());
    FAIL();
  } catch (const Error& e) {
    EXPECT_THAT(e.message(), HasSubstr("unknown flag: --no-such-flag"));
  }
  // docker-machine's users expect it in the list, so that its log can be read.
  EXPECT_THAT(lab.machines().store().list(), ElementsAre("one"));
  const std::string id = id_of(lab, "one");
  lab.machines().remove(soon(), "one", false, kQuiet);
  EXPECT_EQ(traces(lab, {id}), "");
}

TEST_P(MachineTest, PublishedPortsAreReachedAtItsAddressAndContainersReachOtherMachines) {
  lab.add({"one", "two"}, GetParam());
  for (const char* name : {"one", "two"}) lab.add_test_images(name);
  engine::ContainerCreate web;
  web.name = "web";
  web.config.image = "berth/test:1";
  web.config.cmd = std::vector<std::string>{"web"};
  web.config.exposed_ports = {"80/tcp"};
  web.host_config.port_bindings = {{"80/tcp", {{.host_ip = "", .host_port = "8080"}}}};
  lab.client("one").start_container(soon(), lab.client("one").create_container(soon(), web).id);

  // From this computer, and from a container of another machine. The page is there a moment after the container.
  wait_until([&] {
    try {
      net::dial_tcp(soon(), lab.ip("one"), 8080);
      return true;
    } catch (const Error&) {
      return false;
    }
  });
  engine::ContainerCreate fetch;
  fetch.name = "fetch";
  fetch.config.image = "berth/test:1";
  fetch.config.cmd =
      std::vector<std::string>{"sh", "-c", "until wget -q -O- http://" + lab.ip("one") + ":8080/; do sleep 0.05; done"};
  engine::Client& two = lab.client("two");
  const auto id = two.create_container(soon(), fetch).id;
  auto end = two.wait_container(soon(), id, engine::WaitCondition::kNextExit);
  two.start_container(soon(), id);
  EXPECT_EQ(end.exit(soon()).status_code, 0);
}

TEST_P(MachineTest, TwoProcessesMakeOneMachineOfAName) {
  const std::vector<std::string> command = {
      BERTH_PROGRAM,     "machine",           "create", "-d", "local", "--local-subnet", lab.subnet(),
      "--local-dockerd", dockerd(GetParam()), "one"};
  SpawnOptions options;
  options.out = options.err = Stdio::kNull;
  options.environment = Environment::of_process();
  options.environment->set("MACHINE_STORAGE_PATH", lab.storage());
  Child first = spawn(command, options);
  Child second = spawn(command, options);
  const int codes = first.wait(soon()).code + second.wait(soon()).code;
  EXPECT_EQ(codes, 1);
  EXPECT_EQ(lab.client("one").info(soon()).name, "one");
}

// Kill -9 at any time: a process that creates a machine is killed after a while, a little longer each time.
TEST_P(MachineTest, WhereverItsCreatorIsKilledItCanBeRemoved) {
  const std::string dockerd_path = dockerd(GetParam());
  for (auto after = 5ms; after < 700ms; after = after * 3 / 2 + 3ms) {
    SCOPED_TRACE(std::to_string(after.count()) + " ms");
    SpawnOptions options;
    options.out = options.err = Stdio::kNull;
    options.environment = Environment::of_process();
    options.environment->set("MACHINE_STORAGE_PATH", lab.storage());
    Child creator = spawn({BERTH_PROGRAM, "machine", "create", "-d", "local", "--local-subnet", lab.subnet(),
                           "--local-dockerd", dockerd_path, "torn"},
                          options);
    soon().sleep_for(after);
    creator.kill(SIGKILL);
    creator.wait(soon());
    std::vector<std::string> ids;
    if (lab.machines().store().exists("torn")) {
      // A record of the first moment has no id yet, and nothing was made of it.
      if (const std::string id = id_of(lab, "torn"); id.size() == 8) ids.push_back(id);
      lab.machines().remove(soon(), "torn", true, kQuiet);
    }
    // An init that had not said yet which process it is ends by itself, now that nobody will give it a network.
    wait_until([&] { return traces(lab, ids).empty(); });
  }
}

}  // namespace
}  // namespace berth::scenario
