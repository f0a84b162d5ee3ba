#include "machine/qemu_command.h"

namespace berth::machine::qemu {

Path disk(const Path& folder) { return folder / "disk.qcow2"; }
Path seed(const Path& folder) { return folder / "seed"; }
Path seed_disk(const Path& folder) { return folder / "seed.qcow2"; }
Path pid_file(const Path& folder) { return folder / "qemu.pid"; }
Path monitor(const Path& folder) { return folder / "qmp.sock"; }
Path console(const Path& folder) { return folder / "console.log"; }

namespace {

// QEMU separates options by commas, and takes two of them for one.
std::string escaped(const Path& path) {
  std::string result;
  for (const char c : path.string()) result += c == ',' ? std::string(",,") : std::string(1, c);
  return result;
}

std::string network(const QemuMachine& machine) {
  if (!machine.bridge.empty()) return "bridge,id=net0,br=" + machine.bridge;
  return "user,id=net0,hostfwd=tcp:127.0.0.1:" + std::to_string(machine.ssh_port) +
         "-:22,hostfwd=tcp:127.0.0.1:" + std::to_string(machine.engine_port) + "-:2376";
}

}  // namespace

std::string seed_options(const Path& folder) { return "driver=vvfat,label=cidata,dir=" + escaped(seed(folder)); }

std::vector<std::string> network_arguments(const QemuMachine& machine) {
  return {"-netdev", network(machine), "-device", "virtio-net-pci,netdev=net0,mac=" + machine.hardware_address};
}

std::vector<std::string> run_command(const QemuMachine& machine) {
  std::vector<std::string> argv = {
      "qemu-system-x86_64",
      "-name",
      machine.name,
      "-machine",
      std::string("q35,accel=") + (machine.kvm ? "kvm" : "tcg"),
      "-cpu",
      machine.kvm ? "host" : "max",
      "-smp",
      std::to_string(machine.cpus),
      "-m",
      std::to_string(machine.memory_mb),
      "-drive",
      "if=virtio,format=qcow2,discard=unmap,file=" + escaped(disk(machine.folder)),
      "-drive",
      "if=virtio,format=raw,readonly=on,file.driver=vvfat,file.label=cidata,file.dir=" + escaped(seed(machine.folder)),
      "-object",
      "rng-random,id=rng0,filename=/dev/urandom",
      "-device",
      "virtio-rng-pci,rng=rng0",
      "-display",
      "none",
      "-serial",
      "file:" + escaped(console(machine.folder)),
      "-qmp",
      "unix:" + escaped(monitor(machine.folder)) + ",server=on,wait=off",
      "-pidfile",
      pid_file(machine.folder),
      "-daemonize"};
  for (std::string& argument : network_arguments(machine)) argv.push_back(std::move(argument));
  if (!machine.kernel.empty()) {
    argv.insert(argv.end(),
                {"-kernel", machine.kernel, "-initrd", machine.initrd, "-append", std::string(kKernelParameters)});
  }
  return argv;
}

std::vector<std::string> disk_command(const Path& folder, const Path& image, const std::string& format,
                                      std::int64_t size_mb) {
  return {"qemu-img",
          "create",
          "-q",
          "-f",
          "qcow2",
          "-b",
          image,
          "-F",
          format,
          disk(folder),
          std::to_string(size_mb) + "M"};
}

std::vector<std::pair<std::string, std::string>> seed_files(const std::string& name, const std::string& user,
                                                            const std::string& public_key) {
  // JSON is YAML; names and keys need no escapes.
  const std::string user_data =
      "#cloud-config\nhostname: " + name + "\nusers:\n  - name: " + user +
      "\n    sudo: ALL=(ALL) NOPASSWD:ALL\n    shell: /bin/bash\n    ssh_authorized_keys:\n      - " + public_key +
      "\ndisable_root: false\nssh_pwauth: false\ngrowpart: {mode: auto}\n";
  return {{"meta-data", "instance-id: berth-" + name + "\nlocal-hostname: " + name + "\n"},
          {"user-data", user_data},
          {"hostname", name + "\n"},
          {"key", public_key + "\n"}};
}

}  // namespace berth::machine::qemu
