#include "machine/libvirt_domain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"
#include "machine/qemu_machine_for_tests.h"

namespace berth::machine {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

const QemuMachine kMachine = machine_in("/m/a&b,c");
const LibvirtPlace kSystem{.uri = kLibvirtSystem, .network = "default", .id = "7f05ddbc-edb2-4ace-a853-8825c3a07010"};
const LibvirtPlace kSession{.uri = kLibvirtSession, .id = kSystem.id};

TEST(LibvirtDomain, IsEmulatedOnTheNetworkOfTheSystemAsItsOwner) {
  EXPECT_EQ(libvirt::domain_xml(kMachine, kSystem, "+1000:+64055"),
            R"(<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>berth-vm-7f05ddbc</name>
  <uuid>7f05ddbc-edb2-4ace-a853-8825c3a07010</uuid>
  <memory unit='MiB'>512</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <kernel>/i/vmlinuz</kernel>
    <initrd>/i/initrd</initrd>
    <cmdline>root=/dev/vda rw console=ttyS0 net.ifnames=0</cmdline>
  </os>
  <features>
    <acpi/>
    <apic/>
  </features>
  <cpu mode='maximum'/>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2' discard='unmap'/>
      <source file='/m/a&amp;b,c/disk.qcow2'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2' discard='unmap'/>
      <source file='/m/a&amp;b,c/seed.qcow2'/>
      <target dev='vdb' bus='virtio'/>
      <readonly/>
    </disk>
    <interface type='network'>
      <mac address='52:54:00:01:02:03'/>
      <source network='default'/>
      <model type='virtio'/>
    </interface>
    <serial type='file'>
      <source path='/m/a&amp;b,c/console.log' append='on'/>
    </serial>
    <rng model='virtio'>
      <backend model='random'>/dev/urandom</backend>
    </rng>
  </devices>
  <seclabel type='static' model='dac' relabel='no'>
    <label>+1000:+64055</label>
  </seclabel>
</domain>
)");
}

TEST(LibvirtDomain, InASessionHasTwoPortsOnThisComputerAndNoLabel) {
  const std::string xml = libvirt::domain_xml(kMachine, kSession, "");
  EXPECT_THAT(xml, HasSubstr(R"(  <qemu:commandline>
    <qemu:arg value='-netdev'/>
    <qemu:arg value='user,id=net0,hostfwd=tcp:127.0.0.1:2201-:22,hostfwd=tcp:127.0.0.1:2202-:2376'/>
    <qemu:arg value='-device'/>
    <qemu:arg value='virtio-net-pci,netdev=net0,mac=52:54:00:01:02:03,bus=pcie.0,addr=0x10'/>
  </qemu:commandline>
</domain>
)"));
  EXPECT_THAT(xml, Not(HasSubstr("<interface")));
  EXPECT_THAT(xml, Not(HasSubstr("<seclabel")));
}

TEST(LibvirtDomain, WithKvmABridgeAndADiskThatBootsItself) {
  QemuMachine machine = kMachine;
  machine.kvm = true;
  machine.bridge = "br0";
  machine.kernel.clear();
  const std::string xml = libvirt::domain_xml(machine, kSession, "");
  EXPECT_THAT(xml, HasSubstr("<domain type='kvm' "));
  EXPECT_THAT(xml, HasSubstr("<cpu mode='host-passthrough'/>"));
  EXPECT_THAT(xml, HasSubstr("<interface type='bridge'>\n      <mac address='52:54:00:01:02:03'/>\n"
                             "      <source bridge='br0'/>\n"));
  EXPECT_THAT(xml, Not(HasSubstr("<kernel>")));
  EXPECT_THAT(xml, Not(HasSubstr("qemu:arg")));
}

TEST(LibvirtDomain, ItsSeedIsAnImageOfTheFolder) {
  EXPECT_EQ(join(libvirt::seed_command("/m/a,b"), " "),
            "qemu-img convert -q --image-opts -O qcow2 driver=vvfat,label=cidata,dir=/m/a,,b/seed /m/a,b/seed.qcow2");
}

TEST(LibvirtDomain, ItsIdIsARandomUuid) {
  EXPECT_THAT(libvirt::new_id(), MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}"));
  EXPECT_NE(libvirt::new_id(), libvirt::new_id());
}

TEST(LibvirtAnswers, StatesAreThoseOfMachines) {
  EXPECT_EQ(libvirt::state_of("running"), State::kRunning);
  EXPECT_EQ(libvirt::state_of("idle"), State::kRunning);
  EXPECT_EQ(libvirt::state_of("paused"), State::kPaused);
  EXPECT_EQ(libvirt::state_of("pmsuspended"), State::kPaused);
  EXPECT_EQ(libvirt::state_of("in shutdown"), State::kStopping);
  EXPECT_EQ(libvirt::state_of("shut off"), State::kStopped);
  EXPECT_EQ(libvirt::state_of("crashed"), State::kError);
  EXPECT_EQ(libvirt::state_of("on holiday"), State::kNone);
}

TEST(LibvirtAnswers, TheAddressIsThatOfTheLease) {
  const std::string table =
      " vnet0      52:54:00:01:02:03    ipv6         fd00::5/64\n"
      " vnet0      52:54:00:01:02:03    ipv4         192.168.122.82/24\n"
      " vnet1      52:54:00:01:02:04    ipv4         192.168.122.83/24\n\n";
  EXPECT_EQ(libvirt::address_of(table, "52:54:00:01:02:03"), "192.168.122.82");
  EXPECT_EQ(libvirt::address_of(table, "52:54:00:01:02:04"), "192.168.122.83");
  EXPECT_EQ(libvirt::address_of(table, "52:54:00:01:02:05"), "");
  EXPECT_EQ(libvirt::address_of("\n", "52:54:00:01:02:03"), "");
}

TEST(LibvirtAnswers, TheNameServerIsTheNetworksOwnAddress) {
  EXPECT_EQ(libvirt::name_server_of("<network><name>a</name><ip family='ipv6' address='fd00::1' prefix='64'/>"
                                    "<ip address='192.168.122.1' netmask='255.255.255.0'/></network>"),
            "192.168.122.1");
  EXPECT_EQ(libvirt::name_server_of("<network><dns enable='no'/><ip address='192.168.122.1'/></network>"), "");
  EXPECT_EQ(libvirt::name_server_of("<network><forward mode='bridge'/></network>"), "");
}

TEST(LibvirtAnswers, RefusalsSayWhatToDo) {
  const auto refusal = [](const LibvirtPlace& place, std::string_view words) {
    return libvirt::refusal(place, "start", words);
  };
  const Error forbidden =
      refusal(kSystem,
              "error: failed to connect to the hypervisor\n"
              "error: Failed to connect socket to '/run/libvirt/libvirt-sock': Permission denied\n");
  EXPECT_EQ(forbidden.kind(), Kind::kForbidden);
  EXPECT_THAT(forbidden.message(), HasSubstr("usermod -aG libvirt USER"));

  const Error away = refusal(kSystem,
                             "error: failed to connect to the hypervisor\nerror: Failed to connect socket to "
                             "'/var/run/libvirt/libvirt-sock': No such file or directory\n");
  EXPECT_EQ(away.kind(), Kind::kUnavailable);
  EXPECT_THAT(away.message(), HasSubstr("start it (systemctl start libvirtd)"));

  const Error unknown = refusal(kSystem, "error: failed to get network 'default'\nerror: Network not found\n");
  EXPECT_EQ(unknown.kind(), Kind::kNotFound);
  EXPECT_THAT(unknown.message(), HasSubstr("has no network 'default': see 'virsh -c qemu:///system net-list --all'"));

  const Error idle = refusal(kSystem, "error: Requested operation is not valid: network 'default' is not active\n");
  EXPECT_EQ(idle.kind(), Kind::kUnavailable);
  EXPECT_EQ(idle.message(), "libvirt's network 'default' is not active: 'virsh -c qemu:///system net-start default'");

  const Error other = refusal(kSession, "error: Failed to start domain\nerror: out of memory\n");
  EXPECT_EQ(other.kind(), Kind::kInternal);
  EXPECT_EQ(other.message(), "virsh -c qemu:///session start: error: Failed to start domain\nerror: out of memory");
}

}  // namespace
}  // namespace berth::machine
