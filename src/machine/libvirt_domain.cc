#include "machine/libvirt_domain.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/process.h"
#include "base/strings.h"
#include "machine/cloud/xml.h"

namespace berth::machine {

namespace libvirt {

std::string new_id() {
  std::string id = to_hex(random_bytes(16));
  id[12] = '4';  // a random UUID, of the usual kind
  id[16] = 'a';
  for (const std::size_t at : {20U, 16U, 12U, 8U}) id.insert(at, "-");
  return id;
}

std::string domain_name(const std::string& machine, const std::string& id) {
  return "berth-" + machine + "-" + id.substr(0, 8);
}

namespace {

std::string disk(const Path& file, const char* target, const char* rest) {
  return "    <disk type='file' device='disk'>\n      <driver name='qemu' type='qcow2' discard='unmap'/>\n      "
         "<source file='" +
         escape_xml(file.string()) + "'/>\n      <target dev='" + target + "' bus='virtio'/>\n" + rest +
         "    </disk>\n";
}

std::string boot(const QemuMachine& machine) {
  std::string xml = "  <os>\n    <type arch='x86_64' machine='q35'>hvm</type>\n";
  if (!machine.kernel.empty()) {
    xml += "    <kernel>" + escape_xml(machine.kernel.string()) + "</kernel>\n    <initrd>" +
           escape_xml(machine.initrd.string()) + "</initrd>\n    <cmdline>" +
           escape_xml(std::string(qemu::kKernelParameters)) + "</cmdline>\n";
  }
  return xml + "  </os>\n";
}

// Empty for user mode: libvirt's own has no ports of this computer that lead to the guest.
std::string interface(const QemuMachine& machine, const LibvirtPlace& place) {
  const bool bridged = !machine.bridge.empty();
  if (!bridged && place.network.empty()) return {};
  const std::string kind = bridged ? "bridge" : "network";
  return "    <interface type='" + kind + "'>\n      <mac address='" + escape_xml(machine.hardware_address) +
         "'/>\n      <source " + kind + "='" + escape_xml(bridged ? machine.bridge : place.network) +
         "'/>\n      <model type='virtio'/>\n    </interface>\n";
}

std::string user_network(const QemuMachine& machine) {
  std::vector<std::string> arguments = qemu::network_arguments(machine);
  arguments.back() += ",bus=pcie.0,addr=0x10";  // libvirt, which does not see this device, takes slots from 1 on
  std::string xml = "  <qemu:commandline>\n";
  for (const std::string& argument : arguments) {
    xml += "    <qemu:arg value='" + escape_xml(argument) + "'/>\n";
  }
  return xml + "  </qemu:commandline>\n";
}

}  // namespace

std::string domain_xml(const QemuMachine& machine, const LibvirtPlace& place, const std::string& owner) {
  const std::string network = interface(machine, place);
  std::string xml =
      std::string("<domain type='") + (machine.kvm ? "kvm" : "qemu") +
      "' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n  <name>" +
      escape_xml(domain_name(machine.name, place.id)) + "</name>\n  <uuid>" + escape_xml(place.id) +
      "</uuid>\n  <memory unit='MiB'>" + std::to_string(machine.memory_mb) + "</memory>\n  <vcpu>" +
      std::to_string(machine.cpus) + "</vcpu>\n" + boot(machine) +
      "  <features>\n    <acpi/>\n    <apic/>\n  </features>\n  <cpu mode='" +
      (machine.kvm ? "host-passthrough" : "maximum") + "'/>\n  <devices>\n" +
      disk(qemu::disk(machine.folder), "vda", "") +
      disk(qemu::seed_disk(machine.folder), "vdb", "      <readonly/>\n") + network +
      "    <serial type='file'>\n      <source path='" + escape_xml(qemu::console(machine.folder).string()) +
      "' append='on'/>\n    </serial>\n    <rng model='virtio'>\n      <backend model='random'>/dev/urandom</backend>\n"
      "    </rng>\n  </devices>\n";
  if (!owner.empty()) {
    xml += "  <seclabel type='static' model='dac' relabel='no'>\n    <label>" + owner + "</label>\n  </seclabel>\n";
  }
  if (network.empty()) xml += user_network(machine);
  return xml + "</domain>\n";
}

std::vector<std::string> seed_command(const Path& folder) {
  return {
      "qemu-img", "convert", "-q", "--image-opts", "-O", "qcow2", qemu::seed_options(folder), qemu::seed_disk(folder)};
}

State state_of(std::string_view words) {
  if (words == "running" || words == "idle") return State::kRunning;
  if (words == "paused" || words == "pmsuspended") return State::kPaused;
  if (words == "in shutdown") return State::kStopping;
  if (words == "shut off") return State::kStopped;
  if (words == "crashed") return State::kError;
  return State::kNone;
}

std::string address_of(std::string_view table, std::string_view hardware_address) {
  for (const std::string& line : split(table, '\n')) {
    if (line.find(hardware_address) == std::string::npos) continue;
    const auto protocol = line.find(" ipv4 ");
    if (protocol == std::string::npos) continue;
    return std::string(cut(trim(std::string_view(line).substr(protocol + 6)), '/').first);
  }
  return {};
}

std::string name_server_of(std::string_view xml) {
  const XmlElement network = parse_xml(xml);
  const XmlElement* dns = network.find("dns");
  if (dns != nullptr && dns->attribute("enable") == "no") return {};
  for (const XmlElement& child : network.children) {
    if (child.name == "ip" && child.attribute("address").find(':') == std::string::npos) {
      return child.attribute("address");
    }
  }
  return {};
}

Error refusal(const LibvirtPlace& place, std::string_view command, std::string_view words) {
  const auto says = [&](std::string_view part) { return words.find(part) != std::string_view::npos; };
  const std::string libvirt = "libvirt at '" + place.uri + "' ";
  const std::string virsh = "virsh -c " + place.uri + " ";
  const std::string said = ": " + std::string(trim(words));
  if (says("failed to connect to the hypervisor")) {
    if (says("Permission denied") || says("authentication")) {
      return Error(Kind::kForbidden, libvirt +
                                         "is not for you: join its group (usermod -aG libvirt USER, then log in anew), "
                                         "or use --qemu-libvirt-uri qemu:///session" +
                                         said);
    }
    return Error(Kind::kUnavailable, libvirt + "does not answer: start it (systemctl start libvirtd)" + said);
  }
  if (!place.network.empty() && says("failed to get network")) {
    return Error(Kind::kNotFound,
                 libvirt + "has no network '" + place.network + "': see '" + virsh + "net-list --all'" + said);
  }
  if (!place.network.empty() && says("is not active")) {
    return Error(Kind::kUnavailable, "libvirt's network '" + place.network + "' is not active: '" + virsh +
                                         "net-start " + place.network + "'");
  }
  return Error(Kind::kInternal, virsh + std::string(command) + said);
}

}  // namespace libvirt

namespace {

using namespace std::chrono_literals;

// A libvirt that hangs is told so, rather than waited for.
constexpr auto kPatience = 60s;

// Who QEMU runs as. The system's libvirt would take a user of its own, who may not open files of a machine store; the
// group is that user's, for libvirt's own files. A session's takes who it runs as, but root's is as the system's.
std::string owner(const LibvirtPlace& place) {
  if (place.uri != kLibvirtSystem && ::getuid() != 0) return {};
  struct stat folder{};
  const gid_t group = ::stat("/var/lib/libvirt/qemu", &folder) == 0 ? folder.st_gid : ::getgid();
  return "+" + std::to_string(::getuid()) + ":+" + std::to_string(group);
}

}  // namespace

std::optional<std::string> LibvirtDomain::virsh(const Context& context, const std::vector<std::string>& words) const {
  std::vector<std::string> argv = {"virsh", "--quiet", "--connect", place_.uri};
  argv.insert(argv.end(), words.begin(), words.end());
  SpawnOptions options;
  options.environment = Environment::of_process();
  options.environment->set("LC_ALL", "C");  // its words are read
  const Output output = run(context.with_timeout(kPatience), argv, {}, options);
  if (output.status.ok()) return output.out;
  if (output.err.find("failed to get domain") != std::string::npos) return std::nullopt;
  throw libvirt::refusal(place_, words.front(), output.err);
}

void LibvirtDomain::check(const Context& context) const {
  virsh(context, {"uri"});
  if (place_.network.empty()) return;
  const std::string info = virsh(context, {"net-info", place_.network}).value_or("");
  for (const std::string& line : split(info, '\n')) {
    const auto [name, value] = cut(line, ':');
    if (name == "Active" && value && trim(*value) == "no") throw libvirt::refusal(place_, "net-info", "is not active");
  }
}

State LibvirtDomain::state(const Context& context) const {
  if (place_.id.empty()) return State::kStopped;
  const auto words = virsh(context, {"domstate", place_.id});
  // Its definition is ours to make again.
  return words ? libvirt::state_of(trim(*words)) : State::kStopped;
}

void LibvirtDomain::launch(const Context& context, const QemuMachine& machine) const {
  remove_tree(qemu::seed_disk(folder_));
  run_checked(context, libvirt::seed_command(folder_));
  // Made by us, so that we may read what libvirt's log daemon, which is root, appends to it ("append" in the XML).
  write_file(qemu::console(folder_), "");
  const Path xml = folder_ / "domain.xml";
  write_file(xml, libvirt::domain_xml(machine, place_, owner(place_)), 0600);
  virsh(context, {"define", xml});
  virsh(context, {"start", place_.id});
}

void LibvirtDomain::press_power_button(const Context& context) const {
  virsh(context, {"shutdown", place_.id, "--mode", "acpi"});
}

void LibvirtDomain::kill(const Context& context) const {
  const State now = state(context);
  if (now == State::kStopped || now == State::kError) return;
  try {
    virsh(context, {"destroy", place_.id});
  } catch (const Error&) {
    if (state(context) != State::kStopped) throw;  // else it ended by itself meanwhile
  }
}

void LibvirtDomain::remove(const Context& context) const {
  if (place_.id.empty()) return;
  kill(context);
  virsh(context, {"undefine", place_.id, "--managed-save", "--snapshots-metadata"});
}

std::string LibvirtDomain::address(const Context& context, const QemuMachine& machine) const {
  if (place_.network.empty()) return {};
  const auto table = virsh(context, {"domifaddr", place_.id, "--source", "lease"});
  return libvirt::address_of(table.value_or(""), machine.hardware_address);
}

std::string LibvirtDomain::name_server(const Context& context) const {
  if (place_.network.empty()) return {};
  return libvirt::name_server_of(virsh(context, {"net-dumpxml", place_.network}).value_or(""));
}

}  // namespace berth::machine
