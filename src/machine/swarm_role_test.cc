#include "machine/swarm_role.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/strings.h"
#include "machine/provision/swarm.h"

namespace berth::machine {
namespace {

const SwarmSite kSite = {.ip = "10.0.0.5",
                         .engine_port = 2376,
                         .ca = "/c/ca.pem",
                         .certificate = "/c/server.pem",
                         .key = "/c/server-key.pem",
                         .store = "sqlite:///m/swarm.db"};

SwarmOptions options(bool agent, bool master, std::string discovery = {}) {
  SwarmOptions options;
  options.agent = agent;
  options.master = master;
  options.discovery = std::move(discovery);
  return options;
}

std::string commands(const SwarmOptions& given, std::string_view driver = "local") {
  std::vector<std::string> lines;
  for (const SwarmService& service : swarm_services(checked_swarm(given, driver, false), kSite)) {
    lines.push_back(join(service.arguments, " "));
  }
  return join(lines, "\n");
}

std::string refusal(const SwarmOptions& given, std::string_view driver = "local", bool via_ssh = false) {
  try {
    checked_swarm(given, driver, via_ssh);
    return "";
  } catch (const Error& e) {
    return e.message();
  }
}

constexpr const char* kManage =
    "swarm manage --tlsverify --host=tcp://0.0.0.0:3376 --strategy=spread --tlscacert=/c/ca.pem "
    "--tlscert=/c/server.pem --tlskey=/c/server-key.pem ";

TEST(SwarmRole, LocalMachinesAreFoundByTheirList) {
  EXPECT_EQ(commands(options(true, true)), std::string(kManage) + "--store=sqlite:///m/swarm.db machine://");
  EXPECT_EQ(commands(options(true, false)), "");  // the manager finds it by itself
}

TEST(SwarmRole, NodesListThemselvesInAStore) {
  SwarmOptions node = options(true, false, "etcd://h:2379/prod");
  EXPECT_EQ(commands(node, "generic"), "swarm join --advertise=10.0.0.5:2376 etcd://h:2379/prod");
  node.address = "node-5.lan";
  node.arbitrary_join_flags = {"heartbeat=5s", "--ttl=20s"};
  EXPECT_EQ(commands(node, "generic"),
            "swarm join --advertise=node-5.lan:2376 --heartbeat=5s --ttl=20s etcd://h:2379/prod");
}

TEST(SwarmRole, AMasterTakesTheOptionsOfTheManager) {
  SwarmOptions master = options(false, true, "etcd://h:2379");
  master.strategy = "binpack";
  master.host = "tcp://0.0.0.0:4000";
  master.arbitrary_flags = {"replication", "cluster-opt=swarm.reschedule=on-node-failure"};
  EXPECT_EQ(commands(master),
            "swarm manage --tlsverify --host=tcp://0.0.0.0:4000 --strategy=binpack --tlscacert=/c/ca.pem "
            "--tlscert=/c/server.pem --tlskey=/c/server-key.pem --advertise=10.0.0.5:4000 --replication "
            "--cluster-opt=swarm.reschedule=on-node-failure etcd://h:2379");
  EXPECT_NE(refusal(master, "generic").find("--role manager"), std::string::npos);
}

TEST(SwarmRole, WhatCannotBeIsRefusedWithAWayOut) {
  EXPECT_NE(refusal(options(true, false, "token://abc")).find("gone since 2019"), std::string::npos);
  EXPECT_NE(refusal(options(true, false), "generic").find("--swarm-discovery is missing"), std::string::npos);
  EXPECT_NE(refusal(options(true, false, "machine://"), "generic").find("can't read it"), std::string::npos);
  EXPECT_NE(refusal(options(false, false, "etcd://h")).find("go with --swarm"), std::string::npos);
  EXPECT_NE(refusal(options(true, false, "etcd://h"), "generic", true).find("--engine-via ssh"), std::string::npos);
  EXPECT_NE(refusal(options(true, false, "etcd://h"), "none").find("driver 'none'"), std::string::npos);
  SwarmOptions node = options(true, false);
  node.arbitrary_flags = {"replication"};
  EXPECT_NE(refusal(node).find("--swarm-master"), std::string::npos);
  EXPECT_EQ(refusal(SwarmOptions()), "");
}

TEST(SwarmRole, TheScriptKeepsServicesRunning) {
  EXPECT_EQ(swarm_script({{"join", {"swarm", "join", "--advertise=a b:1"}}}, "/bin/berth", "/s", "/m/swarm.log"),
            R"(#!/bin/sh
# Written by berth machine: what this machine does for its swarm.
export MACHINE_STORAGE_PATH=/s
keep() {
  while :; do
    "$@" >> /m/swarm.log 2>&1 || :
    sleep 1
  done
}
keep /bin/berth swarm join '--advertise=a b:1' &
wait
)");
}

TEST(SwarmRole, UnitsQuoteForSystemd) {
  const auto units = swarm_units({{"manage", {"swarm", "manage", R"(--cluster-opt=a%b$c"d\)"}}});
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(units[0].path, "/etc/systemd/system/berth-swarm-manage.service");
  EXPECT_NE(units[0].bytes.find(R"(ExecStart=/usr/local/bin/berth "swarm" "manage" "--cluster-opt=a%%b$$c\"d\\")"),
            std::string::npos)
      << units[0].bytes;
}

}  // namespace
}  // namespace berth::machine
