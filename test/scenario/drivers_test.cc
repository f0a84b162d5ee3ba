// What every driver of `berth machine` must do, and what becomes of plugins that misbehave. The plugin of
// docker-machine's kind is built here with Go's own net/rpc (test/plugin); the other is examples/machine-driver, in
// shell.
#include <functional>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/json.h"
#include "base/process.h"
#include "base/strings.h"
#include "machine/plugin/plugins.h"
#include "pki/authority.h"
#include "scenario/engines.h"

namespace berth::scenario {
namespace {

using namespace std::chrono_literals;
using machine::State;
using testing::HasSubstr;

// An emulated guest on a busy computer takes minutes to boot.
Context soon() { return Context().with_timeout(Environment::of_process().get("BERTH_TEST_QEMU") ? 600s : 120s); }

// Folder with docker-machine-driver-trial, built once; empty where there is no Go.
const Path& trial_folder() {
  static const TemporaryFolder folder;
  static const Path built = [&]() -> Path {
    if (!find_program("go", Environment::of_process())) return {};
    SpawnOptions options;
    options.environment = Environment::of_process();
    options.environment->set("GOCACHE", folder.path() / "cache");
    const Path source = Path(BERTH_SOURCE_DIR) / "test/plugin/main.go";
    const Output output =
        run(soon(), {"go", "build", "-o", folder.path() / "bin/docker-machine-driver-trial", source}, {}, options);
    if (!output.status.ok()) throw Error(Kind::kInternal, "building test/plugin: " + output.err);
    return folder.path() / "bin";
  }();
  return built;
}

// One kind of driver, and what a test must know to make a host with it.
struct Subject {
  std::string driver;
  std::map<std::string, std::string> options;  // FOLDER stands for the test's
  std::string bad_option;                      // "name=value" that configure() refuses
  bool has_power = true;                       // can be stopped and started
  bool needs_root = false;
  std::string variant = {};  // of a driver that is tried in two ways
};

Subject local_subject() { return {.driver = "local", .bad_option = "local-dns=nobody", .needs_root = true}; }
Subject none_subject() {
  return {.driver = "none", .options = {{"url", "tcp://192.0.2.9:2376"}}, .bad_option = "url=", .has_power = false};
}
Subject go_subject() {
  return {
      .driver = "trial",
      .options = {{"trial-folder", "FOLDER"}, {"trial-memory", "64"}, {"trial-note", "a"}, {"trial-url", "tcp://h:1"}},
      .bad_option = "trial-memory=3"};
}
Subject shell_subject() {
  return {.driver = "shell",
          .options = {{"shell-folder", "FOLDER"}, {"shell-memory", "64"}, {"shell-url", "tcp://h:1"}},
          .bad_option = "shell-memory=3"};
}

// BERTH_TEST_QEMU names a folder of `berth machine image build`; each boot takes about a minute without KVM.
Subject qemu_subject() {
  const std::string image = Environment::of_process().get_or("BERTH_TEST_QEMU", "/nonexistent");
  return {.driver = "qemu",
          .options = {{"qemu-image", image},
                      {"qemu-accel", "tcg"},
                      {"qemu-cpus", "2"},
                      {"qemu-disk-size", "3000"},
                      {"qemu-memory", "512"},
                      {"qemu-ssh-user", "root"}},
          .bad_option = "qemu-memory=3"};
}

// The same by libvirt: BERTH_TEST_LIBVIRT names it, qemu:///system (beside tools/with-libvirt) or qemu:///session.
Subject qemu_libvirt_subject() {
  Subject subject = qemu_subject();
  subject.variant = "_libvirt";
  subject.options["qemu-libvirt"] = "true";
  subject.options["qemu-libvirt-uri"] = Environment::of_process().get_or("BERTH_TEST_LIBVIRT", "qemu:///system");
  subject.bad_option = "qemu-libvirt-uri=qemu+ssh://elsewhere/system";
  return subject;
}

// A machine's place, as machine::Machines gives it to drivers, with all that was saved.
class DriverTest {
 public:
  explicit DriverTest(Subject subject) : subject_(std::move(subject)) {
    make_folder(hosts());
    make_folder(folder(), 0700);
    environment.set("PATH", (trial_folder().string().empty() ? "" : trial_folder().string() + ":") +
                                std::string(BERTH_SOURCE_DIR) +
                                "/examples/machine-driver:" + environment.get_or("PATH", "/usr/bin:/bin"));
  }

  // A test that failed on its way leaves no host behind.
  ~DriverTest() {
    try {
      if (!saved.empty()) make(saved.back())->remove(soon());
    } catch (const Error& e) {
      ADD_FAILURE() << "removing the host: " << e.message();
    }
  }
  DriverTest(const DriverTest&) = delete;
  DriverTest& operator=(const DriverTest&) = delete;

  std::unique_ptr<machine::Driver> make(std::string_view record) {
    machine::Site site;
    site.name = "subject";
    site.folder = folder();
    site.environment = environment;
    site.save = [this](std::string text) { saved.push_back(std::move(text)); };
    site.certify = [this](const std::vector<std::string>& names) { certify(names); };
    site.say = [this](std::string_view line) { said += std::string(line) + "\n"; };
    return machine::make_driver(subject_.driver, site, record);
  }

  machine::DriverOptions options() const {
    machine::DriverOptions options;
    for (const auto& [name, value] : subject_.options)
      options.set(name, {value == "FOLDER" ? hosts().string() : value});
    return options;
  }
  std::unique_ptr<machine::Driver> configured() {
    auto driver = make("{}");
    driver->configure(options());
    return driver;
  }

  Path hosts() const { return temporary_.path() / "hosts"; }
  Path folder() const { return temporary_.path() / "machines/subject"; }
  std::vector<std::string> left_hosts() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(hosts())) names.push_back(entry.path().filename());
    return names;
  }
  const Subject& subject() const { return subject_; }

  Environment environment = Environment::of_process();
  std::vector<std::string> saved;
  std::string said;

 private:
  void certify(const std::vector<std::string>& names) {
    const auto identities = pki::CertificateFolder(temporary_.path() / "certs").ensure({}, "test", system_clock());
    pki::Request request;
    request.use = pki::Use::kServer;
    request.organization = "test";
    request.names = names;
    write_file(folder() / "ca.pem", identities.authority.certificate);
    pki::save(pki::issue(identities.authority, request, system_clock().now()), folder() / "server.pem",
              folder() / "server-key.pem");
  }

  TemporaryFolder temporary_;
  Subject subject_;
};

std::string refusal(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& e) {
    return e.message();
  }
  return "accepted";
}

class DriverContract : public testing::TestWithParam<Subject (*)()> {
 protected:
  void SetUp() override {
    const Subject subject = GetParam()();
    if (subject.driver == "trial" && trial_folder().empty()) GTEST_SKIP() << "there is no go here";
    if (!subject.needs_root) return;
    if (const auto why = missing(Generation::kOld)) GTEST_SKIP() << *why;
  }
  // Why tests that make a host cannot: the variable that is missing.
  std::optional<std::string> lacks() const {
    const Environment environment = Environment::of_process();
    if (test.subject().driver != "qemu") return std::nullopt;
    if (!environment.get("BERTH_TEST_QEMU")) return "BERTH_TEST_QEMU names no image";
    if (test.subject().variant.empty() || environment.get("BERTH_TEST_LIBVIRT")) return std::nullopt;
    return "BERTH_TEST_LIBVIRT names no libvirt";
  }
  DriverTest test{GetParam()()};
};

INSTANTIATE_TEST_SUITE_P(Drivers, DriverContract,
                         testing::Values(local_subject, none_subject, go_subject, shell_subject, qemu_subject,
                                         qemu_libvirt_subject),
                         [](const auto& info) { return info.param().driver + info.param().variant; });

TEST_P(DriverContract, GivesBackTheRecordItWasMadeOf) {
  const std::string record = test.configured()->record();
  EXPECT_EQ(test.make(record)->record(), record);
  EXPECT_TRUE(parse_json(record).is_object());
}

TEST_P(DriverContract, RefusesABadOptionByItsName) {
  const auto [name, value] = cut(test.subject().bad_option, '=');
  machine::DriverOptions options = test.options();
  options.set(std::string(name), {std::string(*value)});
  const auto driver = test.make("{}");
  try {
    driver->configure(options);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), Kind::kInvalid);
    EXPECT_THAT(e.message(), HasSubstr("--" + std::string(name)));
  }
}

TEST_P(DriverContract, RemovesAHostThatWasNeverMade) {
  EXPECT_EQ(refusal([&] { test.configured()->remove(soon()); }), "accepted");
  EXPECT_TRUE(test.left_hosts().empty());
}

TEST_P(DriverContract, AHostLivesAndGoes) {
  if (const auto what = lacks()) GTEST_SKIP() << *what;
  {
    const auto driver = test.configured();
    driver->pre_create_check(soon());
    driver->create(soon());
    EXPECT_EQ(driver->state(soon()), State::kRunning);
    test.saved.push_back(driver->record());
  }
  // As every command does: from the record, in a new process.
  const auto driver = test.make(test.saved.back());
  EXPECT_EQ(driver->state(soon()), State::kRunning);
  EXPECT_NE(driver->ip(soon()), "");
  EXPECT_THAT(driver->url(soon()), HasSubstr("tcp://"));
  if (test.subject().has_power) {
    driver->stop(soon());
    EXPECT_EQ(driver->state(soon()), State::kStopped);
    EXPECT_THAT(test.said, testing::Not(HasSubstr("cut off")));
    EXPECT_THROW(driver->url(soon()), Error);
    driver->start(soon());
    EXPECT_EQ(driver->state(soon()), State::kRunning);
    driver->kill(soon());
    EXPECT_EQ(driver->state(soon()), State::kStopped);
    driver->restart(soon());
    EXPECT_EQ(driver->state(soon()), State::kRunning);
  } else {
    EXPECT_THAT(refusal([&] { driver->stop(soon()); }), HasSubstr("cannot be stopped"));
  }
  driver->remove(soon());
  EXPECT_TRUE(test.left_hosts().empty());
  EXPECT_EQ(refusal([&] { driver->remove(soon()); }), "accepted") << "removed twice";
}

// The record that was there when the process was killed: the first one that was saved. A plugin of docker-machine's
// kind tells its record only when a call has ended.
TEST_P(DriverContract, RemovesWhatWasMadeByAProcessThatWasKilled) {
  if (test.subject().driver == "trial") return;
  if (const auto what = lacks()) GTEST_SKIP() << *what;
  const auto driver = test.configured();
  test.saved.push_back(driver->record());
  driver->create(soon());
  test.make(test.saved[std::min<std::size_t>(1, test.saved.size() - 1)])->remove(soon());
  EXPECT_TRUE(test.left_hosts().empty());
  if (test.subject().has_power) {
    EXPECT_NE(driver->state(soon()), State::kRunning);
  }
}

class GoPluginTest : public testing::Test {
 protected:
  void SetUp() override {
    if (trial_folder().empty()) GTEST_SKIP() << "there is no go here";
  }
  // What creating a host comes to when the plugin has this fault.
  std::string with_fault(const std::string& fault) {
    test.environment.set("TRIAL_FAULT", fault);
    return refusal([&] {
      const auto driver = test.configured();
      driver->create(soon());
      driver->url(soon());
    });
  }
  DriverTest test{go_subject()};
};

TEST_F(GoPluginTest, ItsFlagsAreTold) {
  const auto flags = machine::driver_flags(soon(), "trial", test.environment);
  std::string text;
  for (const auto& f : flags) {
    text += f.name + "|" + f.help + "|" + f.environment + "|" + f.default_text + join(f.default_texts, ",") + "\n";
  }
  EXPECT_EQ(text,
            "trial-folder|Folder of the hosts|TRIAL_FOLDER|\n"
            "trial-note|A note|TRIAL_NOTE|<none> & such\n"
            "trial-url|URL of the engine||tcp://192.0.2.7:2376\n"
            "trial-memory|Memory in MB|TRIAL_MEMORY|1024\n"
            "trial-tag|Tags||x\n"
            "trial-spot|At the spot price||\n");
}

TEST_F(GoPluginTest, ItsRecordIsKeptByteForByte) {
  machine::DriverOptions options = test.options();
  options.set("trial-note", {"<b> & \xE2\x80\xA8"});
  options.set("trial-tag", {"one", "two"});
  options.set("trial-spot", {"true"});
  const auto driver = test.make("{}");
  driver->configure(options);
  const std::string store = test.folder().parent_path().parent_path();
  EXPECT_EQ(driver->record(),
            R"({"IPAddress":"","MachineName":"subject","SSHUser":"","SSHPort":0,"SSHKeyPath":"","StorePath":")" +
                store + R"(","SwarmMaster":false,"SwarmHost":"","SwarmDiscovery":"","Folder":")" +
                test.hosts().string() +
                R"(","Note":"\u003cb\u003e \u0026 \u2028","Url":"tcp://h:1","Memory":64,"Spot":true,)"
                R"("Tags":["one","two"],"Ratio":0.1,"Id":"","Common":"trial"})");
  machine::Host host;
  host.driver_name = "trial";
  host.driver = driver->record();
  EXPECT_EQ(machine::parse_host(machine::format_host(host)).driver, driver->record());
}

TEST_F(GoPluginTest, SaysHowItsHostIsReachedBySsh) {
  const auto driver = test.configured();
  EXPECT_THROW(driver->ssh(soon()), Error);
  driver->create(soon());
  const auto target = driver->ssh(soon());
  ASSERT_TRUE(target);
  EXPECT_EQ(target->host, "192.0.2.7");
  EXPECT_EQ(target->port, 2222);
  EXPECT_EQ(target->user, "tester");
  EXPECT_EQ(target->key, test.folder() / "id_rsa");
}

TEST_F(GoPluginTest, ALongCallIsKeptAliveByHeartbeats) {
  test.environment.set("TRIAL_PATIENCE", "7");
  EXPECT_EQ(with_fault("slow"), "accepted");
  EXPECT_EQ(test.said, "(subject) Creating the trial host...\n");
}

TEST_F(GoPluginTest, AnOlderNameOfTheServiceWillDo) { EXPECT_EQ(with_fault("old-name"), "accepted"); }

TEST_F(GoPluginTest, MayEndBeforeItAnswersClose) { EXPECT_EQ(with_fault("end-at-close"), "accepted"); }

TEST_F(GoPluginTest, ItsFaultsAreSaid) {
  const std::string plugin = "driver plugin 'docker-machine-driver-trial' ";
  EXPECT_EQ(with_fault("no-start"), plugin + "ended with exit code 127: libtrial.so.1: cannot open shared object file");
  EXPECT_EQ(with_fault("nonsense-address"),
            plugin +
                "said 'Usage: trial [OPTIONS]' where its address belongs (127.0.0.1:PORT): is it a driver of "
                "docker-machine's?");
  EXPECT_EQ(with_fault("wrong-version"),
            plugin + "speaks version 7 of the protocol, not 1: get a plugin made for docker-machine 0.5 or newer");
  EXPECT_THAT(with_fault("no-record"), HasSubstr(plugin + "gives a record that cannot be kept: not JSON"));
  EXPECT_THAT(with_fault("crash"), HasSubstr(plugin + "ended with exit code 2: creating, in detail\npanic: something"));
}

TEST_F(GoPluginTest, OneThatSaysNoAddressIsGivenUp) {
  test.environment.set("TRIAL_FAULT", "no-address");
  const auto driver = test.make("{}");
  EXPECT_THAT(refusal([&] { driver->state(Context().with_timeout(500ms)); }), HasSubstr("did not say its address"));
}

TEST_F(GoPluginTest, OneThatHangsIsLeftWhenTheUserStopsWaiting) {
  test.environment.set("TRIAL_FAULT", "hang");
  const auto driver = test.configured();
  EXPECT_EQ(refusal([&] { driver->create(Context().with_timeout(1s)); }),
            "driver plugin 'docker-machine-driver-trial': timed out");
}

TEST_F(GoPluginTest, WhatItMadeBeforeItFailedIsKnownAndRemoved) {
  EXPECT_EQ(with_fault("fail"), "the provider is out of hosts");
  EXPECT_EQ(test.left_hosts().size(), 1U);
  test.make(test.saved.back())->remove(soon());
  EXPECT_TRUE(test.left_hosts().empty());
}

// The program, with the example driver on PATH.
class PluginCommandTest : public testing::Test {
 protected:
  Output machine(std::vector<std::string> words) {
    words.insert(words.begin(), {BERTH_PROGRAM, "machine"});
    SpawnOptions options;
    options.environment = test.environment;
    options.environment->set("MACHINE_STORAGE_PATH", (home.path() / "store").string());
    options.environment->set("HOME", home.path().string());
    return run(soon(), words, {}, options);
  }
  TemporaryFolder home;
  DriverTest test{shell_subject()};
};

TEST_F(PluginCommandTest, ItsFlagsAreInTheHelpOfCreate) {
  const std::string help = machine({"create", "-d", "shell", "--help"}).out;
  EXPECT_THAT(help, HasSubstr("--shell-memory int"));
  EXPECT_THAT(help, testing::Not(HasSubstr("--local-subnet")));
  const Output other = machine({"create", "-d", "shell", "--local-subnet", "x", "a"});
  EXPECT_EQ(other.err, "--local-subnet is an option of driver 'local', not of 'shell'\n");
  const Output unknown = machine({"create", "-d", "shel", "a"});
  EXPECT_EQ(unknown.status.code, 1);
  EXPECT_THAT(unknown.err, HasSubstr("Driver \"shel\" not found. Do you have the plugin binary"));
}

TEST_F(PluginCommandTest, AFailedCheckStoresNothing) {
  const Output output = machine({"create", "-d", "shell", "--shell-folder", "/nonexistent", "a"});
  EXPECT_EQ(output.status.code, 3);
  EXPECT_EQ(output.err, "Error with pre-create check: \"--shell-folder: there is no such folder\"\n");
  EXPECT_EQ(machine({"ls", "-q"}).out, "");
}

TEST_F(PluginCommandTest, WhatFailedLateIsStoredAndMadeAnewOrRemoved) {
  // Hosts are made; no engine answers there.
  const std::vector<std::string> create = {
      "create", "-d", "shell", "--shell-folder", test.hosts(), "--shell-url", "tcp://127.0.0.1:1", "a", "b"};
  EXPECT_EQ(machine(create).status.code, 1);
  EXPECT_EQ(machine({"ls", "-q"}).out, "a\nb\n");
  const auto first = test.left_hosts();
  EXPECT_EQ(first.size(), 2U);
  const Output again = machine(create);
  EXPECT_THAT(again.out, HasSubstr("(a) Removing what an unfinished creation left..."));
  EXPECT_EQ(test.left_hosts().size(), 2U);
  EXPECT_NE(test.left_hosts(), first);
  EXPECT_EQ(machine({"rm", "-y", "a", "b"}).status.code, 0);
  EXPECT_TRUE(test.left_hosts().empty());
}

// A driver program that a test writes.
class LinesDriverTest : public testing::Test {
 protected:
  void program(const std::string& body) {
    write_file(bin.path() / "berth-machine-driver-test", "#!/bin/sh\n" + body, 0755);
    test.environment.set("PATH", bin.path().string() + ":/usr/bin:/bin");
  }
  std::string state(Context context = soon()) {
    return refusal([&] { test.make("{}")->state(context); });
  }
  const std::string described = R"(read l; echo '{"done":{"protocol":1}}'; read l; )";
  TemporaryFolder bin;
  DriverTest test{{.driver = "test"}};
};

TEST_F(LinesDriverTest, ItsFaultsAreSaid) {
  const std::string about = "driver program 'berth-machine-driver-test' ";
  program("echo out of order >&2; exit 4");
  EXPECT_EQ(state(), about + "ended with exit code 4: out of order");
  program("echo Hello.");
  EXPECT_EQ(state(), about + "says 'Hello.', which is not JSON");
  program(R"(read l; echo '{"done":{"protocol":2}}')");
  EXPECT_EQ(state(), about + "speaks version 2 of the protocol, not 1");
  program(described + R"(echo '{"failed":"no such host","kind":"not-found"}')");
  EXPECT_EQ(state(), "no such host");
  program(described + R"(echo '{"done":{"state":"Flying"}}')");
  EXPECT_EQ(state(), "the driver of machine 'subject' says state 'Flying'");
  program(described + R"(echo '{"what":1}')");
  EXPECT_EQ(state(), about + R"(says '{"what":1}', which is no say, save, certify, done or failed)");
  program(described + "exit 0");
  EXPECT_EQ(state(), about + "ended with exit code 0");
}

TEST_F(LinesDriverTest, OneThatTalksWithoutEndIsEnded) {
  program(described + R"(echo '{"done":{"state":"Running"}}'; while :; do echo '{"say":"and another thing"}'; done)");
  EXPECT_EQ(state(), "accepted");
}

TEST_F(LinesDriverTest, OneThatHangsIsKilledWithAllItStarted) {
  program(described + "echo $$ > " + (bin.path() / "pid").string() + "; sleep 1000");
  EXPECT_EQ(state(Context().with_timeout(1s)), "driver program 'berth-machine-driver-test' does not answer 'state'");
  const std::string session(trim(read_file(bin.path() / "pid")));
  // What init has not buried yet is dead all the same.
  EXPECT_THAT(run(soon(), {"ps", "-o", "args=", "-s", session}).out, testing::Not(HasSubstr("sleep 1000")));
}

TEST_F(LinesDriverTest, WhatItIsAboutToMakeIsSavedBeforeItGoesOn) {
  program(R"(read l; echo '{"done":{"protocol":1}}'
read l; echo '{"save":{"Id":"7"}}'; read answer; echo "{\"say\":\"made\"}"; echo "{\"done\":{\"record\":$answer}}")");
  const auto driver = test.make("{}");
  driver->create(soon());
  EXPECT_THAT(test.saved, testing::ElementsAre(R"({"Id":"7"})"));
  EXPECT_EQ(driver->record(), R"({"saved":true})");
  EXPECT_EQ(test.said, "made\n");
}

}  // namespace
}  // namespace berth::scenario
