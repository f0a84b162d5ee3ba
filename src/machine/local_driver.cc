#include "machine/local_driver.h"

#include <map>

#include <arpa/inet.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/guarded.h"
#include "base/json.h"
#include "base/process.h"
#include "base/strings.h"
#include "machine/local_resolver.h"
#include "machine/swarm_role.h"

namespace berth::machine {

namespace {

using namespace std::chrono_literals;

// Tried in order when the user names none: rarely used by companies, homes, VPNs and the engines themselves.
constexpr const char* kSubnets[] = {"10.213.0.0/16", "192.168.213.0/24", "198.18.0.0/15"};
constexpr std::uint16_t kPort = 2376;
// The engine gives its containers 10 s to end, and itself 15.
constexpr auto kStopPatience = 45s;

Subnet choose_subnet(const std::string& given) {
  if (!given.empty()) return Subnet::parse(given);
  for (const char* candidate : kSubnets) {
    const Subnet subnet = Subnet::parse(candidate);
    if (!subnet_conflict(subnet)) return subnet;
  }
  throw Error(Kind::kConflict,
              "every subnet that machines usually take is in use here: name a free one with "
              "--local-subnet");
}

// The environment in which the engine's programs are looked for: administrators' folders are not on everyone's PATH.
Environment with_system_folders(const Environment& environment) {
  Environment result = environment;
  result.set("PATH", environment.get_or("PATH", "/usr/bin:/bin") + ":/usr/local/sbin:/usr/sbin:/sbin");
  return result;
}

Path find_dockerd(const std::string& given, const Environment& environment) {
  if (!given.empty()) {
    const Path path = std::filesystem::absolute(given);
    if (::access(path.c_str(), X_OK) != 0) throw system_error(errno, "--local-dockerd '" + given + "'");
    return path;
  }
  if (const auto found = find_program("dockerd", with_system_folders(environment))) return *found;
  throw Error(Kind::kNotFound,
              "no Docker Engine on this computer: install one (Debian: apt-get install docker.io), or name its dockerd "
              "with --local-dockerd");
}

// "Docker version 28.5.2+dfsg4, build ..." -> 28. Asked once for each program: it takes 50 ms.
int major_version(const Context& context, const Path& dockerd) {
  static Guarded<std::map<Path, int>> known;
  {
    const auto lock = known.lock();
    if (const auto found = lock->find(dockerd); found != lock->end()) return found->second;
  }
  const std::string text = run_checked(context, {dockerd, "--version"});
  constexpr std::string_view kBefore = "version ";
  const std::size_t at = text.find(kBefore);
  const auto major = at == std::string::npos
                         ? std::nullopt
                         : parse_integer(cut(std::string_view(text).substr(at + kBefore.size()), '.').first);
  if (!major) throw Error(Kind::kUnsupported, "'" + dockerd.string() + "' is no Docker Engine: it says '" + text + "'");
  known.lock()->emplace(dockerd, static_cast<int>(*major));
  return static_cast<int>(*major);
}

ResolverChoice resolver_of(const std::vector<std::string>& given) {
  const std::string host = read_file_if_exists("/etc/resolv.conf").value_or("");
  auto upstream = read_file_if_exists("/run/systemd/resolve/resolv.conf");
  if (!upstream) upstream = read_file_if_exists("/run/NetworkManager/no-stub-resolv.conf");
  ResolverChoice choice = choose_resolver(given, host, upstream);
  if (choice.kind == ResolverChoice::Kind::kNoServer) {
    throw Error(Kind::kUnsupported,
                "the name server in /etc/resolv.conf answers only this computer itself: name one that machines can "
                "reach with --local-dns ADDRESS");
  }
  return choice;
}

void require_root() {
  if (::geteuid() == 0) return;
  throw Error(Kind::kForbidden, "driver 'local' needs root to make namespaces and networks: run it with sudo");
}

void require_programs(const Path& dockerd, const Environment& environment) {
  Environment search = with_system_folders(environment);
  search.set("PATH", dockerd.parent_path().string() + ":" + search.get_or("PATH", ""));
  const std::pair<const char*, const char*> needed[] = {
      {"ip", "iproute2"}, {"iptables", "iptables"},     {"unshare", "util-linux"}, {"setsid", "util-linux"},
      {"mount", "mount"}, {"containerd", "containerd"}, {"runc", "runc"},
  };
  for (const auto& [program, package] : needed) {
    if (find_program(program, search)) continue;
    throw Error(Kind::kNotFound, std::string("program '") + program +
                                     "' is missing: install it (Debian: apt-get install " + package + ")");
  }
}

}  // namespace

std::vector<DriverFlag> LocalDriver::flags() {
  return {
      {.name = "local-subnet",
       .help = "Private IPv4 subnet of the machines (default: the first free of 10.213.0.0/16, 192.168.213.0/24, "
               "198.18.0.0/15)",
       .environment = "LOCAL_SUBNET"},
      {.name = "local-dockerd", .help = "dockerd to run (default: the one on PATH)", .environment = "LOCAL_DOCKERD"},
      {.name = "local-dns",
       .type = DriverFlag::Type::kTexts,
       .help = "Name server for the machines (default: the host's)",
       .environment = "LOCAL_DNS"},
  };
}

LocalDriver::LocalDriver(Site site, std::string_view record) : site_(std::move(site)) {
  const json::value value = parse_json(record);
  base_ = read_base_driver(value);
  base_.machine_name = site_.name;
  if (base_.store_path.empty()) base_.store_path = site_.folder.parent_path().parent_path();
  id_ = berth::text_of(value, "Id");
  subnet_ = berth::text_of(value, "Subnet");
  dockerd_ = berth::text_of(value, "Dockerd");
  dns_ = texts_of(value, "Dns");
}

std::string LocalDriver::record() const {
  json::object record = base_driver_json(base_);
  record["Id"] = id_;
  record["Subnet"] = subnet_;
  record["Dockerd"] = dockerd_;
  record["Dns"] = array_of(dns_);
  record["Socket"] = id_.empty() ? "" : engine().socket().string();
  return format_json(record);
}

void LocalDriver::configure(const DriverOptions& options) {
  subnet_ = options.text("local-subnet");
  if (!subnet_.empty()) within("--local-subnet", [&] { Subnet::parse(subnet_); });
  dockerd_ = options.text("local-dockerd");
  if (!dockerd_.empty()) dockerd_ = std::filesystem::absolute(dockerd_);
  dns_ = options.texts("local-dns");
  for (const std::string& server : dns_) {
    in6_addr ignored{};
    if (::inet_pton(AF_INET, server.c_str(), &ignored) == 1 || ::inet_pton(AF_INET6, server.c_str(), &ignored) == 1) {
      continue;
    }
    throw Error(Kind::kInvalid, "--local-dns '" + server + "' is not an IP address");
  }
}

void LocalDriver::pre_create_check(const Context& context) {
  require_root();
  const Path dockerd = find_dockerd(dockerd_, site_.environment);
  require_programs(dockerd, site_.environment);
  major_version(context, dockerd);
  resolver_of(dns_);
  const Subnet subnet = choose_subnet(subnet_);
  if (const auto other = subnet_conflict(subnet)) {
    throw Error(Kind::kConflict,
                "subnet '" + subnet.text() + "' is used by " + *other + ": choose another with --local-subnet");
  }
}

LocalNetwork LocalDriver::network() const { return LocalNetwork(site_.folder, id_, Subnet::parse(subnet_)); }

void LocalDriver::create(const Context& context) {
  id_ = to_hex(random_bytes(4));
  subnet_ = choose_subnet(subnet_).text();
  site_.save(record());
  start(context);
}

// Managers and joiners run in the machine's own namespaces, so that they end with it, and from our own program.
std::string LocalDriver::services() const {
  const SwarmSite swarm{.ip = base_.ip_address,
                        .engine_port = kPort,
                        .ca = {},
                        .certificate = {},
                        .key = {},
                        .store = "sqlite://" + (site_.folder / "swarm.db").native()};
  const std::vector<SwarmService> services = swarm_services(site_.swarm, swarm);
  if (services.empty()) return {};
  return swarm_script(services, std::filesystem::read_symlink("/proc/self/exe"), base_.store_path,
                      site_.folder / "swarm.log");
}

LocalLaunch LocalDriver::launch(const Context& context) const {
  const Subnet subnet = Subnet::parse(subnet_);
  const Path dockerd = find_dockerd(dockerd_, site_.environment);
  return {.id = id_,
          .name = site_.name,
          .folder = site_.folder,
          .dockerd = dockerd,
          .dockerd_major = major_version(context, dockerd),
          .address = base_.ip_address + "/" + std::to_string(subnet.bits()),
          .gateway = subnet.gateway(),
          .resolv_conf = resolver_of(dns_).text,
          .mtu = outside_mtu(),
          .options = site_.engine,
          .services = services()};
}

void LocalDriver::start(const Context& context) {
  require_root();
  if (id_.empty()) throw Error(Kind::kInvalid, "it was never made: remove it and create it anew");
  clear(context);
  const std::string address = network().claim(context, base_.ip_address);
  if (address != base_.ip_address) {
    base_.ip_address = address;
    site_.save(record());
  }
  site_.certify({address, "127.0.0.1", "localhost", site_.name});
  try {
    engine().start(context, launch(context), site_.environment,
                   [&](pid_t machine) { network().attach(context, machine); });
    network().introduce(context, address);
  } catch (const Error&) {
    clear(context.detached().with_timeout(30s));
    throw;
  }
}

// What a machine that does not run may have left: after an orderly stop nothing, after kill -9 anything.
void LocalDriver::clear(const Context& context) const {
  engine().kill(context);
  network().detach(context);
  engine().tidy(context);
}

void LocalDriver::stop(const Context& context) {
  require_root();
  engine().stop(context, kStopPatience);
  clear(context);
}

void LocalDriver::kill(const Context& context) {
  require_root();
  clear(context);
}

void LocalDriver::restart(const Context& context) {
  stop(context);
  start(context);
}

void LocalDriver::remove(const Context& context) {
  if (id_.empty() || subnet_.empty()) return;  // nothing was made yet: its record says so first
  require_root();
  clear(context);
  network().release(context);
}

State LocalDriver::state(const Context&) {
  return !id_.empty() && engine().running() ? State::kRunning : State::kStopped;
}

std::string LocalDriver::ip(const Context& context) {
  if (state(context) != State::kRunning) throw Error(Kind::kUnavailable, "Host is not running");
  return base_.ip_address;
}

std::string LocalDriver::url(const Context& context) { return "tcp://" + ip(context) + ":" + std::to_string(kPort); }

}  // namespace berth::machine
