// The command lines of a QEMU machine, made without running anything.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"

namespace berth::machine {

struct QemuMachine {
  std::string name;
  Path folder;  // the machine's: disk, seed, sockets
  Path kernel;  // with initrd: booted directly; empty: the disk boots itself
  Path initrd;
  std::int64_t memory_mb = 1024;
  std::int64_t cpus = 2;
  bool kvm = false;    // else software emulation
  std::string bridge;  // empty: user-mode network, with the two ports on 127.0.0.1
  std::uint16_t ssh_port = 0;
  std::uint16_t engine_port = 0;
  std::string hardware_address;
};

namespace qemu {

Path disk(const Path& folder);
Path seed(const Path& folder);  // folder that the guest sees as a disk labelled "cidata"
Path pid_file(const Path& folder);
Path monitor(const Path& folder);  // QMP socket
Path console(const Path& folder);  // what the guest writes to its serial line

// Of the seed as an image, where it is needed as one.
Path seed_disk(const Path& folder);

inline constexpr std::string_view kKernelParameters = "root=/dev/vda rw console=ttyS0 net.ifnames=0";

// Options of a block device that shows the seed's folder as a disk.
std::string seed_options(const Path& folder);
// The network's part of the command line.
std::vector<std::string> network_arguments(const QemuMachine& machine);
// The machine, in the background.
std::vector<std::string> run_command(const QemuMachine& machine);
// A disk of `size_mb` over the image, which stays as it is. Format: raw or qcow2.
std::vector<std::string> disk_command(const Path& folder, const Path& image, const std::string& format,
                                      std::int64_t size_mb);

// Files of the seed: cloud-init's NoCloud (meta-data, user-data), and for images of `image build` the bare key and
// name.
std::vector<std::pair<std::string, std::string>> seed_files(const std::string& name, const std::string& user,
                                                            const std::string& public_key);

}  // namespace qemu

}  // namespace berth::machine
