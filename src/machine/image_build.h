// An image for driver `qemu`, made of Debian packages.
#pragma once

#include <string>

#include "base/context.h"
#include "base/environment.h"
#include "base/files.h"
#include "machine/driver.h"

namespace berth::machine {

struct ImageBuild {
  Path folder;  // gets disk.raw, vmlinuz and initrd
  std::string suite = "bookworm";
  std::string mirror;                 // of Debian; empty: debootstrap's own choice
  std::vector<std::string> packages;  // besides those that an image needs
  std::int64_t size_mb = 2000;
};

// debootstrap, mkfs.ext4: nothing is mounted, and no loader installed, since QEMU boots the kernel itself. The image
// takes its name and its owner's key from the seed at each boot (machine/qemu_command.h). Needs root. Throws
// kForbidden, kNotFound (a program is missing), kConflict (there is an image already), kInternal with the last words of
// what failed.
void build_image(const Context& context, const ImageBuild& build, const Environment& environment, const Say& say);

}  // namespace berth::machine
