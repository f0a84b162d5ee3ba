#include "machine/provision/swarm.h"

#include <sys/utsname.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/strings.h"
#include "machine/provision/provisioner.h"

namespace berth::machine {

namespace {

// One word of ExecStart=. Source: systemd.syntax(7), systemd.service(5).
std::string systemd_word(std::string_view word) {
  std::string text = "\"";
  for (const char c : word) {
    if (c == '"' || c == '\\') text += '\\';
    if (c == '%' || c == '$') text += c;
    text += c;
  }
  return text + "\"";
}

// Also when it is the program being replaced: what runs keeps its old file.
constexpr std::string_view kInstall = R"sh(set -e
mkdir -p /usr/local/bin
new=/usr/local/bin/.berth.new
cat > $new
chmod 755 $new
$new version >/dev/null || { rm -f $new; echo 'this berth does not run on the host' >&2; exit 1; }
mv -f $new /usr/local/bin/berth
)sh";

std::string remote_digest(const Context& context, SshSession& session) {
  const std::string said = session.run(context, "sha256sum " + std::string(kRemoteBerth) + " 2>/dev/null || :").out;
  return said.substr(0, said.find(' '));
}

void send_berth(const Context& context, SshSession& session, const HostFacts& facts, const Say& say) {
  const std::string bytes = read_file("/proc/self/exe", 1ULL << 31);
  if (remote_digest(context, session) == sha256_hex(bytes)) return;
  utsname here{};
  ::uname(&here);
  if (facts.architecture != here.machine) {
    const std::string own = std::string(kRemoteBerth) + " version";
    if (session.run(context, own).status.ok()) return;
    throw Error(Kind::kUnsupported, "the host is of " + facts.architecture + ", this berth of " +
                                        std::string(here.machine) + ": put a berth for it at " +
                                        std::string(kRemoteBerth) + " there, and run `berth machine provision`");
  }
  run_step(
      context, session,
      {.title = "Sending berth to the host...", .script = std::string(kInstall), .limit = std::chrono::minutes(10)},
      bytes, say);
}

}  // namespace

std::string unit_of(const SwarmService& service) { return "berth-swarm-" + service.name + ".service"; }

std::vector<RemoteFile> swarm_units(const std::vector<SwarmService>& services) {
  std::vector<RemoteFile> units;
  for (const SwarmService& service : services) {
    std::string command = std::string(kRemoteBerth);
    for (const std::string& word : service.arguments) command += " " + systemd_word(word);
    units.push_back({"/etc/systemd/system/" + unit_of(service),
                     "# Written by berth machine.\n[Unit]\nDescription=berth swarm " + service.name +
                         "\nWants=network-online.target\nAfter=network-online.target docker.service\n"
                         "StartLimitIntervalSec=0\n\n[Service]\nExecStart=" +
                         command +
                         "\nRestart=always\nRestartSec=1\nLimitNOFILE=1048576\n\n"
                         "[Install]\nWantedBy=multi-user.target\n",
                     0644});
  }
  return units;
}

Step swarm_activation(const std::vector<SwarmService>& services) {
  Step step;
  step.title = "Starting the swarm's services...";
  step.limit = std::chrono::minutes(2);
  step.script = "set -e\ntar -xf - --no-same-owner -C /\nsystemctl daemon-reload\n";
  for (const SwarmService& service : services) {
    step.script += "systemctl enable -q " + unit_of(service) + "\nsystemctl restart " + unit_of(service) + "\n";
  }
  return step;
}

void provision_swarm(const Context& context, SshSession& session, const std::vector<SwarmService>& services,
                     const Say& say) {
  if (services.empty()) return;
  const HostFacts facts = look_at(context, session);
  if (facts.init != Init::kSystemd) {
    throw Error(Kind::kUnsupported,
                "the host has no systemd to keep the swarm's services: run there, in a way of its own, berth " +
                    join(services.front().arguments, " "));
  }
  send_berth(context, session, facts, say);
  run_step(context, session, swarm_activation(services), archive_of(swarm_units(services)), say);
}

}  // namespace berth::machine
