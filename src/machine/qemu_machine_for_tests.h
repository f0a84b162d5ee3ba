// For tests: a machine as drivers describe it to QEMU and to libvirt.
#pragma once

#include "machine/qemu_command.h"

namespace berth::machine {

inline QemuMachine machine_in(const Path& folder) {
  return {.name = "vm",
          .folder = folder,
          .kernel = "/i/vmlinuz",
          .initrd = "/i/initrd",
          .memory_mb = 512,
          .cpus = 1,
          .ssh_port = 2201,
          .engine_port = 2202,
          .hardware_address = "52:54:00:01:02:03"};
}

}  // namespace berth::machine
