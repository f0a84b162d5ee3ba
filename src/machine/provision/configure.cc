#include "machine/provision/configure.h"

#include <algorithm>

#include <sys/stat.h>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "engine/tar.h"
#include "net/ssh.h"

namespace berth::machine {

namespace {

constexpr std::string_view kDaemonJson = "/etc/docker/daemon.json";
constexpr std::string_view kDropIn = "/etc/systemd/system/docker.service.d/10-machine.conf";
constexpr std::string_view kOpenRcFile = "/etc/conf.d/docker";
// Where no service manager runs.
constexpr std::string_view kStartScript = "/usr/local/sbin/berth-engine";

json::object existing(const HostFacts& facts) {
  if (trim(facts.daemon_json).empty()) return {};
  const json::value value =
      within("/etc/docker/daemon.json of the host", [&] { return parse_json(facts.daemon_json); });
  if (!value.is_object())
    throw Error(Kind::kInvalid, "/etc/docker/daemon.json of the host is no JSON object: mend it first");
  return value.as_object();
}

// Adds to a list what is not in it.
void merge_list(json::object& configuration, std::string_view key, const std::vector<std::string>& values) {
  if (values.empty()) return;
  json::array merged;
  if (const auto* present = configuration.if_contains(key); present != nullptr && present->is_array()) {
    merged = present->as_array();
  }
  for (const std::string& value : values) {
    if (std::find(merged.begin(), merged.end(), json::value(value)) == merged.end()) merged.emplace_back(value);
  }
  configuration[key] = merged;
}

std::string tcp_host(const EngineWishes& wishes) { return "tcp://0.0.0.0:" + std::to_string(wishes.port); }

// An engine refuses an option that both its command line and its file set.
void refuse_doubles(const json::object& configuration, const std::vector<std::string>& flags) {
  for (const std::string& flag : flags) {
    const std::string name(cut(flag, '=').first);
    if (!configuration.contains(name)) continue;
    throw Error(Kind::kConflict, "--engine-opt '" + flag + "': the host's /etc/docker/daemon.json sets '" + name +
                                     "' already; change it there, or leave the option away");
  }
}

json::object configuration_of(const HostFacts& facts, const EngineWishes& wishes) {
  json::object configuration = existing(facts);
  const EngineOptions& options = wishes.options;
  refuse_doubles(configuration, options.arbitrary_flags);
  std::vector<std::string> labels = options.labels;
  labels.insert(labels.begin(), "provider=" + wishes.provider);
  merge_list(configuration, "labels", labels);
  merge_list(configuration, "insecure-registries", options.insecure_registry);
  merge_list(configuration, "registry-mirrors", options.registry_mirror);
  if (!options.storage_driver.empty()) configuration["storage-driver"] = options.storage_driver;
  // Certificates can be renewed and the engine upgraded while containers run on. Swarm mode has no such thing.
  const auto sets_it = [](const std::string& flag) { return cut(flag, '=').first == "live-restore"; };
  if (!facts.swarm_active && !configuration.contains("live-restore") &&
      std::ranges::none_of(options.arbitrary_flags, sets_it)) {
    configuration["live-restore"] = true;
  }
  if (wishes.tls) {
    configuration["tlsverify"] = true;
    configuration["tlscacert"] = kRemoteCa;
    configuration["tlscert"] = kRemoteCertificate;
    configuration["tlskey"] = kRemoteKey;
    if (configuration.contains("hosts")) merge_list(configuration, "hosts", {tcp_host(wishes)});
  }
  return configuration;
}

// One argument for systemd, which knows '%' and '$' beside quotes.
std::string systemd_quote(const std::string& word) {
  const std::string escaped = replace_all(replace_all(replace_all(word, "\\", "\\\\"), "%", "%%"), "$", "$$");
  if (escaped.find_first_of(" \t\"'\\;") == std::string::npos) return escaped;
  return "\"" + replace_all(escaped, "\"", "\\\"") + "\"";
}

// What is said to the engine beside its file: where it listens, where the file does not say so, and options by flag.
std::vector<std::string> flags_of(const json::object& configuration, const EngineWishes& wishes) {
  std::vector<std::string> flags;
  if (wishes.tls && !configuration.contains("hosts")) flags.push_back("--host=" + tcp_host(wishes));
  for (const std::string& flag : wishes.options.arbitrary_flags) flags.push_back("--" + flag);
  return flags;
}

std::string drop_in(const HostFacts& facts, const EngineWishes& wishes, const std::vector<std::string>& flags) {
  std::string text = "# Written by berth machine.\n[Service]\n";
  if (!flags.empty()) {
    const std::string fallback = facts.dockerd + " -H fd:// --containerd=/run/containerd/containerd.sock";
    text += "ExecStart=\nExecStart=" + (facts.exec_start.empty() ? fallback : facts.exec_start);
    for (const std::string& flag : flags) text += " " + systemd_quote(flag);
    text += "\n";
  }
  for (const std::string& variable : wishes.options.env) text += "Environment=" + systemd_quote(variable) + "\n";
  return text;
}

std::string open_rc_file(const EngineWishes& wishes, std::vector<std::string> flags) {
  if (wishes.tls) flags.insert(flags.begin(), "--host=unix:///var/run/docker.sock");
  std::string text = "# Written by berth machine.\nDOCKER_OPTS=" + net::shell_quote(net::shell_join(flags)) + "\n";
  for (const std::string& variable : wishes.options.env) text += "export " + net::shell_quote(variable) + "\n";
  return text;
}

std::string start_script(const HostFacts& facts, const EngineWishes& wishes, std::vector<std::string> flags) {
  if (wishes.tls) flags.insert(flags.begin(), "--host=unix:///var/run/docker.sock");
  flags.insert(flags.begin(), facts.dockerd);
  std::string text = "#!/bin/sh\n# Written by berth machine: this host has no service manager.\n";
  for (const std::string& variable : wishes.options.env) text += "export " + net::shell_quote(variable) + "\n";
  text += "export PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin\n";
  return text + "exec " + net::shell_join(flags) + "\n";
}

constexpr std::string_view kPlace = R"sh(set -e
umask 077
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
staged=/etc/docker/.berth-new
rm -rf $staged
mkdir -p $staged
tar -xf - -C $staged
changed=
cd $staged
for file in $(find . -type f); do
  place=/${file#./}
  if cmp -s "$file" "$place"; then continue; fi
  changed="$changed $place"
done
)sh";

// The file comes before a restart needs it: an engine takes live-restore without one.
constexpr std::string_view kKeepContainers = R"sh(if [ -n "$changed" ] && docker info >/dev/null 2>&1 &&
  [ "$(docker info --format '{{.LiveRestoreEnabled}} {{.Swarm.LocalNodeState}}')" = 'false inactive' ]; then
  if [ -e /etc/docker/daemon.json ]; then cp -p /etc/docker/daemon.json /etc/docker/.daemon.json.old; fi
  LIVE_RESTORE
  tries=100
  until [ "$(docker info --format '{{.LiveRestoreEnabled}}')" = true ] || [ $tries = 0 ]; do tries=$((tries - 1)); sleep 0.1; done
fi
)sh";

constexpr std::string_view kInstallFiles =
    R"sh([ ! -e /etc/docker/daemon.json ] || [ -e /etc/docker/daemon.json.before-berth ] ||
  cp -p /etc/docker/daemon.json /etc/docker/daemon.json.before-berth
for place in $changed; do
  mkdir -p -m 755 "${place%/*}"
  mv -f ".$place" "$place"
done
cd /
rm -rf $staged
)sh";

constexpr std::string_view kSystemd = R"sh(systemctl unmask --runtime -q docker.service docker.socket 2>/dev/null || :
systemctl daemon-reload
systemctl enable -q docker.service
if systemctl is-active -q docker.service; then
  [ -z "$changed" ] || systemctl restart docker.service
else
  systemctl reset-failed docker.service docker.socket 2>/dev/null || :
  systemctl start docker.service
fi || { journalctl -q --no-pager -o cat -n 15 -u docker.service >&2; exit 1; }
)sh";

constexpr std::string_view kOpenRc = R"sh(rc-update -q add docker default
if rc-service -q docker status >/dev/null 2>&1; then
  [ -z "$changed" ] || rc-service -q docker restart
else
  rc-service -q docker start
fi
)sh";

constexpr std::string_view kNoInit = R"sh(pid=$(cat /var/run/docker.pid 2>/dev/null || :)
if [ -n "$pid" ] && [ -d /proc/$pid ]; then
  if [ -n "$changed" ]; then
    kill -TERM "$pid"
    while [ -d /proc/$pid ]; do sleep 0.1; done
    pid=
  fi
else
  pid=
fi
if [ -z "$pid" ]; then
  rm -f /var/run/docker.pid
  setsid /usr/local/sbin/berth-engine >>/var/log/docker.log 2>&1 </dev/null &
fi
)sh";

constexpr std::string_view kAnswers = R"sh(tries=600
until docker version >/dev/null 2>&1; do
  tries=$((tries - 1))
  if [ $tries = 0 ]; then
    echo 'the engine did not answer on its socket within a minute' >&2
    docker version >&2 || :
    tail -n 15 /var/log/docker.log >&2 2>/dev/null || :
    exit 1
  fi
  sleep 0.1
done
)sh";

}  // namespace

std::vector<RemoteFile> engine_files(const HostFacts& facts, const EngineWishes& wishes) {
  std::vector<RemoteFile> files;
  if (wishes.tls) {
    files.push_back({std::string(kRemoteCa), wishes.tls->ca});
    files.push_back({std::string(kRemoteCertificate), wishes.tls->certificate});
    files.push_back({std::string(kRemoteKey), wishes.tls->key, 0600});
  }
  const json::object configuration = configuration_of(facts, wishes);
  files.push_back({std::string(kDaemonJson), format_json(configuration, 2) + "\n"});
  const std::vector<std::string> flags = flags_of(configuration, wishes);
  switch (facts.init) {
    case Init::kSystemd:
      files.push_back({std::string(kDropIn), drop_in(facts, wishes, flags)});
      break;
    case Init::kOpenRc:
      files.push_back({std::string(kOpenRcFile), open_rc_file(wishes, flags)});
      break;
    case Init::kNone:
      files.push_back({std::string(kStartScript), start_script(facts, wishes, flags), 0755});
      break;
  }
  return files;
}

std::string archive_of(const std::vector<RemoteFile>& files) {
  std::string archive;
  for (const RemoteFile& file : files) {
    engine::TarEntry entry;
    entry.path = file.path.substr(1);
    entry.mode = S_IFREG | static_cast<mode_t>(file.mode);
    archive += engine::tar_file(entry, file.bytes);
  }
  return archive + engine::tar_end();
}

Step activation(const HostFacts& facts, const EngineWishes&, const std::string& user) {
  Step step;
  step.title = "Configuring and starting the engine...";
  step.limit = std::chrono::minutes(5);
  const std::string reload = facts.init == Init::kSystemd  ? "systemctl reload docker.service"
                             : facts.init == Init::kOpenRc ? "rc-service -q docker reload"
                                                           : "kill -HUP \"$(cat /var/run/docker.pid)\"";
  step.script = kPlace;
  if (!facts.engine_version.empty()) {
    json::object live = existing(facts);
    live["live-restore"] = true;
    const std::string write =
        "printf '%s\\n' " + net::shell_quote(format_json(live)) + " > /etc/docker/daemon.json\n  " + reload;
    step.script += replace_all(kKeepContainers, "LIVE_RESTORE", write);
  }
  step.script += kInstallFiles;
  step.script += facts.init == Init::kSystemd ? kSystemd : facts.init == Init::kOpenRc ? kOpenRc : kNoInit;
  step.script += kAnswers;
  if (!user.empty()) {
    const std::string quoted = net::shell_quote(user);
    step.script += "usermod -aG docker " + quoted + " 2>/dev/null || addgroup " + quoted + " docker\n";
  }
  step.script += "[ -z \"$changed\" ] || echo \"berth-changed$changed\"\n";
  return step;
}

}  // namespace berth::machine
