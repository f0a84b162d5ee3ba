// Bare Debian hosts made into machines over ssh. A few minutes of cases that need several engines or restarts run only
// with BERTH_LONG_TESTS=1.
#include <iostream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/strings.h"
#include "scenario/cli.h"
#include "scenario/hosts.h"

namespace berth::scenario {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class ProvisionTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = hosts_missing()) GTEST_SKIP() << *why;
  }

  HostLab lab;
};

class LongProvisionTest : public ProvisionTest {
 protected:
  void SetUp() override {
    if (!Environment::of_process().is_true("BERTH_LONG_TESTS")) GTEST_SKIP() << "long: BERTH_LONG_TESTS=1 runs it";
    ProvisionTest::SetUp();
  }
};

void expect_success(const Output& output) { EXPECT_TRUE(output.status.ok()) << output.out << output.err; }

// A container that writes nothing and stays; made of what the host itself has.
void run_container(const HostLab& lab, const std::string& host, const std::string& name) {
  lab.on(host,
         "cd / && tar -c usr/bin/sleep usr/lib/x86_64-linux-gnu/libc.so.6 "
         "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 usr/lib64 lib64 lib bin | docker import - "
         "sleeper >/dev/null && docker run -d --init --name " +
             name + " sleeper /usr/bin/sleep 100000");
}

std::string started_at(const HostLab& lab, const std::string& host, const std::string& name) {
  return lab.on(host, "docker inspect --format '{{.State.StartedAt}} {{.State.Running}}' " + name);
}

TEST_F(ProvisionTest, ABareHostBecomesAMachineAndStaysOneThroughRenewalUpgradeAndRestart) {
  lab.add({"one"});
  const Output created = lab.machine(lab.create_words("one", {"--engine-label", "zone=a", "--tls-san", "db.example"}));
  expect_success(created);
  EXPECT_THAT(created.out, HasSubstr("Docker is up and running!"));
  // One connection for all of it.
  EXPECT_EQ(trim(lab.on("one", "journalctl -q -o cat -u ssh | grep -c 'Accepted publickey'")), "1");
  EXPECT_EQ(trim(lab.on("one", "uname -n")), "one");
  EXPECT_THAT(lab.docker("one", {"info", "--format", "{{.Labels}}"}), HasSubstr("zone=a"));

  // Certificates are renewed while a container runs on.
  run_container(lab, "one", "kept");
  const std::string before = started_at(lab, "one", "kept");
  EXPECT_THAT(before, HasSubstr("true"));
  const std::string old = read_file(lab.storage() / "machines/one/server.pem");
  expect_success(lab.machine({"regenerate-certs", "-f", "one"}));
  EXPECT_NE(read_file(lab.storage() / "machines/one/server.pem"), old);
  expect_success(lab.machine({"regenerate-certs", "-f", "--client-certs", "one"}));
  EXPECT_EQ(started_at(lab, "one", "kept"), before);
  EXPECT_THAT(lab.docker("one", {"ps", "--format", "{{.Names}}"}), HasSubstr("kept"));

  // Provisioning what is as it should be restarts nothing.
  const std::string engine = lab.on("one", "systemctl show -p MainPID docker");
  expect_success(lab.machine({"provision", "one"}));
  EXPECT_EQ(lab.on("one", "systemctl show -p MainPID docker"), engine);
  expect_success(lab.machine({"upgrade", "one"}));
  EXPECT_EQ(started_at(lab, "one", "kept"), before);

  EXPECT_EQ(lab.machine({"ssh", "one", "id", "-un"}).out, "debian\n");
  EXPECT_EQ(lab.machine({"ssh", "one", "exit 7"}).status.code, 7);
  write_file(lab.folder() / "sent", "bytes\n");
  expect_success(lab.machine({"scp", "-q", lab.folder() / "sent", "one:received"}));
  EXPECT_EQ(lab.on("one", "cat /home/debian/received"), "bytes\n");
  expect_success(lab.machine({"scp", "-q", "one:/etc/hostname", lab.folder() / "fetched"}));
  EXPECT_EQ(read_file(lab.folder() / "fetched"), "one\n");
  make_folder(lab.folder() / "tree/sub");
  write_file(lab.folder() / "tree/sub/file", "deep\n");
  expect_success(lab.machine({"scp", "-q", "-r", lab.folder() / "tree", "one:"}));
  expect_success(lab.machine({"scp", "-q", "-r", "one:tree", "one:again"}));
  EXPECT_EQ(lab.on("one", "cat /home/debian/again/sub/file"), "deep\n");
  lab.on("one", "DEBIAN_FRONTEND=noninteractive apt-get -qq -y install rsync >/dev/null 2>&1");
  write_file(lab.folder() / "tree/sub/file", "changed\n");
  expect_success(lab.machine({"scp", "-r", "-d", lab.folder() / "tree/", "one:tree/"}));
  EXPECT_EQ(lab.on("one", "cat /home/debian/tree/sub/file"), "changed\n");
  if (std::filesystem::exists("/dev/fuse")) {
    make_folder(lab.folder() / "mounted");
    expect_success(lab.machine({"mount", "one:/home/debian/tree", lab.folder() / "mounted"}));
    EXPECT_EQ(read_file(lab.folder() / "mounted/sub/file"), "changed\n");
    write_file(lab.folder() / "mounted/from-here", "written\n");
    expect_success(lab.machine({"mount", "-u", "one:/home/debian/tree", lab.folder() / "mounted"}));
    EXPECT_EQ(lab.on("one", "cat /home/debian/tree/from-here"), "written\n");
    EXPECT_TRUE(std::filesystem::is_empty(lab.folder() / "mounted"));
  } else {
    std::cerr << "there is no /dev/fuse: mount is not tried\n";
  }

  EXPECT_EQ(lab.machine({"status", "one"}).out, "Running\n");
  expect_success(lab.machine({"restart", "one"}));
  EXPECT_THAT(lab.docker("one", {"version", "--format", "{{.Server.Version}}"}), Not(IsEmpty()));

  // Removing the machine touches nothing of the host.
  expect_success(lab.machine({"rm", "-y", "one"}));
  EXPECT_THAT(lab.on("one", "docker ps -a --format '{{.Names}}'"), HasSubstr("kept"));
}

TEST_F(ProvisionTest, SaysWhatIsWrongWithAHostBeforeItChangesAnything) {
  lab.add({"nosudo"}, {"--no-sudo"});
  Output refused = lab.machine(lab.create_words("nosudo"));
  EXPECT_EQ(refused.status.code, 1);
  EXPECT_THAT(refused.err, HasSubstr("user 'debian' may not become root on the host"));
  EXPECT_THAT(refused.err, HasSubstr("rm nosudo"));

  run_checked(soon(), {"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", lab.folder() / "other"});
  refused = lab.machine({"create", "-d", "generic", "--generic-ip-address", lab.address("nosudo"), "--generic-ssh-user",
                         "debian", "--generic-ssh-key", lab.folder() / "other", "wrongkey"});
  EXPECT_EQ(refused.status.code, 1);
  EXPECT_THAT(refused.err, HasSubstr("the host refuses key"));

  refused = lab.machine({"create", "-d", "generic", "--generic-ip-address", lab.address("nosudo"), "--generic-ssh-key",
                         lab.folder() / "missing", "nokey"});
  EXPECT_EQ(refused.status.code, 3);
  EXPECT_THAT(refused.err, HasSubstr("SSH key does not exist"));
  EXPECT_FALSE(std::filesystem::exists(lab.storage() / "machines/nokey"));

  lab.add({"full"}, {"--disk", "300M"});
  refused = lab.machine(lab.create_words("full"));
  EXPECT_EQ(refused.status.code, 1);
  EXPECT_THAT(refused.err, HasSubstr("MB free below /var"));
  EXPECT_THAT(lab.on("full", "ls /var/lib/dpkg/info"), Not(HasSubstr("docker")));
}

TEST_F(ProvisionTest, WaitsForAnotherPackageManagerAndNeedsNoSystemd) {
  lab.add({"bare"}, {"--bare"});
  lab.testhost({"lock", "bare"});
  const Path output = lab.folder() / "output";
  Child creation = lab.start_machine(lab.create_words("bare"), output);
  wait_until([&] { return read_file(output).find("waiting for another process that holds") != std::string::npos; });
  lab.testhost({"unlock", "bare"});
  EXPECT_TRUE(creation.wait(Context().with_timeout(std::chrono::minutes(5))).ok()) << read_file(output);
  EXPECT_THAT(lab.docker("bare", {"version", "--format", "{{.Server.Version}}"}), Not(IsEmpty()));
}

TEST_F(ProvisionTest, TheDoctorNamesTheStepThatIsBroken) {
  lab.add({"ill"});
  expect_success(lab.machine(lab.create_words("ill")));
  const auto doctor = [&](int code) {
    const Output said = lab.machine({"doctor", "ill"});
    EXPECT_EQ(said.status.code, code) << said.out << said.err;
    return said.out;
  };
  EXPECT_THAT(doctor(0), Not(AnyOf(HasSubstr("FAIL"), HasSubstr("warn"))));

  lab.on("ill",
         "mv /usr/bin/date /usr/bin/date.real && printf '#!/bin/sh\\nexec date.real -d \"1 hour ago\" \"$@\"\\n' "
         "> /usr/bin/date && chmod +x /usr/bin/date");
  EXPECT_THAT(doctor(0), ContainsRegex("warn clock +the host's clock is -3[56][0-9]+ s off ours"));
  lab.on("ill", "mv /usr/bin/date.real /usr/bin/date");
  lab.testhost({"lock", "ill"});
  EXPECT_THAT(doctor(0), HasSubstr("warn packages     another process holds the package manager's lock"));
  lab.testhost({"unlock", "ill"});
  lab.on("ill", "iptables -I INPUT -p tcp --dport 2376 -j REJECT");
  EXPECT_THAT(doctor(1), AllOf(HasSubstr("FAIL endpoint"), HasSubstr("look for a firewall on the way to this port")));
  lab.on("ill", "systemctl stop docker.service docker.socket 2>&1");
  EXPECT_THAT(doctor(1), HasSubstr("FAIL engine       it is installed, but does not run"));
  lab.on("ill", "rm -rf /etc/sudoers.d/*");
  EXPECT_THAT(doctor(1), AllOf(HasSubstr("FAIL sudo         'debian' may not become root"),
                               HasSubstr("warn engine       it is installed; only root can tell")));
  const Path record = lab.storage() / "machines/ill/config.json";
  const std::string good_record = read_file(record);
  write_file(record, replace_all(good_record, "\"" + lab.address("ill") + "\"", "\"ill.invalid\""), 0600);
  EXPECT_THAT(doctor(1), HasSubstr("FAIL DNS          'ill.invalid' has no address"));
  write_file(record, good_record, 0600);
  const Path key = lab.storage() / "machines/ill/key";
  const std::string good_key = read_file(key);
  std::filesystem::remove(key);
  EXPECT_THAT(doctor(1), HasSubstr("FAIL ssh          the host refuses key"));
  write_file(key, good_key, 0600);
  lab.testhost({"cut", "ill"});
  EXPECT_THAT(doctor(1), HasSubstr("FAIL route"));
}

TEST_F(ProvisionTest, CertificatesThatEndAreSaidAndRenewed) {
  lab.add({"one"});
  expect_success(lab.machine(lab.create_words("one")));
  const Path folder = lab.storage() / "machines/one";
  const auto certify_for_days = [&](const std::string& days) {
    run_checked(soon(),
                {"/bin/sh", "-c",
                 "cd \"$1\" && openssl req -new -key server-key.pem -subj /O=one -out request.pem && "
                 "echo \"subjectAltName=IP:$2\" > extensions && openssl x509 -req -in request.pem -CA "
                 "../../certs/ca.pem -CAkey ../../certs/ca-key.pem -days $3 -extfile extensions -out server.pem && "
                 "rm request.pem extensions",
                 "sh", folder, lab.address("one"), days});
  };
  certify_for_days("10");
  EXPECT_THAT(lab.machine({"ls"}).err, HasSubstr("berth machine regenerate-certs one"));
  EXPECT_THAT(lab.machine({"doctor", "one"}).out, HasSubstr("warn certificates"));
  EXPECT_THAT(lab.machine({"env", "one"}).out, HasSubstr("export DOCKER_TLS_VERIFY=\"1\"\n"));

  certify_for_days("-1");
  const Output refused = lab.machine({"env", "one"});
  EXPECT_EQ(refused.status.code, 1);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("server.pem' expired on"), HasSubstr("regenerate-certs")));
  EXPECT_THAT(lab.machine({"doctor", "one"}).out, HasSubstr("FAIL certificates"));
  expect_success(lab.machine({"regenerate-certs", "-f", "one"}));
  expect_success(lab.machine({"env", "one"}));
  EXPECT_THAT(lab.machine({"doctor", "one"}).out, Not(AnyOf(HasSubstr("FAIL"), HasSubstr("warn"))));
}

// A host "old" whose owner has installed an engine.
class AdoptTest : public ProvisionTest {
 protected:
  void add_host() { lab.add({"old"}); }
  void install_engine() {
    lab.on("old",
           "DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install docker.io >/dev/null 2>&1");
  }
  void let_user_talk_to_engine() { lab.on("old", "usermod -aG docker debian"); }

  // All that adopting must not change there: what has been written, which engine runs since when, its container.
  std::string host_state() {
    return lab.on("old", "find /etc /home /root /usr -newer /var/log/dpkg.log -type f | sort") +
           lab.on("old", "systemctl show -p MainPID docker") + started_at(lab, "old", "precious");
  }
  std::vector<std::string> adopt(const std::vector<std::string>& flags, const Path& key) {
    std::vector<std::string> words = {"adopt", "--ssh-key", key, "old", "debian@" + lab.address("old")};
    words.insert(words.begin() + 1, flags.begin(), flags.end());
    return words;
  }
  std::vector<std::string> adopt(const std::vector<std::string>& flags) { return adopt(flags, lab.key()); }
  bool is_stored() { return std::filesystem::exists(lab.storage() / "machines/old"); }
  void expect_refused(const std::vector<std::string>& words, const std::string& why) {
    const Output refused = lab.machine(words);
    EXPECT_EQ(refused.status.code, 1) << refused.out;
    EXPECT_THAT(refused.err, HasSubstr(why));
    EXPECT_FALSE(is_stored());
  }
};

TEST_F(AdoptTest, TouchesNothingOfWhatRunsThere) {
  add_host();
  install_engine();
  let_user_talk_to_engine();
  run_container(lab, "old", "precious");
  const std::string before = host_state();

  const Output looked = lab.machine(adopt({"--dry-run"}));
  expect_success(looked);
  EXPECT_THAT(looked.out, HasSubstr("1 running container"));
  EXPECT_FALSE(is_stored());
  expect_success(lab.machine(adopt({"-y"})));
  EXPECT_THAT(lab.machine({"ls", "--format", "{{.URL}} {{.DockerVersion}}"}).out,
              AllOf(HasSubstr("ssh://debian@"), HasSubstr("v20.10")));
  EXPECT_EQ(host_state(), before);
  expect_success(lab.machine({"rm", "-y", "old"}));
  EXPECT_EQ(host_state(), before);
}

TEST_F(AdoptTest, SaysWhyAHostCannotBeAdoptedAndStoresNothing) {
  add_host();
  expect_refused(adopt({"-y"}), "there is no engine to adopt");
  install_engine();
  expect_refused(adopt({"-y"}), "user 'debian' can't talk to the engine: add it to the group");
  let_user_talk_to_engine();
  run_checked(soon(), {"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", lab.folder() / "other"});
  expect_refused(adopt({"-y"}, lab.folder() / "other"), "the host refuses key");
  lab.on("old", "systemctl stop docker.service docker.socket 2>&1");
  expect_refused(adopt({"-y"}), "see that the engine runs");
  lab.on("old", "systemctl start docker.socket docker.service");

  expect_success(lab.machine(adopt({"-y"})));
  const Output again = lab.machine(adopt({"-y"}));
  EXPECT_EQ(again.status.code, 1);
  EXPECT_THAT(again.err, HasSubstr("already exists"));
  EXPECT_TRUE(is_stored());
}

TEST_F(AdoptTest, AHostThatIsCutOffBeforeTheUserAgreesIsNotKept) {
  add_host();
  install_engine();
  let_user_talk_to_engine();
  const Path output = lab.folder() / "output";
  Child adoption = lab.start_machine(adopt({}), output, Stdio::kPipe);
  wait_until([&] { return read_file(output).find("Adopt it?") != std::string::npos; });
  lab.testhost({"cut", "old"});
  ASSERT_EQ(::write(adoption.in.get(), "y\n", 2), 2);
  EXPECT_EQ(adoption.wait(Context().with_timeout(std::chrono::minutes(3))).code, 1) << read_file(output);
  EXPECT_FALSE(is_stored());
  expect_refused(adopt({"-y"}), lab.address("old"));

  lab.testhost({"mend", "old"});
  expect_success(lab.machine(adopt({"-y"})));
}

TEST_F(AdoptTest, WhereverItIsKilledNothingIsTouchedAndItIsDoneAnew) {
  add_host();
  install_engine();
  let_user_talk_to_engine();
  run_container(lab, "old", "precious");
  const std::string before = host_state();
  const auto begin = std::chrono::steady_clock::now();
  expect_success(lab.machine(adopt({"-y"})));
  const auto whole = std::chrono::steady_clock::now() - begin;
  expect_success(lab.machine({"rm", "-y", "old"}));

  constexpr int kKills = 8;
  for (int i = 1; i <= kKills; ++i) {
    Child adoption = lab.start_machine(adopt({"-y"}), lab.folder() / "output");
    Context().sleep_for(whole * i / (kKills + 1));  // at any moment: there is nothing to wait for
    adoption.kill(SIGKILL);
    adoption.wait(soon());
    if (is_stored()) expect_success(lab.machine({"rm", "-y", "old"}));
    EXPECT_FALSE(is_stored());
  }
  expect_success(lab.machine(adopt({"-y"})));
  EXPECT_EQ(host_state(), before);
}

TEST_F(LongProvisionTest, EightHostsAtATimeBecomeMachines) {
  const std::vector<std::string> names = {"h1", "h2", "h3", "h4", "h5", "h6", "h7", "h8"};
  lab.add(names);
  std::vector<Child> creations;
  for (const std::string& name : names) {
    creations.push_back(lab.start_machine(lab.create_words(name), lab.folder() / (name + ".out")));
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_TRUE(creations[i].wait(Context().with_timeout(std::chrono::minutes(5))).ok())
        << read_file(lab.folder() / (names[i] + ".out"));
  }
  EXPECT_EQ(split(std::string(trim(lab.machine({"ls", "-q"}).out)), '\n').size(), names.size());
}

// The first words of each step; what is cut then must be mended by `provision`.
class CutShort : public LongProvisionTest, public testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(Steps, CutShort,
                         testing::Values("Waiting for SSH", "Detecting operating system", "Installing Docker",
                                         "Configuring and starting"),
                         [](const auto& info) { return replace_all(info.param, " ", "_"); });

TEST_P(CutShort, AKilledCreationIsFinishedByProvision) {
  lab.add({"cut"});
  const Path output = lab.folder() / "output";
  Child creation = lab.start_machine(lab.create_words("cut"), output);
  wait_until([&] { return read_file(output).find(GetParam()) != std::string::npos; });
  creation.kill(SIGKILL);
  creation.wait(soon());
  expect_success(lab.machine({"provision", "cut"}));
  EXPECT_THAT(lab.docker("cut", {"version", "--format", "{{.Server.Version}}"}), Not(IsEmpty()));
}

TEST_P(CutShort, AHostThatRestartsIsFinishedByProvision) {
  lab.add({"boot"});
  const Path output = lab.folder() / "output";
  Child creation = lab.start_machine(lab.create_words("boot"), output);
  wait_until([&] { return read_file(output).find(GetParam()) != std::string::npos; });
  lab.testhost({"kill", "boot"});
  lab.testhost({"start", "boot"});
  creation.wait(Context().with_timeout(std::chrono::minutes(3)));
  expect_success(lab.machine({"provision", "boot"}));
  EXPECT_THAT(lab.docker("boot", {"version", "--format", "{{.Server.Version}}"}), Not(IsEmpty()));
}

TEST_P(CutShort, AHostThatIsCutOffIsAnErrorSoonAndFinishedByProvision) {
  lab.add({"off"});
  const Path output = lab.folder() / "output";
  Child creation = lab.start_machine(lab.create_words("off"), output);
  wait_until([&] { return read_file(output).find(GetParam()) != std::string::npos; });
  lab.testhost({"cut", "off"});
  creation.wait(Context().with_timeout(std::chrono::minutes(3)));
  lab.testhost({"mend", "off"});
  expect_success(lab.machine({"provision", "off"}));
  EXPECT_THAT(lab.docker("off", {"version", "--format", "{{.Server.Version}}"}), Not(IsEmpty()));
}

}  // namespace
}  // namespace berth::scenario
