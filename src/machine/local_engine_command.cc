#include <algorithm>

#include "base/json.h"
#include "base/strings.h"
#include "machine/local_engine.h"
#include "machine/local_network.h"

namespace berth::machine::local_engine {

namespace {

// The init of a machine. Until it has its network it only prepares; afterwards it starts the engine, passes a request
// to stop on to it, reaps orphans and ends with the engine.
constexpr std::string_view kInit = R"(#!/bin/sh
set -e
run=$1 name=$2 resolv=$3 address=$4 gateway=$5 log=$6 cgroup=$7
shift 7
# The host's /proc still counts us as the host does.
read -r stat < /proc/self/stat
# A /sys that shows this machine's interfaces, with the host's control groups.
mount -t sysfs sysfs "$run/sys"
mount --rbind /sys/fs/cgroup "$run/sys/fs/cgroup"
mount --move "$run/sys" /sys
# Below us mounts propagate, as `docker run -v ...:rshared` needs; never up to the host.
mount --make-rshared /
mount -t proc proc /proc
mount --bind "$run/shims" /run/containerd
[ -z "$resolv" ] || mount --bind "$resolv" /etc/resolv.conf
echo "$name" > /proc/sys/kernel/hostname
echo "$stat" > "$run/init.stat"
echo "$stat"
read -r go
exec </dev/null >>"$log"
# Out of the caller's session, which may be ended as a group of processes. Hosts differ in where this can be done.
for root in /sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified; do
  [ -w "$root/cgroup.procs" ] || continue
  mkdir -p "$root/$cgroup/engine" && echo 0 > "$root/$cgroup/engine/cgroup.procs" || :
done
ip link set lo up
ip addr add "$address" dev eth0
ip link set eth0 up
ip route add default via "$gateway"
stopping=
trap 'stopping=1; [ -z "$engine" ] || kill -TERM "$engine"' TERM
engine=
"$@" &
engine=$!
[ -z "$stopping" ] || kill -TERM "$engine"
[ ! -x "$run/services" ] || "$run/services" &
while kill -0 "$engine" 2>/dev/null; do wait "$engine" || :; done
)";

bool passes_to_engine(const std::string& name) {
  const std::string lower = to_lower(name);
  return lower == "http_proxy" || lower == "https_proxy" || lower == "no_proxy" || lower == "all_proxy" ||
         name == "SSL_CERT_FILE" || name == "SSL_CERT_DIR" || name == "LANG" || name == "TZ";
}

std::string cgroup_of(const LocalLaunch& launch) { return "berth-" + launch.id; }

}  // namespace

std::vector<std::string> engine_command(const LocalLaunch& launch) {
  const Path run = kLocalRun / launch.id;
  const EngineOptions& options = launch.options;
  std::vector<std::string> argv = {
      launch.dockerd,
      "--config-file=" + (run / "daemon.json").string(),
      "--data-root=" + (launch.folder / "data").string(),
      "--exec-root=" + (run / "exec").string(),
      "--pidfile=" + (run / "dockerd.pid").string(),
      "--host=unix://" + (run / "docker.sock").string(),
      "--host=tcp://0.0.0.0:2376",
      "--tlsverify",
      "--tlscacert=" + (launch.folder / "ca.pem").string(),
      "--tlscert=" + (launch.folder / "server.pem").string(),
      "--tlskey=" + (launch.folder / "server-key.pem").string(),
      // Machines share the host's control groups; each keeps its own in one place, where it can be found again.
      "--exec-opt=native.cgroupdriver=cgroupfs",
      "--cgroup-parent=/" + cgroup_of(launch),
      "--label=provider=local",
  };
  const auto add_each = [&](const std::string& flag, const std::vector<std::string>& values) {
    for (const std::string& value : values) argv.push_back("--" + flag + "=" + value);
  };
  if (launch.mtu < 1500) argv.push_back("--mtu=" + std::to_string(launch.mtu));
  if (!options.storage_driver.empty()) argv.push_back("--storage-driver=" + options.storage_driver);
  add_each("label", options.labels);
  add_each("insecure-registry", options.insecure_registry);
  add_each("registry-mirror", options.registry_mirror);
  for (const std::string& flag : options.arbitrary_flags) argv.push_back("--" + flag);
  return argv;
}

std::string engine_configuration(const LocalLaunch& launch) {
  if (launch.dockerd_major >= 23) return "{}\n";
  return format_json(json::object{{"deprecated-key-path", (launch.folder / "key.json").string()}}) + "\n";
}

std::string_view init_script() { return kInit; }

std::vector<std::string> launch_command(const LocalLaunch& launch) {
  const Path run = kLocalRun / launch.id;
  // setsid --fork leaves the machine to the host's init, so that it is nobody's child when we go on for long.
  std::vector<std::string> argv = {"setsid", "--fork", "unshare",       "--net", "--mount", "--uts",   "--ipc",
                                   "--pid",  "--fork", "--propagation", "slave", "--",      "/bin/sh", run / "init"};
  const std::string hostname = launch.name.substr(0, 64);
  const std::string resolv = launch.resolv_conf.empty() ? "" : (run / "resolv.conf").string();
  argv.insert(argv.end(),
              {run, hostname, resolv, launch.address, launch.gateway, launch.folder / "engine.log", cgroup_of(launch)});
  const auto engine = engine_command(launch);
  argv.insert(argv.end(), engine.begin(), engine.end());
  return argv;
}

Environment engine_environment(const LocalLaunch& launch, const Environment& ours) {
  Environment result;
  for (const auto& [name, value] : ours.variables()) {
    if (passes_to_engine(name)) result.set(name, value);
  }
  // dockerd's own folder comes first: the containerd, docker-init and docker-proxy beside it belong to it.
  result.set("PATH", launch.dockerd.parent_path().string() + ":" + ours.get_or("PATH", "/usr/bin:/bin") +
                         ":/usr/local/sbin:/usr/sbin:/sbin");
  result.set("HOME", "/root");
  result.set("NOTIFY_SOCKET", kLocalRun / launch.id / "notify");
  for (const std::string& variable : launch.options.env) {
    const auto [name, value] = cut(variable, '=');
    result.set(std::string(name), std::string(value.value_or("")));
  }
  return result;
}

}  // namespace berth::machine::local_engine
