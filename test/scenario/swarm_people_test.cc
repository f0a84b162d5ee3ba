// What people see of a swarm and say to it: `berth swarm node`, `info`, `top` and `events`, metrics, and machines that
// are made into a swarm by one command.
#include <csignal>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "base/strings.h"
#include "http/client.h"
#include "pki/authority.h"
#include "scenario/cli.h"
#include "scenario/hosts.h"
#include "scenario/swarm.h"
#include "swarm/api/prometheus_for_tests.h"

namespace berth::scenario {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class SwarmPeople : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = missing(Generation::kOld)) GTEST_SKIP() << *why;
    swarm.emplace(Generation::kOld, 3);
    for (const std::string& node : swarm->nodes()) swarm->lab().add_test_images(node);
  }

  // Output of `berth swarm WORDS`, which must succeed.
  std::string say(std::vector<std::string> words) {
    words.insert(words.begin(), "swarm");
    const Output output = swarm->berth(words);
    EXPECT_TRUE(output.status.ok()) << join(words, " ") << ": " << output.err << output.out;
    return output.out;
  }
  Output try_to(std::vector<std::string> words) {
    words.insert(words.begin(), "swarm");
    return swarm->berth(words);
  }
  void run_container(const std::string& name, const std::vector<std::string>& options = {}) {
    std::vector<std::string> words = {"run", "-d", "--stop-timeout", "1", "--name", name};
    words.insert(words.end(), options.begin(), options.end());
    for (const char* word : {"berth/test:1", "sleep", "10000"}) words.emplace_back(word);
    swarm->docker_text(words);
  }
  swarm::PrometheusText metrics() {
    engine::Client client(engine::endpoint_of(swarm->docker_host()));
    http::Response response = client.raw().send(soon(), {.method = "GET", .target = "/metrics"});
    EXPECT_THAT(std::string(response.headers().get("Content-Type").value_or("")), StartsWith("text/plain"));
    return swarm::PrometheusText(response.read_all(soon()));
  }
  std::optional<Swarm> swarm;
};

TEST_F(SwarmPeople, NodesAreListedLabelledDrainedAndActivated) {
  EXPECT_THAT(say({"node", "ls"}), AllOf(StartsWith("HOSTNAME"), HasSubstr("node-1"), HasSubstr("healthy")));
  EXPECT_EQ(split(trim(say({"node", "ls", "-q"})), '\n').size(), 3U);
  EXPECT_EQ(say({"node", "ls", "--filter", "name=node-2", "--format", "{{.Hostname}} {{.Availability}}"}),
            "node-2 active\n");
  EXPECT_EQ(say({"node", "update", "--label-add", "zone=a", "--label-add", "ssd", "node-1", "node-2"}),
            "node-1\nnode-2\n");
  EXPECT_EQ(say({"node", "update", "--label-rm", "ssd", "node-2"}), "node-2\n");
  EXPECT_EQ(say({"node", "ls", "-f", "node.label=zone=a", "--format", "{{.Hostname}} {{.Labels}}"}),
            "node-1 ssd,zone=a\nnode-2 zone=a\n");
  EXPECT_THAT(try_to({"node", "update", "--label-rm", "ssd", "node-2"}).err, HasSubstr("doesn't exist"));

  run_container("web", {"-e", "constraint:node==~node-1", "-m", "32m", "--cpus", "0.5"});
  run_container("data",
                {"-e", "constraint:node==~node-1", "-v", "data:/data", "--label", "com.docker.swarm.volumes=stay"});
  const Output drained = try_to({"node", "drain", "--wait", "--timeout", "60s", "node-1"});
  EXPECT_EQ(drained.status.code, 1);  // something that runs stays
  EXPECT_EQ(drained.out, "node-1\n");
  EXPECT_THAT(drained.err, HasSubstr("'data' stays on 'node-1': volume 'data' is to stay"));
  EXPECT_THAT(say({"node", "inspect", "--pretty", "node-1"}),
              AllOf(HasSubstr("Availability:    drain"), HasSubstr("  zone=a"), HasSubstr("'data': volume 'data'")));
  EXPECT_NE(swarm->docker_text({"inspect", "-f", "{{.Node.Name}}", "web"}), "node-1");
  EXPECT_EQ(say({"node", "ls", "-f", "availability=drain", "--format", "{{.Hostname}}"}), "node-1\n");
  say({"node", "activate", "node-1"});
  say({"node", "pause", "node-3"});
  EXPECT_EQ(say({"node", "ls", "--format", "{{.Availability}}"}), "active\nactive\npause\n");
  // A node with nothing on it is drained at once.
  EXPECT_TRUE(try_to({"node", "drain", "-w", "node-3"}).status.ok());

  const json::value inspected = parse_json(say({"node", "inspect", "node-1"}));
  ASSERT_TRUE(inspected.is_array());
  EXPECT_EQ(text_of(*find(inspected.get_array()[0], "Spec"), "Name"), "node-1");
  EXPECT_THAT(try_to({"node", "inspect", "nobody"}).err, HasSubstr("node nobody not found"));
  EXPECT_THAT(try_to({"node", "rm", "node-1"}).err, HasSubstr("is not down"));
  EXPECT_THAT(try_to({"node", "ls", "-H", swarm->lab().docker_host("node-2")}).err,
              HasSubstr("no `berth swarm manage`"));
}

TEST_F(SwarmPeople, InfoAndTopShowReservationsToPeopleAndPrograms) {
  run_container("web", {"-e", "constraint:node==node-2", "-m", "64m", "--cpus", "0.5"});
  EXPECT_THAT(say({"info"}), AllOf(StartsWith("Containers: 1\n Running: 1\n"), HasSubstr("\nRole: primary\n"),
                                   HasSubstr("\nStrategy: spread\n"), HasSubstr("\nNodes: 3\n node-1: "),
                                   HasSubstr("  └ Status: Healthy\n"), HasSubstr("  └ Reserved CPUs: 0.5 / ")));
  const json::value info = parse_json(say({"info", "--format", "json"}));
  EXPECT_EQ(text_of(info, "Role"), "primary");
  EXPECT_EQ(integer_of(*find(info, "NodeTotals"), "ReservedMemory"), 64 << 20);
  EXPECT_EQ(find_array(info, "Nodes")->size(), 3U);

  EXPECT_EQ(say({"top", "--no-stream", "--sort", "cpu", "--format", "{{.Hostname}} {{.ReservedCPUs}}"}),
            "node-2 0.5\nnode-1 0\nnode-3 0\n");
  EXPECT_THAT(say({"top", "--no-stream"}), AllOf(StartsWith("HOSTNAME"), HasSubstr("64MiB / ")));
  const std::string lines = say({"top", "--no-stream", "--format", "json"});
  EXPECT_EQ(integer_of(parse_json(split(lines, '\n')[1]), "ReservedMemory"), 64 << 20);

  swarm->lab().machines().kill(soon(), "node-3", [](std::string_view) {});
  wait_until([&] { return say({"node", "ls", "-f", "name=node-3", "--format", "{{.State}}"}) != "healthy\n"; });
  wait_until([&] { return say({"node", "ls", "-f", "state=unreachable", "--format", "{{.Hostname}}"}) == "node-3\n"; });
  EXPECT_THAT(swarm->docker({"info"}).err, HasSubstr("WARNING: node 'node-3' is unreachable since "));
  EXPECT_THAT(say({"top", "--no-stream", "--format", "{{.State}}: {{.Reason}}"}), ContainsRegex("unreachable: .*2376"));
}

TEST_F(SwarmPeople, EventsOfAllNodesAreFilteredAndShaped) {
  run_container("web", {"-e", "constraint:node==node-2"});
  run_container("other", {"-e", "constraint:node==node-3"});
  const std::vector<std::string> past = {"events", "--since", "1h", "--until", "0s"};
  const auto events = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = past;
    words.insert(words.end(), more.begin(), more.end());
    return say(words);
  };
  EXPECT_EQ(events({"-f", "type=container", "-f", "event=start", "--format",
                    "{{.Type}} {{.Action}} {{.Actor.Attributes.name}} {{.Status}}"}),
            "container start web start\ncontainer start other start\n");
  EXPECT_THAT(events({"-f", "node=node-2", "-f", "event=start"}),
              AllOf(HasSubstr(" container start "), HasSubstr("name=web"), HasSubstr("node.name=node-2"),
                    Not(HasSubstr("name=other"))));
  for (const std::string& line : split(trim(events({"--format", "json"})), '\n')) {
    EXPECT_FALSE(text_of(parse_json(line), "Type").empty());
  }
  EXPECT_THAT(try_to({"events", "-f", "strange=1"}).err, HasSubstr("invalid filter 'strange'"));
}

TEST_F(SwarmPeople, MetricsTellWhatTheManagerDoes) {
  run_container("web", {"-m", "64m", "--cpus", "0.5"});
  EXPECT_FALSE(swarm->docker({"run", "-d", "-e", "constraint:node==nowhere", "berth/test:1"}).status.ok());
  swarm->docker({"inspect", "nobody"});
  const swarm::PrometheusText before = metrics();
  EXPECT_EQ(before.value("berth_swarm_nodes{state=\"healthy\"}"), 3);
  EXPECT_EQ(before.value("berth_swarm_containers{state=\"running\"}"), 1);
  EXPECT_EQ(before.value("berth_swarm_reserved_cpus"), 0.5);
  EXPECT_EQ(before.value("berth_swarm_reserved_memory_bytes"), 64 << 20);
  EXPECT_EQ(before.value("berth_swarm_placements_total"), 1);
  EXPECT_EQ(before.value("berth_swarm_refusals_total"), 1);
  EXPECT_EQ(before.value("berth_swarm_leader"), 1);
  const std::string requests = "berth_swarm_request_duration_seconds_count";
  EXPECT_EQ(before.value(requests + R"({method="POST",route="/containers/create",status="201"})"), 1);
  EXPECT_GE(before.value(requests + R"({method="GET",route="/containers/{name}/json",status="404"})"), 1);
  EXPECT_GT(before.value("process_resident_memory_bytes"), 1e6);

  swarm->lab().machines().kill(soon(), "node-3", [](std::string_view) {});
  wait_until([&] { return metrics().value("berth_swarm_nodes{state=\"healthy\"}") == 2; });
  EXPECT_GE(metrics().value("berth_swarm_event_streams_lost_total"), 1);
  swarm->lab().machines().start(soon(), "node-3", [](std::string_view) {});
  wait_until([&] { return metrics().value("berth_swarm_nodes{state=\"healthy\"}") == 3; });
  EXPECT_GE(metrics().value("berth_swarm_event_stream_reconnects_total"), 1);
}

// `berth` run by a user of the lab's machines.
class MachineSwarm : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = missing(Generation::kOld)) GTEST_SKIP() << *why;
    lab.emplace();
  }
  Output berth(std::vector<std::string> words, const std::string& docker_host = {}) {
    words.insert(words.begin(), BERTH_PROGRAM);
    SpawnOptions options;
    options.environment = Environment::of_process();
    const auto variables = options.environment->variables();
    for (const auto& [name, value] : variables) {
      if (name.starts_with("DOCKER_")) options.environment->unset(name);
    }
    options.environment->set("MACHINE_STORAGE_PATH", lab->storage());
    options.environment->set("HOME", lab->storage() / "home");
    options.environment->set("XDG_STATE_HOME", lab->storage() / "state");
    make_folder(lab->storage() / "home");
    if (!docker_host.empty()) {
      options.environment->set("DOCKER_HOST", docker_host);
      options.environment->set("DOCKER_TLS_VERIFY", "1");
      options.environment->set("DOCKER_CERT_PATH", lab->storage() / "certs");
    }
    return run(soon(), words, {}, options);
  }
  void create(std::vector<std::string> words) {
    words.insert(words.begin(), {"machine", "create", "-d", "local", "--local-subnet", lab->subnet(), "--local-dockerd",
                                 dockerd(Generation::kOld).string()});
    const Output output = berth(words);
    ASSERT_TRUE(output.status.ok()) << output.out << output.err;
  }
  std::string healthy_nodes(const std::string& manager) {
    const Output said = berth({"swarm", "node", "ls", "-f", "state=healthy", "--format", "{{.Hostname}}"}, manager);
    return replace_all(trim(said.out), "\n", " ") + std::string(said.status.ok() ? "" : said.err);
  }
  std::optional<Lab> lab;
};

TEST_F(MachineSwarm, OneCommandMakesMachinesAManagerAndNodes) {
  create({"--swarm", "--swarm-master", "--swarm-strategy", "binpack", "--swarm-opt", "cluster-opt=swarm.overcommit=0.1",
          "boss"});
  create({"--swarm", "n1", "n2"});
  const std::string manager = "tcp://" + lab->ip("boss") + ":3376";
  wait_until([&] { return healthy_nodes(manager) == "boss n1 n2"; });
  EXPECT_THAT(berth({"machine", "env", "--swarm", "--shell", "sh", "boss"}).out,
              HasSubstr("export DOCKER_HOST=\"" + manager + "\""));
  EXPECT_THAT(berth({"machine", "env", "--swarm", "--shell", "sh", "n1"}).err, HasSubstr("is not a swarm master"));
  const std::string list = berth({"machine", "ls", "--format", "{{.Name}}|{{.Active}}|{{.Swarm}}"}, manager).out;
  EXPECT_EQ(list, "boss|* (swarm)|boss (master)\nn1|-|boss\nn2|-|boss\n");
  EXPECT_THAT(berth({"swarm", "info"}, manager).out, HasSubstr("\nStrategy: binpack\n"));
  EXPECT_EQ(berth({"machine", "ls", "--filter", "swarm=boss", "-q"}).out, "boss\nn1\nn2\n");

  // It ends with its machine, and starts with it.
  ASSERT_TRUE(berth({"machine", "stop", "boss"}).status.ok());
  const std::string said = read_file(lab->storage() / "machines/boss/swarm.log");
  ASSERT_TRUE(berth({"machine", "start", "boss"}).status.ok());
  wait_until([&] { return healthy_nodes("tcp://" + lab->ip("boss") + ":3376") == "boss n1 n2"; });
  EXPECT_THAT(read_file(lab->storage() / "machines/boss/swarm.log").substr(said.size()),
              HasSubstr("listening on tcp://"));
}

TEST_F(MachineSwarm, InitMakesASwarmOfTheMachinesThereAreAndLeaveEndsIt) {
  create({"n1", "n2"});
  const Path socket = lab->storage() / "extra.sock";
  const Output made = berth({"swarm", "init", "-H", "unix://" + socket.string(), "--strategy", "binpack"});
  if (made.status.code != 0 && made.err.find("is there already") != std::string::npos) {
    GTEST_SKIP() << "this computer has a swarm of its own: " << made.err;
  }
  ASSERT_TRUE(made.status.ok()) << made.out << made.err;
  EXPECT_THAT(made.out, HasSubstr("a manager for machine:// runs on this machine"));
  const std::string manager = "unix://" + socket.string();
  wait_until(
      [&] { return trim(berth({"swarm", "node", "ls", "-H", manager, "-f", "state=healthy", "-q"}).out).size() > 80; });
  EXPECT_THAT(berth({"swarm", "info", "-H", manager}).out, HasSubstr("\nStrategy: binpack\n"));
  EXPECT_THAT(berth({"swarm", "init"}).err, HasSubstr("is there already"));
  EXPECT_THAT(berth({"swarm", "leave"}).out, HasSubstr("The manager has ended"));
  EXPECT_FALSE(berth({"swarm", "info", "-H", manager}).status.ok());
  EXPECT_THAT(berth({"swarm", "leave"}).err, HasSubstr("no swarm was made"));
}

TEST(HostSwarm, AHostThatAnswersSshRunsTheManagerUnderSystemd) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a berth with sanitizers needs their libraries on the host: run it with PRESET=dev";
#endif
  if (const auto why = hosts_missing()) GTEST_SKIP() << *why;
  HostLab lab;
  lab.add({"one"});
  const std::string ip = lab.address("one");
  const Output created = lab.machine(lab.create_words(
      "one", {"--swarm", "--swarm-master", "--swarm-discovery", ip + ":2376", "--swarm-strategy", "binpack"}));
  ASSERT_TRUE(created.status.ok()) << created.out << created.err;
  EXPECT_THAT(created.out,
              AllOf(HasSubstr("Sending berth to the host..."), HasSubstr("Starting the swarm's services...")));
  EXPECT_EQ(lab.machine({"ls", "--format", "{{.Swarm}}"}).out, "one (master)\n");
  const auto swarm = [&](std::vector<std::string> words) {
    const Path certificates = lab.storage() / "machines/one";
    words.insert(words.begin(), {BERTH_PROGRAM, "swarm"});
    words.insert(words.end(), {"-H", "tcp://" + ip + ":3376", "--tlsverify", "--tlscacert", certificates / "ca.pem",
                               "--tlscert", certificates / "cert.pem", "--tlskey", certificates / "key.pem"});
    const Output output = run(soon(), words);
    return output.out + output.err;
  };
  const std::vector<std::string> list = {"node", "ls", "--format", "{{.Hostname}} {{.State}}"};
  wait_until([&] { return swarm(list) == "one healthy\n"; });
  EXPECT_THAT(swarm({"info"}), HasSubstr("\nStrategy: binpack\n"));

  // systemd starts it again; provisioning sends nothing that is there already.
  lab.on("one", "systemctl kill -s KILL berth-swarm-manage.service");
  wait_until([&] { return swarm(list) == "one healthy\n"; });
  const Output again = lab.machine({"provision", "one"});
  EXPECT_TRUE(again.status.ok()) << again.out << again.err;
  EXPECT_THAT(again.out, Not(HasSubstr("Sending berth")));
  wait_until([&] { return swarm(list) == "one healthy\n"; });
}

TEST(HostSwarm, CertificatesThatEndSoonAreRenewedAndTheManagerGoesOnWithThem) {
  if (const auto why = hosts_missing()) GTEST_SKIP() << *why;
  HostLab lab;
  lab.add({"one"});
  const Output created = lab.machine(lab.create_words("one"));
  ASSERT_TRUE(created.status.ok()) << created.out << created.err;
  const Path folder = lab.storage() / "machines/one";
  const pki::CertificateFolder certificates(lab.storage() / "certs");
  const pki::Identity authority = pki::load(certificates.ca(), certificates.ca_key());
  const auto now = std::chrono::system_clock::now();
  const pki::Identity short_lived = pki::issue(authority,
                                               {.use = pki::Use::kServer,
                                                .organization = "berth.one",
                                                .common_name = {},
                                                .names = {lab.address("one"), "127.0.0.1", "localhost", "one"},
                                                .valid_for = std::chrono::hours(24 * 10)},
                                               now);
  pki::save(short_lived, folder / "server.pem", folder / "server-key.pem");
  const pki::Identity client =
      pki::issue(authority, {.organization = "me", .common_name = {}, .valid_for = std::chrono::hours(24 * 10)}, now);
  pki::save(client, certificates.client(), certificates.client_key());
  pki::save(client, folder / "cert.pem", folder / "key.pem");

  SpawnOptions options;
  options.environment = Environment::of_process();
  options.environment->set("MACHINE_STORAGE_PATH", lab.storage());
  const Path log = lab.folder() / "manage.log";
  const Fd file(::open(log.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  options.out_fd = options.err_fd = file.get();
  const std::string address = "unix://" + (lab.folder() / "swarm.sock").string();
  Child manager = spawn({BERTH_PROGRAM, "swarm", "manage", "--store", "memory:", "-H", address, "machine://"}, options);
  wait_until([&] { return read_file(log).find("renewed the certificates of node 'one'") != std::string::npos; });
  EXPECT_THAT(read_file(log), HasSubstr("ends on "));
  EXPECT_NE(read_file(folder / "server.pem"), short_lived.certificate);
  EXPECT_NE(read_file(folder / "cert.pem"), client.certificate);
  const auto in_a_year = now + std::chrono::hours(24 * 365);
  for (const char* name : {"server.pem", "cert.pem"}) {
    EXPECT_FALSE(pki::read_certificate(read_file(folder / name)).expired(in_a_year)) << name;
  }
  // The manager goes on with the new ones.
  wait_until(
      [&] { return run(soon(), {"docker", "-H", address, "info"}).out.find("Status: Healthy") != std::string::npos; });
  EXPECT_EQ(run(soon(), {"docker", "-H", address, "version", "--format", "{{.Server.Os}}"}).out, "linux\n");
  EXPECT_THAT(run(soon(), {BERTH_PROGRAM, "swarm", "events", "-H", address, "--since", "5m", "--until", "0s",
                           "--filter", "type=node"})
                  .out,
              HasSubstr("renew-certificate"));
  manager.kill(SIGTERM);
  manager.wait(soon());
}

TEST_F(MachineSwarm, WhatClassicSwarmDidAndThisOneDoesNotIsRefused) {
  const auto refusal = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "swarm");
    const Output output = berth(words);
    EXPECT_FALSE(output.status.ok()) << join(words, " ");
    return output.err;
  };
  EXPECT_THAT(refusal({"create"}), HasSubstr("gone since 2019"));
  EXPECT_THAT(refusal({"create", "token://abc"}), HasSubstr("gone since 2019"));
  EXPECT_THAT(refusal({"create", "file:///tmp/nodes"}), HasSubstr("nothing to create"));
  EXPECT_THAT(refusal({"manage", "--engine-failure-retry", "3", "a:1"}), HasSubstr("engines are not polled"));
  EXPECT_THAT(refusal({"manage", "--heartbeat", "10s", "a:1"}), HasSubstr("watched, not polled"));
  EXPECT_THAT(refusal({"manage", "--api-enable-cors", "a:1"}), HasSubstr("is not supported"));
  EXPECT_THAT(refusal({"manage", "--cluster-driver", "mesos-experimental", "a:1"}), HasSubstr("is not supported"));
  EXPECT_THAT(refusal({"manage", "--tlsverify", "--no-tls", "a:1"}), HasSubstr("contradict"));
  EXPECT_THAT(refusal({"manage", "--tlsverify=false", "a:1"}), HasSubstr("--no-tls"));
  EXPECT_THAT(refusal({"manage", "--replication-ttl", "5s", "a:1"}), HasSubstr("goes with --replication"));
  EXPECT_THAT(refusal({"manage", "--engine-refresh-min-interval", "0s", "a:1"}), HasSubstr("positive"));
  EXPECT_THAT(
      refusal({"manage", "--engine-refresh-min-interval", "30s", "--engine-refresh-max-interval", "20s", "a:1"}),
      HasSubstr("cannot be less"));
  const Output machine = berth({"machine", "create", "-d", "local", "--swarm-image", "swarm:1.2.9", "--swarm", "n1"});
  EXPECT_THAT(machine.err, HasSubstr("--swarm-image"));
}

}  // namespace
}  // namespace berth::scenario
