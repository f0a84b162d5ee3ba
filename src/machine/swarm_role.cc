#include "machine/swarm_role.h"

#include <algorithm>

#include "base/error.h"
#include "base/strings.h"
#include "net/ssh.h"

namespace berth::machine {

namespace {

constexpr std::string_view kMachines = "machine://";

// "flag=value" and "flag", as docker-machine has them; with dashes as people write them.
std::string option_of(std::string_view given) {
  while (given.starts_with('-')) given.remove_prefix(1);
  return "--" + std::string(given);
}

bool has_option(const std::vector<std::string>& options, std::string_view name) {
  return std::any_of(options.begin(), options.end(),
                     [&](const std::string& option) { return cut(option_of(option).substr(2), '=').first == name; });
}

std::string port_of(const std::string& host) { return host.substr(host.rfind(':') + 1); }

SwarmService manager(const SwarmOptions& options, const SwarmSite& site) {
  SwarmService service{"manage",
                       {"swarm", "manage", "--tlsverify", "--host=" + options.host, "--strategy=" + options.strategy}};
  const auto add = [&](std::string word) { service.arguments.push_back(std::move(word)); };
  if (!site.ca.empty()) {
    add("--tlscacert=" + site.ca);
    add("--tlscert=" + site.certificate);
    add("--tlskey=" + site.key);
  }
  const bool replicated = has_option(options.arbitrary_flags, "replication");
  if (replicated && !has_option(options.arbitrary_flags, "advertise")) {
    add("--advertise=" + site.ip + ":" + port_of(options.host));
  }
  if (!replicated && !site.store.empty() && !has_option(options.arbitrary_flags, "store")) {
    add("--store=" + site.store);
  }
  for (const std::string& option : options.arbitrary_flags) add(option_of(option));
  add(options.discovery);
  return service;
}

SwarmService joiner(const SwarmOptions& options, const SwarmSite& site) {
  std::string address = options.address.empty() ? site.ip : options.address;
  if (address.find(':') == std::string::npos) address += ":" + std::to_string(site.engine_port);
  SwarmService service{"join", {"swarm", "join", "--advertise=" + address}};
  for (const std::string& option : options.arbitrary_join_flags) service.arguments.push_back(option_of(option));
  service.arguments.push_back(options.discovery);
  return service;
}

void check_discovery(const std::string& discovery, std::string_view driver) {
  if (discovery.starts_with("token://")) {
    throw Error(Kind::kUnsupported,
                "--swarm-discovery '" + discovery +
                    "': the discovery service of Docker Hub is gone since 2019; use etcd://, consul:// or zk://");
  }
  if (discovery.empty()) {
    throw Error(Kind::kInvalid, "--swarm-discovery is missing: name the store in which nodes of driver '" +
                                    std::string(driver) + "' list themselves, such as etcd://10.0.0.2:2379");
  }
  if (discovery.starts_with(kMachines) && driver != "local") {
    throw Error(Kind::kInvalid, "--swarm-discovery '" + discovery +
                                    "': the list of machines is on this host, a manager on another one can't read it; "
                                    "use etcd://, consul:// or zk://");
  }
}

}  // namespace

bool takes_joins(std::string_view discovery) {
  return discovery.starts_with("etcd://") || discovery.starts_with("consul://") || discovery.starts_with("zk://");
}

SwarmOptions checked_swarm(SwarmOptions options, std::string_view driver, bool engine_via_ssh) {
  options.is_swarm = options.agent || options.master;
  if (!options.is_swarm) {
    if (!options.discovery.empty() || !options.arbitrary_flags.empty() || !options.arbitrary_join_flags.empty() ||
        !options.address.empty()) {
      throw Error(Kind::kInvalid, "the --swarm-... options go with --swarm (a node) or --swarm-master (a manager)");
    }
    return options;
  }
  if (engine_via_ssh) {
    throw Error(Kind::kInvalid,
                "--engine-via ssh leaves no port through which a swarm could reach the engine: leave it out");
  }
  if (driver == "none") {
    throw Error(Kind::kUnsupported, "driver 'none' runs nothing on its machines: set the swarm up there yourself");
  }
  if (options.discovery.empty() && driver == "local") options.discovery = kMachines;
  check_discovery(options.discovery, driver);
  if (options.host.empty()) options.host = kSwarmHost;
  if (!options.host.starts_with("tcp://") || !parse_integer(port_of(options.host))) {
    throw Error(Kind::kInvalid, "--swarm-host '" + options.host + "' is not tcp://IP:PORT");
  }
  if (options.strategy.empty()) options.strategy = "spread";
  if (!options.arbitrary_flags.empty() && !options.master) {
    throw Error(Kind::kInvalid, "--swarm-opt is for the manager: it goes with --swarm-master");
  }
  if (options.master && driver != "local" && has_option(options.arbitrary_flags, "replication")) {
    throw Error(
        Kind::kUnsupported,
        "--swarm-opt replication: managers know each other by certificates of `berth swarm cert --role manager`, "
        "which hosts of driver '" +
            std::string(driver) + "' do not get; run `berth swarm manage --replication` there yourself");
  }
  if (!options.arbitrary_join_flags.empty() && (!options.agent || !takes_joins(options.discovery))) {
    throw Error(Kind::kInvalid, "--swarm-join-opt is for nodes that list themselves: it goes with --swarm and a store");
  }
  return options;
}

std::vector<SwarmService> swarm_services(const SwarmOptions& options, const SwarmSite& site) {
  std::vector<SwarmService> services;
  if (options.master) services.push_back(manager(options, site));
  if (options.agent && takes_joins(options.discovery)) services.push_back(joiner(options, site));
  return services;
}

std::string swarm_script(const std::vector<SwarmService>& services, const Path& program, const Path& machine_storage,
                         const Path& log) {
  std::string text =
      "#!/bin/sh\n# Written by berth machine: what this machine does for its swarm.\n"
      "export MACHINE_STORAGE_PATH=" +
      net::shell_quote(machine_storage.native()) + "\nkeep() {\n  while :; do\n    \"$@\" >> " +
      net::shell_quote(log.native()) + " 2>&1 || :\n    sleep 1\n  done\n}\n";
  for (const SwarmService& service : services) {
    text += "keep " + net::shell_quote(program.native()) + " " + net::shell_join(service.arguments) + " &\n";
  }
  return text + "wait\n";
}

std::string swarm_url(const std::string& url, const std::string& swarm_host) {
  const std::size_t port = swarm_host.rfind(':');
  const std::size_t end = url.rfind(':');
  if (port == std::string::npos || end == std::string::npos) return url;
  return url.substr(0, end) + swarm_host.substr(port);
}

}  // namespace berth::machine
