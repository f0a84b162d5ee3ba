// Every typed call of the engine client, on real engines of both generations.
#include <algorithm>
#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/parallel.h"
#include "engine/build_context.h"
#include "engine/client.h"
#include "scenario/cli.h"
#include "scenario/engines.h"

namespace berth::scenario {

namespace {

using namespace engine;  // NOLINT: the whole file is about it
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kLabel = "berth.test.engine";

class EngineApi : public testing::TestWithParam<Generation> {
 protected:
  void SetUp() override {
    std::string reason;
    const auto host = engine_host(GetParam(), reason);
    if (!host) GTEST_SKIP() << reason;
    client_ = std::make_unique<Client>(endpoint_of(*host));
    context_ = Context().with_timeout(std::chrono::minutes(2));
    clean();
  }
  void TearDown() override {
    if (client_) clean();
  }

  void clean() {
    for (const auto& container : client_->list_containers(context_, {.all = true, .filters = mine()})) {
      client_->remove_container(context_, container.id, {.force = true, .volumes = true});
    }
    for (const auto& network : client_->list_networks(context_, mine())) client_->remove_network(context_, network.id);
    for (const auto& volume : client_->list_volumes(context_, mine()).volumes) {
      client_->remove_volume(context_, volume.name);
    }
  }

  static Filters mine() { return {{"label", kLabel}}; }

  ContainerCreate shell(const std::string& name, const std::string& script) {
    ContainerCreate create;
    create.name = name;
    create.config.image = "berth/test:1";
    create.config.cmd = {"sh", "-c", script};
    create.config.labels = {{kLabel, "1"}};
    return create;
  }

  ContainerId run(const std::string& name, const std::string& script) {
    const ContainerId id = client_->create_container(context_, shell(name, script)).id;
    client_->start_container(context_, id);
    return id;
  }

  ContainerId idle(const std::string& name) { return run(name, "trap 'exit 0' TERM; sleep infinity & wait"); }

  std::pair<std::string, std::string> output_of(const ContainerId& id, const LogOptions& options = {}) {
    std::pair<std::string, std::string> out;
    LogStream logs = client_->container_logs(context_, id, options);
    while (const auto chunk = logs.next(context_)) {
      (chunk->source == LogSource::kErr ? out.second : out.first) += chunk->data;
    }
    return out;
  }

  std::int64_t wait_for(const ContainerId& id) {
    return client_->wait_container(context_, id).exit(context_).status_code;
  }

  Kind kind_of(const std::function<void()>& call) {
    try {
      call();
    } catch (const Error& e) {
      message_ = e.message();
      return e.kind();
    }
    ADD_FAILURE() << "no error";
    return Kind::kInternal;
  }

  std::unique_ptr<Client> client_;
  Context context_;
  std::string message_;  // of the last error
};

std::string all_of(const Context& context, ByteStream& stream) {
  std::string out;
  char buffer[4096];
  while (const std::size_t size = stream.read(context, buffer)) out.append(buffer, size);
  return out;
}

std::string all_of(const Context& context, AttachStream& stream) {
  std::string out;
  while (const auto chunk = stream.next(context)) out += chunk->data;
  return out;
}

}  // namespace

TEST_P(EngineApi, TellsItsVersionAndItself) {
  const PingInfo ping = client_->ping(context_);
  EXPECT_EQ(ping.os_type, "linux");
  EXPECT_EQ(client_->api_version(context_), std::min(ping.api_version, kNewestApi));
  const Version version = client_->version(context_);
  EXPECT_EQ(version.api_version, ping.api_version.text());
  EXPECT_FALSE(version.version.empty());
  const Info info = client_->info(context_);
  EXPECT_GT(info.ncpu, 0);
  EXPECT_GT(count(info.mem_total), 0);
  EXPECT_THAT(info.volume_plugins, Contains("local"));
  EXPECT_THAT(info.runtimes, Contains("runc"));
  EXPECT_TRUE(info.system_time.has_value());
}

TEST_P(EngineApi, AnOlderVersionOfTheApiCanBeSpoken) {
  Client old(client_->endpoint(), {.api_version = ApiVersion{1, 24}});
  if (GetParam() == Generation::kNew) old.list_containers(context_);
  EXPECT_FALSE(old.version(context_).version.empty());
}

TEST_P(EngineApi, RunsAContainerToItsEndAndTellsItsOutput) {
  const ContainerId id = client_->create_container(context_, shell("berth-run", "echo out; echo err >&2; exit 3")).id;
  WaitStream wait = client_->wait_container(context_, id, WaitCondition::kNextExit);
  EXPECT_TRUE(client_->start_container(context_, id));
  EXPECT_EQ(wait.exit(context_).status_code, 3);
  EXPECT_EQ(output_of(id), (std::pair<std::string, std::string>("out\n", "err\n")));
  EXPECT_EQ(output_of(id, {.err = false}).second, "");
  const ContainerInspect inspect = client_->inspect_container(context_, id, true);
  EXPECT_EQ(inspect.id, id);
  EXPECT_EQ(inspect.name, "berth-run");
  EXPECT_EQ(inspect.state.status, "exited");
  EXPECT_EQ(inspect.state.exit_code, 3);
  EXPECT_TRUE(inspect.state.finished_at.has_value());
  EXPECT_TRUE(inspect.size_rw.has_value());
  EXPECT_EQ(inspect.config.labels.at(kLabel), "1");
}

TEST_P(EngineApi, LogsAreFollowedAndCutByLinesAndTime) {
  const ContainerId id = run("berth-logs", "for i in 1 2 3; do echo line $i; done; sleep 0.2; echo line 4");
  EXPECT_EQ(output_of(id, {.follow = true}).first, "line 1\nline 2\nline 3\nline 4\n");
  EXPECT_EQ(output_of(id, {.tail = 1}).first, "line 4\n");
  const std::string stamped = output_of(id, {.timestamps = true, .tail = 1}).first;
  const auto time = parse_time(stamped.substr(0, stamped.find(' ')));
  ASSERT_TRUE(time.has_value());
  EXPECT_EQ(output_of(id, {.since = *time}).first, "line 4\n");
  EXPECT_EQ(output_of(id, {.until = *time - std::chrono::milliseconds(1)}).first, "line 1\nline 2\nline 3\n");
}

TEST_P(EngineApi, ListsContainersByTheirFilters) {
  const ContainerId running = idle("berth-list-1");
  client_->create_container(context_, shell("berth-list-2", "true"));
  EXPECT_EQ(client_->list_containers(context_, {.filters = mine()}).size(), 1U);
  EXPECT_EQ(client_->list_containers(context_, {.all = true, .filters = mine()}).size(), 2U);
  const auto created =
      client_->list_containers(context_, {.all = true, .filters = {{"label", kLabel}, {"status", "created"}}});
  ASSERT_EQ(created.size(), 1U);
  EXPECT_THAT(created[0].names, ElementsAre("berth-list-2"));
  const auto sized = client_->list_containers(context_, {.size = true, .filters = {{"id", running.value}}});
  ASSERT_EQ(sized.size(), 1U);
  EXPECT_TRUE(sized[0].size_root_fs.has_value());
  EXPECT_EQ(sized[0].state, "running");
  EXPECT_EQ(sized[0].networks.count("bridge"), 1U);
}

TEST_P(EngineApi, StartsStopsAndKills) {
  const ContainerId id = idle("berth-life");
  EXPECT_FALSE(client_->start_container(context_, id));
  client_->pause_container(context_, id);
  EXPECT_TRUE(client_->inspect_container(context_, id).state.paused);
  client_->unpause_container(context_, id);
  client_->restart_container(context_, id, {.timeout = std::chrono::seconds(5)});
  EXPECT_TRUE(client_->stop_container(context_, id, {.timeout = std::chrono::seconds(5)}));
  EXPECT_FALSE(client_->stop_container(context_, id));
  EXPECT_EQ(kind_of([&] { client_->kill_container(context_, id, "KILL"); }), Kind::kConflict);
  EXPECT_THAT(message_, HasSubstr("killing container '" + id.brief() + "'"));
  client_->start_container(context_, id);
  client_->kill_container(context_, id, "KILL");
  EXPECT_EQ(wait_for(id), 137);
  client_->rename_container(context_, id, "berth-life-2");
  EXPECT_EQ(client_->inspect_container(context_, ContainerId("berth-life-2")).id, id);
}

TEST_P(EngineApi, ASignalForStopIsSentOrRefused) {
  const ContainerId id = run("berth-signal", "trap 'exit 7' USR1; echo ready; while :; do sleep 0.05; done");
  wait_until(
      [&] { return output_of(id).first == "ready\n"; });  // before, a container's first process does not get signals
  const auto stop = [&] { client_->stop_container(context_, id, {.signal = "USR1"}); };
  if (client_->supports(context_, Feature::kStopSignal)) {
    stop();
    EXPECT_EQ(wait_for(id), 7);
  } else {
    EXPECT_EQ(kind_of(stop), Kind::kUnsupported);
  }
}

TEST_P(EngineApi, RemovedContainersAreWaitedForAndNotFoundAfterwards) {
  const ContainerId id = idle("berth-remove");
  WaitStream wait = client_->wait_container(context_, id, WaitCondition::kRemoved);
  EXPECT_EQ(kind_of([&] { client_->remove_container(context_, id); }), Kind::kConflict);
  client_->remove_container(context_, id, {.force = true});
  wait.exit(context_);
  EXPECT_EQ(kind_of([&] { client_->inspect_container(context_, id); }), Kind::kNotFound);
}

TEST_P(EngineApi, UpdatesResourcesAndRestartPolicy) {
  const ContainerId id = idle("berth-update");
  client_->update_container(
      context_, id,
      {.resources = {.cpu_shares = 512, .pids_limit = 99}, .restart_policy = RestartPolicy{.name = "unless-stopped"}});
  const HostConfig host = client_->inspect_container(context_, id).host_config;
  EXPECT_EQ(host.resources.cpu_shares, 512);
  EXPECT_EQ(host.resources.pids_limit, 99);
  EXPECT_EQ(host.restart_policy.name, "unless-stopped");
}

TEST_P(EngineApi, AnAttachedContainerReadsItsInput) {
  ContainerCreate create = shell("berth-attach", "cat; echo done >&2");
  create.config.open_stdin = create.config.stdin_once = true;
  create.config.attach_stdin = create.config.attach_stdout = create.config.attach_stderr = true;
  const ContainerId id = client_->create_container(context_, create).id;
  AttachStream stream = client_->attach_container(context_, id, {.in = true});
  client_->start_container(context_, id);
  stream.write(context_, "hello\n");
  stream.close_write(context_);
  std::string out;
  std::string err;
  while (const auto chunk = stream.next(context_)) (chunk->source == LogSource::kErr ? err : out) += chunk->data;
  EXPECT_EQ(out, "hello\n");
  EXPECT_EQ(err, "done\n");
}

TEST_P(EngineApi, ATerminalIsResizedAndItsOutputIsUndivided) {
  ContainerCreate create = shell("berth-tty", "read line; stty size; echo err >&2");
  create.config.tty = create.config.open_stdin = true;
  const ContainerId id = client_->create_container(context_, create).id;
  AttachStream stream = client_->attach_container(context_, id, {.in = true}, true);
  client_->start_container(context_, id);
  client_->resize_container(context_, id, 33, 77);
  stream.write(context_, "go\n");
  EXPECT_EQ(all_of(context_, stream), "go\r\n33 77\r\nerr\r\n");
  std::string logs;
  LogStream stored = client_->container_logs(context_, id, {}, true);
  while (const auto chunk = stored.next(context_)) logs += chunk->data;
  EXPECT_THAT(logs, HasSubstr("33 77"));
}

TEST_P(EngineApi, ProgramsRunInAContainer) {
  const ContainerId id = idle("berth-exec");
  const ExecId exec = client_->create_exec(context_, id,
                                           {.attach_stdin = true,
                                            .attach_stdout = true,
                                            .attach_stderr = true,
                                            .working_dir = "/tmp",
                                            .env = {"WHO=berth"},
                                            .cmd = {"sh", "-c", "cat; echo $WHO $PWD; exit 5"}});
  AttachStream stream = client_->start_exec(context_, exec);
  stream.write(context_, "in\n");
  stream.close_write(context_);
  EXPECT_EQ(all_of(context_, stream), "in\nberth /tmp\n");
  const ExecInspect inspect = client_->inspect_exec(context_, exec);
  EXPECT_FALSE(inspect.running);
  EXPECT_EQ(inspect.exit_code, 5);
  EXPECT_EQ(inspect.container_id, id);
}

TEST_P(EngineApi, AProgramsTerminalIsResized) {
  const ContainerId id = idle("berth-exec-tty");
  const ExecId exec = client_->create_exec(
      context_, id,
      {.attach_stdin = true, .attach_stdout = true, .tty = true, .cmd = {"sh", "-c", "read line; stty size"}});
  AttachStream stream = client_->start_exec(context_, exec, true);
  client_->resize_exec(context_, exec, 20, 60);
  stream.write(context_, "\n");
  EXPECT_THAT(all_of(context_, stream), HasSubstr("20 60"));
}

TEST_P(EngineApi, ADetachedProgramRunsOn) {
  const ContainerId id = idle("berth-exec-detached");
  const ExecId exec = client_->create_exec(context_, id, {.cmd = {"sleep", "60"}});
  client_->start_exec_detached(context_, exec);
  EXPECT_TRUE(client_->inspect_exec(context_, exec).running);
  Top top;
  // An engine says that it runs before its program has taken the place of runc.
  wait_until([&] {
    top = client_->container_top(context_, id, "-eo pid,args");
    return std::ranges::any_of(top.processes, [](const auto& row) { return row.back() == "sleep 60"; });
  });
  EXPECT_THAT(top.titles, Contains("PID"));
  EXPECT_THAT(client_->inspect_container(context_, id).exec_ids, ElementsAre(exec.value));
}

TEST_P(EngineApi, TellsStatistics) {
  const ContainerId id = idle("berth-stats");
  const Stats once = client_->container_stats_once(context_, id);
  EXPECT_EQ(once.name, "berth-stats");
  EXPECT_GT(once.cpu.total_usage, 0U);
  EXPECT_GT(once.cpu.online_cpus, 0U);
  StatsStream stream = client_->container_stats(context_, id);
  ASSERT_TRUE(stream.next(context_).has_value());
  const auto second = stream.next(context_);
  ASSERT_TRUE(second.has_value());
  EXPECT_TRUE(second->read.has_value());
  EXPECT_GE(second->cpu_percent(), 0);
}

TEST_P(EngineApi, FilesAreCopiedBothWaysAndChangesListed) {
  const ContainerId from = run("berth-copy-1", "mkdir /data; echo content > /data/file; ln -s file /data/link");
  wait_for(from);
  auto [stat, tar] = client_->get_archive(context_, from, "/data");
  EXPECT_EQ(stat.name, "data");
  EXPECT_TRUE(stat.is_folder());
  const std::string bytes = all_of(context_, tar);
  EXPECT_THAT(client_->container_changes(context_, from),
              Contains(FilesystemChange{"/data/file", FilesystemChange::Change::kAdded}));

  const ContainerId to = client_->create_container(context_, shell("berth-copy-2", "cat /tmp/data/link")).id;
  EXPECT_FALSE(client_->stat_path(context_, to, "/tmp/data").has_value());
  client_->put_archive(context_, to, "/tmp", bytes_of(bytes));
  const auto link = client_->stat_path(context_, to, "/tmp/data/link");
  ASSERT_TRUE(link.has_value());
  EXPECT_TRUE(link->is_symlink());
  client_->start_container(context_, to);
  wait_for(to);
  EXPECT_EQ(output_of(to).first, "content\n");
  EXPECT_EQ(kind_of([&] { client_->stat_path(context_, ContainerId("berth-nobody"), "/"); }), Kind::kNotFound);
  EXPECT_EQ(kind_of([&] { client_->put_archive(context_, to, "/nowhere", bytes_of(bytes)); }), Kind::kNotFound);
}

TEST_P(EngineApi, AContainerIsCommittedAndExported) {
  const ContainerId id = run("berth-commit", "echo kept > /kept");
  wait_for(id);
  const ImageId image = client_->commit_container(
      context_, id, {.repository = "berth/committed", .tag = "1", .comment = "c", .changes = {"LABEL made=yes"}});
  const ImageInspect inspect = client_->inspect_image(context_, "berth/committed:1");
  EXPECT_EQ(inspect.id, image);
  EXPECT_EQ(inspect.config.labels.at("made"), "yes");
  ByteStream tree = client_->export_container(context_, id);
  const ImageId imported =
      client_->import_image(context_, [&](const Context& c, std::span<char> buffer) { return tree.read(c, buffer); },
                            "berth/imported:1", {"CMD [\"cat\", \"/kept\"]"});
  EXPECT_EQ(client_->inspect_image(context_, "berth/imported:1").id, imported);
  client_->remove_image(context_, "berth/imported:1");
  client_->remove_image(context_, "berth/committed:1");
}

TEST_P(EngineApi, NetworksAreMadeJoinedAndLeft) {
  NetworkCreate create{.name = "berth-net", .driver = "bridge", .internal = true, .labels = {{kLabel, "1"}}};
  create.ipam = IPAM{.config = {{.subnet = "10.231.7.0/24", .gateway = "10.231.7.1"}}};
  const NetworkId network = client_->create_network(context_, create).id;
  EXPECT_EQ(kind_of([&] { client_->create_network(context_, create); }), Kind::kConflict);
  const ContainerId id = idle("berth-net-1");
  client_->connect_network(context_, network, id,
                           {.ipam_config = EndpointIPAMConfig{.ipv4_address = "10.231.7.9"}, .aliases = {"here"}});
  const Network inspect = client_->inspect_network(context_, network);
  EXPECT_EQ(inspect.name, "berth-net");
  EXPECT_TRUE(inspect.internal);
  EXPECT_EQ(inspect.ipam.config, create.ipam->config);
  EXPECT_EQ(inspect.containers.at(id.value).ipv4_address, "10.231.7.9/24");
  const auto networks = client_->inspect_container(context_, id).networks;
  EXPECT_THAT(networks.at("berth-net").aliases, Contains("here"));
  client_->disconnect_network(context_, network, id);
  EXPECT_EQ(client_->inspect_container(context_, id).networks.count("berth-net"), 0U);
  EXPECT_THAT(client_->prune_networks(context_, mine()), ElementsAre("berth-net"));
  EXPECT_EQ(kind_of([&] { client_->remove_network(context_, network); }), Kind::kNotFound);
}

TEST_P(EngineApi, SeveralNetworksAtCreateNeedANewEngine) {
  const auto network = [&](const std::string& name) {
    client_->create_network(context_, {.name = name, .labels = {{kLabel, "1"}}});
  };
  network("berth-net-a");
  network("berth-net-b");
  ContainerCreate create = shell("berth-nets", "true");
  create.host_config.network_mode = "berth-net-a";
  create.networking_config.endpoints_config = {{"berth-net-a", {.aliases = {"a"}}}, {"berth-net-b", {}}};
  const auto call = [&] { return client_->create_container(context_, create); };
  if (client_->supports(context_, Feature::kManyEndpoints)) {
    EXPECT_EQ(client_->inspect_container(context_, call().id).networks.size(), 2U);
  } else {
    EXPECT_EQ(kind_of(call), Kind::kUnsupported);
    EXPECT_THAT(message_, HasSubstr("creating container 'berth-nets'"));
  }
}

TEST_P(EngineApi, AMacAddressIsSetOnEveryEngine) {
  client_->create_network(context_, {.name = "berth-net-mac", .labels = {{kLabel, "1"}}});
  ContainerCreate create = shell("berth-mac", "cat /sys/class/net/eth0/address");
  create.host_config.network_mode = "berth-net-mac";
  create.networking_config.endpoints_config = {{"berth-net-mac", {.mac_address = "02:42:0a:00:00:99"}}};
  const ContainerId id = client_->create_container(context_, create).id;
  client_->start_container(context_, id);
  wait_for(id);
  EXPECT_EQ(output_of(id).first, "02:42:0a:00:00:99\n");
}

TEST_P(EngineApi, ABindMountsSourceIsMadeOnEveryEngine) {
  TemporaryFolder folder;
  ContainerCreate create = shell("berth-bind", "echo here > /mnt/file");
  create.host_config.mounts = {{.type = "bind",
                                .source = (folder.path() / "made").string(),
                                .target = "/mnt",
                                .bind_options = BindOptions{.create_mountpoint = true}}};
  const ContainerId id = client_->create_container(context_, create).id;
  client_->start_container(context_, id);
  EXPECT_EQ(wait_for(id), 0);
  EXPECT_EQ(read_file(folder.path() / "made" / "file"), "here\n");
  create.name = "berth-bind-2";
  create.host_config.mounts[0].bind_options.reset();
  create.host_config.mounts[0].source += "-not";
  EXPECT_EQ(kind_of([&] { client_->create_container(context_, create); }), Kind::kInvalid);
}

TEST_P(EngineApi, VolumesAreMadeMountedAndRemoved) {
  const Volume volume = client_->create_volume(context_, {.name = "berth-volume", .labels = {{kLabel, "1"}}});
  EXPECT_EQ(volume.driver, "local");
  EXPECT_EQ(client_->create_volume(context_, {.name = "berth-volume"}).mountpoint, volume.mountpoint);
  ContainerCreate create = shell("berth-volume-1", "echo x > /v/x");
  create.host_config.mounts = {
      {.type = "volume", .source = "berth-volume", .target = "/v"},
      {.type = "tmpfs", .target = "/t", .tmpfs_options = TmpfsOptions{.size = Bytes{1 << 20}}}};
  const ContainerId id = client_->create_container(context_, create).id;
  EXPECT_EQ(client_->inspect_volume(context_, "berth-volume").labels.at(kLabel), "1");
  EXPECT_EQ(client_->list_volumes(context_, mine()).volumes.size(), 1U);
  EXPECT_EQ(kind_of([&] { client_->remove_volume(context_, "berth-volume"); }), Kind::kConflict);
  const auto mounts = client_->inspect_container(context_, id).mounts;
  ASSERT_EQ(mounts.size(), GetParam() == Generation::kOld ? mounts.size() : 2U);
  client_->remove_container(context_, id);
  client_->remove_volume(context_, "berth-volume");
  EXPECT_EQ(kind_of([&] { client_->inspect_volume(context_, "berth-volume"); }), Kind::kNotFound);
}

TEST_P(EngineApi, WhatWasAskedForComesBackFromInspect) {
  ContainerCreate create = shell("berth-full", "true");
  ContainerConfig& config = create.config;
  config.hostname = "full";
  config.user = "app";
  config.working_dir = "/tmp";
  config.env = {"A=1", "PATH=/usr/bin"};
  config.exposed_ports = {"80/tcp"};
  config.entrypoint = {"/usr/bin/env"};
  config.stop_signal = "SIGUSR1";
  config.stop_timeout = 4;
  config.healthcheck = HealthConfig{.test = {"CMD", "true"},
                                    .interval = std::chrono::seconds(3),
                                    .timeout = std::chrono::seconds(2),
                                    .start_period = std::chrono::seconds(1),
                                    .retries = 5};
  HostConfig& host = create.host_config;
  host.resources.memory = Bytes{64 << 20};
  host.resources.nano_cpus = 500'000'000;
  host.resources.ulimits = {{"nofile", 100, 200}};
  host.resources.devices = {{"/dev/null", "/dev/nothing", "rw"}};
  host.resources.pids_limit = 50;
  host.port_bindings = {{"80/tcp", {{"127.0.0.1", "18080"}}}};
  host.restart_policy = {"on-failure", 3};
  host.log_config = {"json-file", {{"max-size", "1m"}}};
  host.cap_add = {"NET_ADMIN"};
  host.cap_drop = {"MKNOD"};
  host.dns = {"10.0.0.2"};
  host.dns_search = {"example.com"};
  host.dns_options = {"ndots:2"};
  host.extra_hosts = {"other:10.0.0.3"};
  host.group_add = {"100"};
  host.security_opt = {"no-new-privileges:true"};
  host.sysctls = {{"net.ipv4.ip_forward", "1"}};
  host.tmpfs = {{"/run", "size=1m"}};
  host.shm_size = Bytes{32 << 20};
  host.init = true;
  host.readonly_rootfs = true;
  host.oom_score_adj = 10;
  host.ipc_mode = "shareable";
  const ContainerId id = client_->create_container(context_, create).id;
  const ContainerInspect inspect = client_->inspect_container(context_, id);
  EXPECT_EQ(inspect.config.hostname, "full");
  EXPECT_EQ(inspect.config.healthcheck, config.healthcheck);
  EXPECT_EQ(inspect.config.entrypoint, config.entrypoint);
  EXPECT_EQ(inspect.config.stop_timeout, 4);
  EXPECT_EQ(inspect.host_config.resources.ulimits, host.resources.ulimits);
  EXPECT_EQ(inspect.host_config.resources.devices, host.resources.devices);
  EXPECT_EQ(inspect.host_config.resources.nano_cpus, host.resources.nano_cpus);
  EXPECT_EQ(inspect.host_config.resources.memory, host.resources.memory);
  EXPECT_EQ(inspect.host_config.port_bindings, host.port_bindings);
  EXPECT_EQ(inspect.host_config.restart_policy, host.restart_policy);
  EXPECT_EQ(inspect.host_config.log_config, host.log_config);
  EXPECT_EQ(inspect.host_config.sysctls, host.sysctls);
  EXPECT_EQ(inspect.host_config.tmpfs, host.tmpfs);
  EXPECT_EQ(inspect.host_config.shm_size, host.shm_size);
  EXPECT_EQ(inspect.host_config.extra_hosts, host.extra_hosts);
  EXPECT_EQ(inspect.host_config.init, true);
  EXPECT_EQ(inspect.host_config.dns_options, host.dns_options);
}

TEST_P(EngineApi, ImagesAreListedTaggedSavedLoadedAndRemoved) {
  const ImageInspect image = client_->inspect_image(context_, "berth/test:1");
  EXPECT_EQ(image.os, "linux");
  EXPECT_FALSE(image.layers.empty());
  client_->tag_image(context_, "berth/test:1", "localhost:5000/berth/tagged:x");
  const auto listed = client_->list_images(context_, {.filters = {{"reference", "localhost:5000/berth/tagged"}}});
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0].id, image.id);
  ByteStream saved = client_->save_images(context_, {"localhost:5000/berth/tagged:x"});
  const std::string bytes = all_of(context_, saved);
  const auto removed = client_->remove_image(context_, "localhost:5000/berth/tagged:x");
  ASSERT_FALSE(removed.empty());
  EXPECT_EQ(removed[0].untagged, "localhost:5000/berth/tagged:x");
  EXPECT_FALSE(client_->find_image(context_, "localhost:5000/berth/tagged:x").has_value());
  ProgressStream load = client_->load_images(context_, bytes_of(bytes));
  std::string text;
  while (const auto progress = load.next(context_)) text += progress->stream;
  EXPECT_THAT(text, HasSubstr("localhost:5000/berth/tagged:x"));
  client_->remove_image(context_, "localhost:5000/berth/tagged:x");
}

TEST_P(EngineApi, APullOrPushThatCannotBeIsAnErrorInTheEnginesWords) {
  EXPECT_NE(kind_of([&] { client_->pull_image(context_, "127.0.0.1:1/none:1").finish(context_); }), Kind::kCancelled);
  EXPECT_THAT(message_, HasSubstr("pulling image '127.0.0.1:1/none:1'"));
  client_->tag_image(context_, "berth/test:1", "127.0.0.1:1/none:1");
  EXPECT_NE(kind_of([&] { client_->push_image(context_, "127.0.0.1:1/none:1").finish(context_); }), Kind::kCancelled);
  EXPECT_THAT(message_, HasSubstr("refused"));
  client_->remove_image(context_, "127.0.0.1:1/none:1");
}

TEST_P(EngineApi, BuildsAnImageFromAContextWithItsIgnoredFilesLeftOut) {
  TemporaryFolder folder;
  write_file(folder.path() / "Dockerfile",
             "FROM berth/test:1 AS base\nARG WHO\nCOPY . /ctx\nRUN echo $WHO > /who\nFROM base\nRUN false\n");
  write_file(folder.path() / ".dockerignore", "*.log\nsecret\n!secret/keep\nDockerfile\n");
  write_file(folder.path() / "a.txt", "a");
  write_file(folder.path() / "b.log", "b");
  write_file(folder.path() / "secret/keep", "k");
  write_file(folder.path() / "secret/drop", "d");
  for (const Builder builder : {Builder::kClassic, Builder::kBuildKit}) {
    BuildContext files({.folder = folder.path()});
    ProgressStream build =
        client_->build_image(context_, [&](const Context& c, std::span<char> buffer) { return files.read(c, buffer); },
                             {.builder = builder,
                              .dockerfile = files.dockerfile(),
                              .tags = {"berth/built:1"},
                              .build_args = {{"WHO", "me"}},
                              .target = "base",
                              .labels = {{"made", "yes"}},
                              .no_cache = true});
    std::string text;
    while (const auto progress = build.next(context_)) text += progress->stream + progress->status + "\n";
    const ImageInspect image = client_->inspect_image(context_, "berth/built:1");
    EXPECT_EQ(image.config.labels.at("made"), "yes") << text;
    ContainerCreate create = shell("berth-built", "cd /ctx; find . -type f | sort; cat /who");
    create.config.image = "berth/built:1";
    const ContainerId id = client_->create_container(context_, create).id;
    client_->start_container(context_, id);
    wait_for(id);
    // The classic builder takes the ignored Dockerfile away once it has read it; BuildKit keeps what it was sent.
    const std::string dockerfile = builder == Builder::kClassic ? "" : "./Dockerfile\n";
    EXPECT_EQ(output_of(id).first, "./.dockerignore\n" + dockerfile + "./a.txt\n./secret/keep\nme\n") << text;
    client_->remove_container(context_, id);
    client_->remove_image(context_, "berth/built:1");
  }
}

TEST_P(EngineApi, AFailedBuildTellsTheStep) {
  TemporaryFolder folder;
  for (const Builder builder : {Builder::kClassic, Builder::kBuildKit}) {
    BuildContext files({.folder = folder.path(), .dockerfile_inline = "FROM berth/test:1\nRUN exit 9\n"});
    EXPECT_EQ(kind_of([&] {
                client_
                    ->build_image(context_,
                                  [&](const Context& c, std::span<char> buffer) { return files.read(c, buffer); },
                                  {.builder = builder, .dockerfile = files.dockerfile(), .tags = {"berth/failed"}})
                    .finish(context_);
              }),
              Kind::kInternal);
    EXPECT_THAT(message_, HasSubstr("building image 'berth/failed'"));
    EXPECT_THAT(message_, HasSubstr("exit 9"));
  }
}

TEST_P(EngineApi, EventsComeInOrderAndFiltered) {
  EventStream events =
      client_->events(context_, {.filters = {{"type", "container"}, {"label", std::string(kLabel) + "=1"}}});
  const ContainerId id = run("berth-events", "exit 4");
  wait_for(id);
  client_->remove_container(context_, id);
  std::vector<std::string> actions;
  std::optional<Event> event;
  while ((event = events.next(context_)) && event->action != "destroy") {
    EXPECT_EQ(event->actor_id, id.value);
    actions.push_back(event->action);
    if (event->action == "die") {
      EXPECT_EQ(event->attributes.at("exitCode"), "4");
    }
  }
  EXPECT_THAT(actions, ElementsAre("create", "start", "die"));

  // The past can be asked for.
  EventStream past = client_->events(
      context_, {.filters = {{"container", id.value}, {"event", "die"}}, .since = Time{}, .until = event->time});
  ASSERT_TRUE(past.next(context_).has_value());
  EXPECT_FALSE(past.next(context_).has_value());
}

TEST_P(EngineApi, TellsItsDiskUsage) {
  client_->create_volume(context_, {.name = "berth-df", .labels = {{kLabel, "1"}}});
  const DiskUsage usage = client_->disk_usage(context_);
  EXPECT_FALSE(usage.images.empty());
  EXPECT_TRUE(std::ranges::any_of(usage.volumes, [](const auto& entry) { return entry.volume.name == "berth-df"; }));
}

TEST_P(EngineApi, ManyThreadsShareAClient) {
  std::vector<int> numbers(24);
  for (int i = 0; i < 24; ++i) numbers[static_cast<std::size_t>(i)] = i;
  std::atomic<int> ended = 0;
  const auto outcomes = for_each_parallel(numbers, 8, [&](int number) {
    const ContainerId id = run("berth-many-" + std::to_string(number), "exit " + std::to_string(number));
    if (wait_for(id) == number) ++ended;
    client_->remove_container(context_, id);
  });
  for (const auto& outcome : outcomes) EXPECT_FALSE(outcome.has_value()) << outcome->message();
  EXPECT_EQ(ended, 24);
}

TEST_P(EngineApi, AWaitEndsWhenItIsCancelled) {
  const ContainerId id = idle("berth-cancel");
  CancelSource source(context_);
  WaitStream wait = client_->wait_container(source.context(), id);
  std::jthread canceller([&] { source.cancel(); });
  EXPECT_EQ(kind_of([&] { wait.exit(source.context()); }), Kind::kCancelled);
  EXPECT_EQ(client_->inspect_container(context_, id).state.status, "running");
}

INSTANTIATE_TEST_SUITE_P(Engines, EngineApi, testing::Values(Generation::kOld, Generation::kNew), name_of);

}  // namespace berth::scenario
