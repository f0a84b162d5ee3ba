#include "machine/qemu_command.h"

#include <gtest/gtest.h>

#include "base/strings.h"
#include "machine/qemu_machine_for_tests.h"

namespace berth::machine {
namespace {

const QemuMachine kMachine = machine_in("/m/a,b");

TEST(QemuCommand, EmulatesAMachineWithTwoPortsOnThisComputer) {
  EXPECT_EQ(join(qemu::run_command(kMachine), " "),
            "qemu-system-x86_64 -name vm -machine q35,accel=tcg -cpu max -smp 1 -m 512 "
            "-drive if=virtio,format=qcow2,discard=unmap,file=/m/a,,b/disk.qcow2 "
            "-drive if=virtio,format=raw,readonly=on,file.driver=vvfat,file.label=cidata,file.dir=/m/a,,b/seed "
            "-object rng-random,id=rng0,filename=/dev/urandom -device virtio-rng-pci,rng=rng0 "
            "-display none -serial file:/m/a,,b/console.log -qmp unix:/m/a,,b/qmp.sock,server=on,wait=off "
            "-pidfile /m/a,b/qemu.pid -daemonize "
            "-netdev user,id=net0,hostfwd=tcp:127.0.0.1:2201-:22,hostfwd=tcp:127.0.0.1:2202-:2376 "
            "-device virtio-net-pci,netdev=net0,mac=52:54:00:01:02:03 "
            "-kernel /i/vmlinuz -initrd /i/initrd -append root=/dev/vda rw console=ttyS0 net.ifnames=0");
}

TEST(QemuCommand, WithKvmABridgeAndADiskThatBootsItself) {
  QemuMachine machine = kMachine;
  machine.kvm = true;
  machine.bridge = "br0";
  machine.kernel.clear();
  const std::string command = join(qemu::run_command(machine), " ");
  EXPECT_NE(command.find("-machine q35,accel=kvm -cpu host"), std::string::npos);
  EXPECT_NE(command.find("-netdev bridge,id=net0,br=br0 "), std::string::npos);
  EXPECT_EQ(command.find("-kernel"), std::string::npos);
}

TEST(QemuCommand, TheDiskLiesOverTheImage) {
  EXPECT_EQ(join(qemu::disk_command("/m", "/i/disk.raw", "raw", 4000), " "),
            "qemu-img create -q -f qcow2 -b /i/disk.raw -F raw /m/disk.qcow2 4000M");
}

TEST(QemuCommand, TheSeedIsCloudInitsAndOurs) {
  std::string text;
  for (const auto& [name, bytes] : qemu::seed_files("vm", "root", "ssh-ed25519 AAAA c"))
    text += "== " + name + "\n" + bytes;
  EXPECT_EQ(text, R"(== meta-data
instance-id: berth-vm
local-hostname: vm
== user-data
#cloud-config
hostname: vm
users:
  - name: root
    sudo: ALL=(ALL) NOPASSWD:ALL
    shell: /bin/bash
    ssh_authorized_keys:
      - ssh-ed25519 AAAA c
disable_root: false
ssh_pwauth: false
growpart: {mode: auto}
== hostname
vm
== key
ssh-ed25519 AAAA c
)");
}

}  // namespace
}  // namespace berth::machine
