// A machine of driver `qemu` that libvirt runs, as one of its domains. Through the program `virsh`; see
// docs/decisions/0074-libvirt-by-virsh.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "machine/qemu_runner.h"

namespace berth::machine {

inline constexpr const char* kLibvirtSystem = "qemu:///system";
inline constexpr const char* kLibvirtSession = "qemu:///session";

// What the record knows of it.
struct LibvirtPlace {
  std::string uri;      // one of the two above: disks lie on this computer
  std::string network;  // of libvirt's, empty for another kind of network
  std::string id;       // UUID of the domain; empty until create()
};

// Input for virsh and what its answers mean, without running it. Source: libvirt's formatdomain.html and virsh(1).
namespace libvirt {

// A new UUID.
std::string new_id();
// "berth-NAME-" and the beginning of the UUID: machines of several stores may have the same name.
std::string domain_name(const std::string& machine, const std::string& id);
// `owner` ("+1000:+64055") is who QEMU runs as and whose files it may therefore open; empty leaves that to libvirt.
std::string domain_xml(const QemuMachine& machine, const LibvirtPlace& place, const std::string& owner);
// Command that makes of the seed's folder a disk image, which unlike the folder may be a domain's disk.
std::vector<std::string> seed_command(const Path& folder);

// Of `domstate`. kNone for words that are not known.
State state_of(std::string_view words);
// Of `domifaddr`: the IPv4 address of that hardware address, or empty.
std::string address_of(std::string_view table, std::string_view hardware_address);
// Of `net-dumpxml`: the network's own address where it serves names, or empty.
std::string name_server_of(std::string_view xml);
// What virsh's last words come to: kForbidden, kUnavailable, kNotFound, saying what to do; else kInternal.
Error refusal(const LibvirtPlace& place, std::string_view command, std::string_view words);

}  // namespace libvirt

class LibvirtDomain final : public QemuRunner {
 public:
  LibvirtDomain(LibvirtPlace place, Path folder) : place_(std::move(place)), folder_(std::move(folder)) {}

  void check(const Context& context) const override;
  State state(const Context& context) const override;
  void launch(const Context& context, const QemuMachine& machine) const override;
  void press_power_button(const Context& context) const override;
  void kill(const Context& context) const override;
  void remove(const Context& context) const override;
  std::string address(const Context& context, const QemuMachine& machine) const override;
  std::string name_server(const Context& context) const override;

 private:
  // virsh's standard output; nothing where there is no such domain. Throws refusal().
  std::optional<std::string> virsh(const Context& context, const std::vector<std::string>& words) const;

  LibvirtPlace place_;
  Path folder_;
};

}  // namespace berth::machine
