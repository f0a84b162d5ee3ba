#include "machine/image_build.h"

#include <unistd.h>

#include "base/error.h"
#include "base/process.h"
#include "base/strings.h"

namespace berth::machine {

namespace {

constexpr const char* kPackages =
    "systemd-sysv,openssh-server,sudo,ca-certificates,curl,iproute2,iptables,udev,dbus,kmod,netbase,linux-image-cloud-"
    "amd64";

constexpr std::string_view kSeedScript = R"(#!/bin/sh
# Takes this machine's name and its owner's key from the disk labelled "cidata"; makes host keys, and room on the disk.
set -e
mkdir -p /run/seed
mount -t vfat -o ro LABEL=cidata /run/seed || mount -t vfat -o ro LABEL=CIDATA /run/seed
cp /run/seed/hostname /etc/hostname
hostname -F /etc/hostname
mkdir -p -m 700 /root/.ssh
install -m 600 /run/seed/key /root/.ssh/authorized_keys
[ ! -e /run/seed/resolv.conf ] || cp /run/seed/resolv.conf /etc/resolv.conf
umount /run/seed
ssh-keygen -A
resize2fs /dev/vda || :
)";

constexpr std::string_view kSeedUnit = R"([Unit]
Description=Name, key and disk of a machine of Berth
Wants=systemd-udev-settle.service
After=systemd-udev-settle.service local-fs.target
Before=ssh.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/berth-seed

[Install]
WantedBy=multi-user.target
)";

void require(const Environment& environment) {
  if (::geteuid() != 0) throw Error(Kind::kForbidden, "building an image needs root: run it with sudo");
  Environment search = environment;
  search.set("PATH", environment.get_or("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin");
  for (const auto& [program, package] :
       {std::pair{"debootstrap", "debootstrap"}, std::pair{"mkfs.ext4", "e2fsprogs"}}) {
    if (find_program(program, search)) continue;
    throw Error(Kind::kNotFound, std::string("program '") + program +
                                     "' is missing: install it (Debian: apt-get install " + package + ")");
  }
}

// The one file of the folder whose name begins so.
Path only(const Path& folder, const std::string& beginning) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().filename().string().starts_with(beginning)) return entry.path();
  }
  throw Error(Kind::kInternal, "the image has no " + beginning);
}

void configure(const Context& context, const Path& tree) {
  // All machines of the image have its machine id, by which they would otherwise ask for one and the same address.
  write_file(tree / "etc/systemd/network/80-dhcp.network",
             "[Match]\nName=eth* en*\n[Network]\nDHCP=yes\n[DHCPv4]\nClientIdentifier=mac\n");
  write_file(tree / "etc/fstab", "/dev/vda / ext4 defaults 0 1\n");
  write_file(tree / "etc/resolv.conf",
             "nameserver 10.0.2.3\n");  // QEMU's, in its user-mode network; else the seed says
  write_file(tree / "usr/local/sbin/berth-seed", kSeedScript, 0755);
  write_file(tree / "etc/systemd/system/berth-seed.service", kSeedUnit);
  for (const auto& entry : std::filesystem::directory_iterator(tree / "etc/ssh")) {
    if (entry.path().filename().string().starts_with("ssh_host_")) remove_tree(entry.path());
  }
  run_checked(context, {"chroot", tree, "systemctl", "-q", "enable", "berth-seed", "systemd-networkd", "ssh"});
}

}  // namespace

void build_image(const Context& context, const ImageBuild& build, const Environment& environment, const Say& say) {
  require(environment);
  if (std::filesystem::exists(build.folder / "disk.raw")) {
    throw Error(Kind::kConflict, "there is an image in '" + build.folder.string() + "' already");
  }
  // Beside the image, and gone when this ends: half an image has no disk.raw.
  const Path tree = build.folder / ".tree";
  remove_tree(tree);
  make_folder(tree);
  try {
    say("Installing Debian " + build.suite + "...");
    std::string packages = kPackages;
    if (!build.packages.empty()) packages += "," + join(build.packages, ",");
    std::vector<std::string> debootstrap = {"debootstrap", "--variant=minbase", "--include=" + packages, build.suite,
                                            tree};
    if (!build.mirror.empty()) debootstrap.push_back(build.mirror);
    run_checked(context, debootstrap);
    configure(context, tree);
    say("Making the disk...");
    for (const char* name : {"vmlinuz", "initrd"}) {
      std::filesystem::copy_file(only(tree / "boot", name), build.folder / name,
                                 std::filesystem::copy_options::overwrite_existing);
    }
    const Path prepared = build.folder / ".disk.raw";
    remove_tree(prepared);
    run_checked(context, {"truncate", "-s", std::to_string(build.size_mb) + "M", prepared});
    run_checked(context, {"mkfs.ext4", "-q", "-F", "-d", tree, prepared});
    std::filesystem::rename(prepared, build.folder / "disk.raw");
  } catch (...) {
    remove_tree(tree);
    throw;
  }
  remove_tree(tree);
}

}  // namespace berth::machine
