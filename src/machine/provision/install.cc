#include "machine/provision/install.h"

#include <algorithm>

#include "base/error.h"
#include "base/strings.h"
#include "net/ssh.h"

namespace berth::machine {

namespace {

// The engine's packages take about 300 MB unpacked and 70 MB as files; an image or two should have room as well.
constexpr std::int64_t kNeededKilobytes = 600 * 1024;

// What every script begins with. `unlocked` runs a package manager again and again while another process holds its
// lock (20 minutes at most); its output comes when it ends, and its exit code is the script's.
constexpr std::string_view kPrologue = R"sh(set -e
LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export LC_ALL PATH
unlocked() {
  said= tries=600
  while :; do
    status=0
    output=$("$@" 2>&1) || status=$?
    case $status:$output in
      0:*) [ -z "$output" ] || printf '%s\n' "$output"; return 0 ;;
      *"Could not get lock"* | *"Unable to acquire the dpkg"* | *"locked by another process"* | *"nable to lock database"* | \
        *"System management is locked"* | *"Unable to lock"* | *"is another process using it"*)
        [ $tries -gt 0 ] || break
        tries=$((tries - 1))
        [ -n "$said" ] || echo "berth: waiting for another process that holds the package manager's lock"
        said=yes
        sleep 2 ;;
      *) break ;;
    esac
  done
  printf '%s\n' "$output" >&2
  return $status
}
)sh";

// An engine that a package's installation starts would run with another configuration than its own.
constexpr std::string_view kHoldBack = R"sh(if [ -d /run/systemd/system ]; then
  systemctl mask --runtime -q docker.service docker.socket
fi
)sh";

constexpr std::string_view kApt = R"sh(export DEBIAN_FRONTEND=noninteractive
unlocked dpkg --configure -a
update() { unlocked apt-get -qq update; }
install() { unlocked apt-get -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold install "$@"; }
)sh";

std::string script_of(std::initializer_list<std::string_view> parts) {
  std::string script(kPrologue);
  for (const std::string_view part : parts) script += part;
  return script;
}

std::string from_distribution(const HostFacts& facts) {
  switch (family_of(facts)) {
    case Family::kDebian:
      // What is there already is not brought up to date by us. Package lists that were fetched within a day will do
      // (apt gives them the mirror's time, so not by -mtime); older ones may name files that are gone.
      return script_of(
          {kHoldBack, kApt,
           R"sh(find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' -ctime -1 2>/dev/null | grep -q . || update
packages=docker.io
for needed in ca-certificates iptables; do
  dpkg -s $needed >/dev/null 2>&1 || packages="$packages $needed"
done
if apt-cache show docker-cli >/dev/null 2>&1; then packages="$packages docker-cli"; fi
install $packages || { update; install $packages; }
)sh"});
    case Family::kFedora:
      return script_of({kHoldBack, "unlocked dnf -q -y install moby-engine\n"});
    case Family::kSuse:
      return script_of({kHoldBack, "unlocked zypper --non-interactive --quiet install docker\n"});
    case Family::kAlpine:
      return script_of({R"sh(grep -q '^[^#].*/community' /etc/apk/repositories ||
  sed -n 's,^\([^#].*\)/main$,\1/community,p' /etc/apk/repositories | head -n 1 >> /etc/apk/repositories
unlocked apk add -q --update-cache docker
)sh"});
    case Family::kArch:
      return script_of({kHoldBack, "unlocked pacman -Sy --noconfirm --needed --quiet docker\n"});
    case Family::kRhel:
      if (facts.id == "amzn") return script_of({kHoldBack, "unlocked yum -q -y install docker\n"});
      break;
    case Family::kFlatcar:
      throw Error(Kind::kUnsupported, "'" + name_of(facts) + "' comes with an engine, but there is none on this host");
    case Family::kUnknown:
      break;
  }
  throw Error(Kind::kUnsupported, "no engine in the packages of '" + name_of(facts) + "'");
}

// The folder of Docker's repository, which has one for each distribution.
std::string docker_folder(const HostFacts& facts) {
  static constexpr std::string_view kOwn[] = {"debian", "ubuntu", "fedora", "rhel", "centos"};
  if (std::ranges::find(kOwn, facts.id) != std::end(kOwn)) return facts.id;
  switch (family_of(facts)) {
    case Family::kDebian:
      return std::ranges::find(facts.id_like, "ubuntu") != facts.id_like.end() ? "ubuntu" : "debian";
    case Family::kFedora:
      return "fedora";
    case Family::kRhel:
      return "centos";
    default:
      throw Error(Kind::kUnsupported, "Docker's repository has no packages for '" + name_of(facts) +
                                          "': leave --engine-from away for those of the distribution");
  }
}

std::string from_docker(const HostFacts& facts, const std::string& mirror) {
  const std::string base = (mirror.empty() ? "https://download.docker.com/linux" : mirror) + "/" + docker_folder(facts);
  const std::string where = "repository=" + net::shell_quote(base) + "\n";
  constexpr std::string_view kPackages = "docker-ce docker-ce-cli containerd.io docker-buildx-plugin\n";
  if (family_of(facts) == Family::kDebian) {
    return script_of({kHoldBack, kApt, where, R"sh(update
install ca-certificates curl
mkdir -p /etc/apt/keyrings
curl -fsSL "$repository/gpg" -o /etc/apt/keyrings/docker.asc
. /etc/os-release
echo "deb [arch=$(dpkg --print-architecture) signed-by=/etc/apt/keyrings/docker.asc] $repository ${UBUNTU_CODENAME:-$VERSION_CODENAME} stable" > /etc/apt/sources.list.d/docker.list
update
install )sh",
                      kPackages});
  }
  return script_of({kHoldBack, where, R"sh(curl -fsSL "$repository/docker-ce.repo" -o /etc/yum.repos.d/docker-ce.repo
if command -v dnf >/dev/null 2>&1; then manager=dnf; else manager=yum; fi
unlocked $manager -q -y install )sh",
                    kPackages});
}

// docker-machine ran any script by sh; get.docker.com's is one.
std::string from_script(const std::string& url) {
  return script_of({kHoldBack, "url=" + net::shell_quote(url) + "\n", R"sh(script=$(mktemp)
trap 'rm -f "$script"' EXIT
if command -v curl >/dev/null 2>&1; then curl -fsSL "$url" -o "$script"
elif command -v wget >/dev/null 2>&1; then wget -qO "$script" "$url"
else echo 'there is neither curl nor wget' >&2; exit 1; fi
unlocked sh "$script" </dev/null
)sh"});
}

bool all_end_with(const std::vector<std::string>& files, std::string_view end) {
  return !files.empty() && std::ranges::all_of(files, [&](const auto& file) { return file.ends_with(end); });
}

// Docker's own archive of programs has no service: this is the one its packages bring, in short.
constexpr std::string_view kUnits = R"sh(if [ -d /run/systemd/system ]; then
  cat > /etc/systemd/system/containerd.service <<'END'
[Unit]
Description=containerd
After=network.target

[Service]
ExecStart=/usr/local/bin/containerd
Type=notify
Delegate=yes
KillMode=process
Restart=always
LimitNOFILE=infinity

[Install]
WantedBy=multi-user.target
END
  cat > /etc/systemd/system/docker.service <<'END'
[Unit]
Description=Docker Engine
After=network-online.target containerd.service
Wants=network-online.target
Requires=containerd.service

[Service]
Type=notify
ExecStart=/usr/local/bin/dockerd -H unix:///var/run/docker.sock --containerd=/run/containerd/containerd.sock
ExecReload=/bin/kill -s HUP $MAINPID
Environment=PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
Delegate=yes
KillMode=process
Restart=always
LimitNOFILE=infinity

[Install]
WantedBy=multi-user.target
END
  systemctl daemon-reload
fi
getent group docker >/dev/null 2>&1 || groupadd -r docker 2>/dev/null || addgroup -S docker
)sh";

std::string from_files(const HostFacts& facts, const std::vector<std::string>& files) {
  const std::string folder = "cd " + std::string(kFilesFolder) + "\n";
  if (all_end_with(files, ".deb")) {
    return script_of({kHoldBack, kApt, folder, "unlocked dpkg --force-confold -i ./*.deb\n"});
  }
  if (all_end_with(files, ".rpm")) return script_of({kHoldBack, folder, "unlocked rpm -U --replacepkgs ./*.rpm\n"});
  if (all_end_with(files, ".apk")) {
    return script_of({folder, "unlocked apk add -q --no-network --allow-untrusted ./*.apk\n"});
  }
  if (all_end_with(files, ".pkg.tar.zst")) {
    return script_of({kHoldBack, folder, "unlocked pacman -U --noconfirm ./*.pkg.tar.zst\n"});
  }
  if (all_end_with(files, ".tgz")) {
    return script_of({folder,
                      "for archive in ./*.tgz; do tar -xzf \"$archive\" --strip-components=1 -C /usr/local/bin; done\n",
                      kUnits});
  }
  throw Error(Kind::kUnsupported, "engine files for '" + name_of(facts) +
                                      "' must all be packages (.deb, .rpm, .apk, .pkg.tar.zst), or Docker's archive of "
                                      "programs (docker-VERSION.tgz); there are: " +
                                      join(files, ", "));
}

std::string title_of(const HostFacts& facts, const EngineSource& source, bool docker_repository) {
  if (source.kind == EngineSource::Kind::kScript) return "Installing Docker by '" + source.url + "'...";
  if (source.kind == EngineSource::Kind::kFiles) return "Installing Docker from the files that were sent...";
  return std::string("Installing Docker from ") +
         (docker_repository ? "Docker's repository" : "the packages of the system") + " (" + name_of(facts) + ")...";
}

}  // namespace

std::vector<Step> installation(const HostFacts& facts, const EngineSource& source) {
  if (!facts.dockerd.empty()) return {};
  if (facts.free_kilobytes < kNeededKilobytes) {
    throw Error(Kind::kConflict, "the host has " + std::to_string(facts.free_kilobytes / 1024) +
                                     " MB free below /var, an engine needs " + std::to_string(kNeededKilobytes / 1024) +
                                     " MB: make room there");
  }
  using From = EngineSource::Kind;
  const Family family = family_of(facts);
  // Red Hat's kin have no engine among their packages.
  const bool docker_repository = source.kind == From::kDocker ||
                                 (source.kind == From::kDistribution && family == Family::kRhel && facts.id != "amzn");
  if (family == Family::kUnknown && source.kind != From::kScript && !all_end_with(source.files, ".tgz")) {
    throw Error(Kind::kUnsupported, "how '" + name_of(facts) +
                                        "' installs packages is not known: install an engine there, give a script by "
                                        "--engine-install-url, or Docker's archive of programs by --engine-from");
  }
  Step step;
  step.title = title_of(facts, source, docker_repository);
  step.script = docker_repository              ? from_docker(facts, source.url)
                : source.kind == From::kScript ? from_script(source.url)
                : source.kind == From::kFiles  ? from_files(facts, source.files)
                                               : from_distribution(facts);
  return {step};
}

Step upgrade_step(const HostFacts& facts) {
  if (facts.dockerd.empty()) throw Error(Kind::kUnsupported, "there is no engine on the host");
  constexpr std::string_view kPackages =
      "docker-ce docker-ce-cli containerd.io docker.io docker-cli containerd runc moby-engine docker";
  const std::string names = "names=\"" + std::string(kPackages) + "\"\n";
  Step step;
  step.title = "Upgrading the engine's packages...";
  switch (family_of(facts)) {
    case Family::kDebian:
      step.script = script_of(
          {kApt, names,
           R"sh(installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $names 2>/dev/null | sed -n 's/ installed$//p')
[ -n "$installed" ] || { echo 'the engine did not come from packages' >&2; exit 1; }
update
install --only-upgrade $installed
)sh"});
      break;
    case Family::kFedora:
    case Family::kRhel:
      step.script = script_of({names, R"sh(installed=$(rpm -q --qf '%{NAME}\n' $names | grep -v 'not installed')
[ -n "$installed" ] || { echo 'the engine did not come from packages' >&2; exit 1; }
if command -v dnf >/dev/null 2>&1; then manager=dnf; else manager=yum; fi
unlocked $manager -q -y upgrade $installed
)sh"});
      break;
    case Family::kSuse:
      step.script = script_of({"unlocked zypper --non-interactive --quiet update docker containerd runc\n"});
      break;
    case Family::kAlpine:
      step.script = script_of({"unlocked apk add -q --update-cache --upgrade docker\n"});
      break;
    case Family::kArch:
      step.script = script_of({"unlocked pacman -Sy --noconfirm --quiet docker containerd runc\n"});
      break;
    default:
      throw Error(Kind::kUnsupported, "the engine of '" + name_of(facts) + "' can't be upgraded by its packages");
  }
  return step;
}

}  // namespace berth::machine
