#include "machine/provision/facts.h"

#include <algorithm>
#include <array>

#include "base/strings.h"

namespace berth::machine {

namespace {

// "word value" a line. What may be missing on a host is asked so that its absence is no failure.
constexpr std::string_view kScript = R"sh(LC_ALL=C
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin
export LC_ALL PATH
for file in /etc/os-release /usr/lib/os-release; do
  [ -r $file ] && sed 's/^/os-release /' $file && break
done
echo "architecture $(uname -m)"
echo "hostname $(uname -n)"
if [ -d /run/systemd/system ]; then echo init systemd
elif [ -d /run/openrc ] || command -v rc-service >/dev/null 2>&1; then echo init openrc
else echo init none; fi
echo "user $(id -un)"
as_root=
if [ "$(id -u)" = 0 ]; then echo root yes
elif ! command -v sudo >/dev/null 2>&1; then as_root=no; echo "root-error there is no sudo"
elif error=$(sudo -n true 2>&1); then echo root yes; as_root='sudo -n'
else as_root=no; echo "root-error $error" | head -n 1; fi
echo "free $(df -Pk /var 2>/dev/null | awk 'NR == 2 { print $4 }')"
echo "time $(date +%s)"
dockerd=$(command -v dockerd 2>/dev/null) && echo "dockerd $dockerd"
if [ "$as_root" != no ]; then
  [ ! -e /etc/docker/daemon.json ] || $as_root cat /etc/docker/daemon.json | sed 's/^/daemon.json /'
  if [ -n "$dockerd" ] && [ -S /var/run/docker.sock ]; then
    $as_root docker info --format 'engine {{.ServerVersion}} {{.ContainersRunning}} {{.LiveRestoreEnabled}} {{.Swarm.LocalNodeState}}' 2>/dev/null
  fi
  for lock in /var/lib/dpkg/lock-frontend /var/lib/apt/lists/lock /run/dnf.pid /var/run/zypp.pid /var/lib/pacman/db.lck; do
    [ -e $lock ] || continue
    case $lock in
      *.lck) echo "locked $lock" ;;
      *.pid) [ -d "/proc/$(cat $lock)" ] && echo "locked $lock" ;;
      *) inode=$(stat -c %i $lock) && grep -q ":$inode " /proc/locks && echo "locked $lock" ;;
    esac
  done
fi
if [ -n "$dockerd" ] && [ -d /run/systemd/system ]; then
  systemctl cat docker.service 2>/dev/null | awk '
    /^# \// { ours = $2 ~ /\/10-machine\.conf$/ }
    /^ExecStart=./ && !ours { print "exec-start " substr($0, 11) }'
fi
cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk '$4 == "0A" { split($2, place, ":"); print "listens " place[length(place)] }'
true
)sh";

// A value of os-release, which are a shell's words: quotes go.
std::string unquoted(std::string_view value) {
  value = trim(value);
  if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front()) {
    value = value.substr(1, value.size() - 2);
  }
  return std::string(value);
}

void read_os_release(std::string_view line, HostFacts& facts) {
  const auto [name, value] = cut(line, '=');
  if (!value) return;
  const std::string text = unquoted(*value);
  if (name == "ID") facts.id = text;
  if (name == "VERSION_ID") facts.version_id = text;
  if (name == "VERSION_CODENAME") facts.codename = text;
  if (name == "PRETTY_NAME") facts.pretty_name = text;
  if (name == "ID_LIKE") facts.id_like = split(text, ' ');
}

// "28.5.2 3 true inactive"
void read_engine(std::string_view value, HostFacts& facts) {
  const auto words = split(value, ' ');
  facts.engine_version = words[0];
  if (words.size() > 1) facts.running_containers = parse_integer(words[1]).value_or(0);
  facts.live_restore = words.size() > 2 && words[2] == "true";
  facts.swarm_active = words.size() > 3 && words[3] == "active";
}

std::string port_of(std::string_view hexadecimal) {
  int port = 0;
  for (const char c : hexadecimal) {
    const std::size_t digit = std::string_view("0123456789ABCDEF").find(c);
    if (digit == std::string_view::npos) return {};
    port = port * 16 + static_cast<int>(digit);
  }
  return std::to_string(port);
}

}  // namespace

std::string facts_script() { return std::string(kScript); }

HostFacts read_facts(std::string_view output) {
  HostFacts facts;
  for (const std::string& line : split(output, '\n')) {
    const auto [word, rest] = cut(line, ' ');
    const std::string value(rest.value_or(""));
    if (word == "os-release") read_os_release(value, facts);
    if (word == "architecture") facts.architecture = value;
    if (word == "hostname") facts.hostname = value;
    if (word == "init")
      facts.init = value == "systemd" ? Init::kSystemd : value == "openrc" ? Init::kOpenRc : Init::kNone;
    if (word == "user") facts.user = value;
    if (word == "root") facts.root = value == "yes";
    if (word == "root-error") facts.root_error = value;
    if (word == "free") facts.free_kilobytes = parse_integer(value).value_or(0);
    if (word == "time") facts.time = parse_integer(value).value_or(0);
    if (word == "locked") facts.locked.push_back(value);
    if (word == "dockerd") facts.dockerd = value;
    if (word == "engine") read_engine(value, facts);
    if (word == "exec-start") facts.exec_start = value;
    if (word == "daemon.json") facts.daemon_json += value + "\n";
    if (word == "listens") facts.listening_ports.push_back(port_of(value));
  }
  return facts;
}

Family family_of(const HostFacts& facts) {
  struct Entry {
    std::string_view id;
    Family family;
  };
  // Ids of os-release; what is not here is found by its ID_LIKE.
  static constexpr std::array kFamilies = {
      Entry{"debian", Family::kDebian},      Entry{"ubuntu", Family::kDebian},
      Entry{"fedora", Family::kFedora},      Entry{"rhel", Family::kRhel},
      Entry{"centos", Family::kRhel},        Entry{"rocky", Family::kRhel},
      Entry{"almalinux", Family::kRhel},     Entry{"ol", Family::kRhel},
      Entry{"amzn", Family::kRhel},          Entry{"opensuse", Family::kSuse},
      Entry{"suse", Family::kSuse},          Entry{"sles", Family::kSuse},
      Entry{"opensuse-leap", Family::kSuse}, Entry{"opensuse-tumbleweed", Family::kSuse},
      Entry{"alpine", Family::kAlpine},      Entry{"arch", Family::kArch},
      Entry{"flatcar", Family::kFlatcar},    Entry{"coreos", Family::kFlatcar},
  };
  const auto look_up = [&](std::string_view id) {
    const auto* found = std::ranges::find(kFamilies, id, &Entry::id);
    return found == kFamilies.end() ? Family::kUnknown : found->family;
  };
  if (const Family family = look_up(facts.id); family != Family::kUnknown) return family;
  for (const std::string& id : facts.id_like) {
    if (const Family family = look_up(id); family != Family::kUnknown) return family;
  }
  return Family::kUnknown;
}

std::string name_of(const HostFacts& facts) {
  if (!facts.pretty_name.empty()) return facts.pretty_name;
  return facts.id.empty() ? "a system without os-release" : facts.id;
}

}  // namespace berth::machine
