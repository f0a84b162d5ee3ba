#include "machine/local_network.h"

#include <algorithm>

#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/process.h"
#include "base/strings.h"

namespace berth::machine {

namespace local_network {

std::string bridge_name(const Subnet& subnet) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(subnet.address() >> shift & 0xff);
  return "berth-" + to_hex(bytes);
}

std::string port_name(std::string_view id) { return "bport" + std::string(id); }

namespace {

// The prefix and four bytes.
std::string hardware_address(std::string_view prefix, std::string_view digits) {
  std::string text(prefix);
  for (std::size_t i = 0; i + 1 < digits.size() && i < 8; i += 2) text += ":" + std::string(digits.substr(i, 2));
  return text;
}

// Of the machine's id, so that a machine that starts again is found at once by those who knew it: nobody has to learn a
// new hardware address for its IP address.
std::string machine_address(std::string_view id) { return hardware_address("02:42", id); }

// Of the subnet. A bridge that was given none takes its ports' lowest, another one each time that machine goes or
// comes: the others would send what is for the gateway to the old one, for half a minute.
std::string bridge_address(const Subnet& subnet) {
  return hardware_address("02:62", bridge_name(subnet).substr(std::string_view("berth-").size()));
}

}  // namespace

std::string bridge_batch(const Subnet& subnet, int mtu) {
  const std::string bridge = bridge_name(subnet);
  return "link add " + bridge + " address " + bridge_address(subnet) + " mtu " + std::to_string(mtu) +
         " type bridge\n" +                                                                                //
         "addr add " + subnet.gateway() + "/" + std::to_string(subnet.bits()) + " dev " + bridge + "\n" +  //
         "link set " + bridge + " up\n";
}

std::string port_batch(const Subnet& subnet, std::string_view id, pid_t machine, int mtu) {
  const std::string port = port_name(id);
  const std::string size = " mtu " + std::to_string(mtu);
  return "link add " + port + size + " type veth peer name eth0 address " + machine_address(id) + size + " netns " +
         std::to_string(machine) + "\n" + "link set " + port + " master " + bridge_name(subnet) + " up\n";
}

Argv neighbour_command(const Subnet& subnet, std::string_view id, const std::string& address) {
  return {"ip",  "neigh",    "replace", address, "lladdr", machine_address(id), "dev", bridge_name(subnet),
          "nud", "reachable"};
}

std::vector<Rule> rules(const Subnet& subnet) {
  const std::string bridge = bridge_name(subnet);
  return {
      {"nat", "POSTROUTING", {"-s", subnet.text(), "!", "-o", bridge, "-j", "MASQUERADE"}},
      {"filter", "FORWARD", {"-i", bridge, "-j", "ACCEPT"}},
      {"filter", "FORWARD", {"-o", bridge, "-m", "conntrack", "--ctstate", "RELATED,ESTABLISHED", "-j", "ACCEPT"}},
  };
}

Argv rule_command(const Rule& rule, const std::string& action) {
  Argv argv = {"iptables", "-w", "-t", rule.table, action, rule.chain};
  argv.insert(argv.end(), rule.match.begin(), rule.match.end());
  return argv;
}

}  // namespace local_network

namespace {

using namespace local_network;

const Path kForwarding = "/proc/sys/net/ipv4/ip_forward";

bool interface_exists(const std::string& name) { return ::access(("/sys/class/net/" + name).c_str(), F_OK) == 0; }

Path addresses() { return kLocalRun / "addresses"; }

// Only one process at a time changes what machines share. The last machine removes the folder, lock and all, so its
// absence is met by making it again.
FileLock lock_shared(const Context& context) {
  for (;;) {
    make_folder(addresses());
    try {
      return FileLock::wait_for(context, kLocalRun / "lock");
    } catch (const Error& e) {
      if (e.kind() != Kind::kNotFound) throw;
    }
  }
}

// The folder of the machine that has the address; nothing when none has, or it was deleted without `rm`.
std::optional<Path> owner_of(const Path& claim) {
  std::error_code failure;
  Path owner = std::filesystem::read_symlink(claim, failure);
  if (failure || ::access((owner / "config.json").c_str(), F_OK) != 0) return std::nullopt;
  return owner;
}

void ensure_rules(const Context& context, const Subnet& subnet) {
  for (const Rule& rule : rules(subnet)) {
    if (!run(context, rule_command(rule, "-C")).status.ok()) run_checked(context, rule_command(rule, "-I"));
  }
}

void remove_rules(const Context& context, const Subnet& subnet) {
  for (const Rule& rule : rules(subnet)) {
    while (run(context, rule_command(rule, "-D")).status.ok()) {
    }
  }
}

// Files below /proc are written in place: there is no renaming there.
void enable_forwarding() {
  if (trim(read_file(kForwarding)) == "1") return;
  const Fd file(::open(kForwarding.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file || ::write(file.get(), "1", 1) != 1) throw system_error(errno, "enabling IPv4 forwarding");
}

bool has_ports(const std::string& bridge) {
  std::error_code failure;
  const std::filesystem::directory_iterator ports("/sys/class/net/" + bridge + "/brif", failure);
  return !failure && ports != std::filesystem::directory_iterator();
}

void remove_interface(const Context& context, const std::string& name) {
  if (!interface_exists(name)) return;
  const Output output = run(context, {"ip", "link", "del", name});
  // It may have gone by itself meanwhile, with the machine's namespace.
  if (!output.status.ok() && interface_exists(name)) {
    throw Error(Kind::kInternal, "removing interface '" + name + "': " + std::string(trim(output.err)));
  }
}

}  // namespace

std::optional<std::string> subnet_conflict(const Subnet& subnet) {
  return route_in_the_way(read_file("/proc/net/route"), subnet, bridge_name(subnet));
}

int outside_mtu() {
  constexpr int kUsual = 1500;
  const auto interface = default_interface(read_file("/proc/net/route"));
  if (!interface) return kUsual;
  const auto text = read_file_if_exists("/sys/class/net/" + *interface + "/mtu");
  const auto mtu = text ? parse_integer(trim(*text)) : std::nullopt;
  return mtu ? static_cast<int>(std::clamp<std::int64_t>(*mtu, 576, kUsual)) : kUsual;
}

std::string LocalNetwork::claim(const Context& context, const std::string& wished) const {
  const FileLock lock = lock_shared(context);
  if (const auto other = subnet_conflict(subnet_)) {
    throw Error(Kind::kConflict,
                "subnet '" + subnet_.text() + "' is used by " + *other + ": choose another with --local-subnet");
  }
  const auto take = [&](const std::string& address) {
    const Path claim = addresses() / address;
    const auto owner = owner_of(claim);
    if (owner && *owner != owner_) return false;
    ::unlink(claim.c_str());
    if (::symlink(owner_.c_str(), claim.c_str()) != 0) throw system_error(errno, "claiming address " + address);
    return true;
  };
  if (!wished.empty() && take(wished)) return wished;
  for (std::uint32_t address = subnet_.first_host(); address <= subnet_.last_host(); ++address) {
    if (take(address_text(address))) return address_text(address);
  }
  throw Error(Kind::kConflict, "subnet '" + subnet_.text() +
                                   "' has no free address: remove machines, or choose a "
                                   "larger one with --local-subnet");
}

void LocalNetwork::attach(const Context& context, pid_t machine) const {
  const FileLock lock = lock_shared(context);
  const int mtu = outside_mtu();
  remove_interface(context, port_name(id_));
  ensure_rules(context, subnet_);
  enable_forwarding();
  std::string batch = port_batch(subnet_, id_, machine, mtu);
  if (!interface_exists(bridge_name(subnet_))) batch = bridge_batch(subnet_, mtu) + batch;
  run_checked(context, {"ip", "-batch", "-"}, batch);
}

void LocalNetwork::introduce(const Context& context, const std::string& address) const {
  run_checked(context, neighbour_command(subnet_, id_, address));
}

void LocalNetwork::detach(const Context& context) const {
  const FileLock lock = lock_shared(context);
  remove_interface(context, port_name(id_));
  const std::string bridge = bridge_name(subnet_);
  if (has_ports(bridge)) return;
  remove_rules(context, subnet_);
  remove_interface(context, bridge);
}

void LocalNetwork::release(const Context& context) const {
  const FileLock lock = lock_shared(context);
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(addresses(), ignored)) {
    const auto owner = owner_of(entry.path());
    if (!owner || *owner == owner_) ::unlink(entry.path().c_str());
  }
  // Each of these fails while others are there.
  if (::rmdir(addresses().c_str()) != 0) return;
  // Mount point in every machine: the kernel would take it from those that are there.
  ::rmdir("/run/containerd");
  for (const auto& entry : std::filesystem::directory_iterator(kLocalRun, ignored)) {
    if (entry.path().filename() != "lock") return;
  }
  ::unlink((kLocalRun / "lock").c_str());
  ::rmdir(kLocalRun.c_str());
}

}  // namespace berth::machine
