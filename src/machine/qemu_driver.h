// Driver `qemu`: a virtual machine on this computer, by QEMU, which Berth runs itself or libvirt does.
#pragma once

#include "machine/base_driver.h"
#include "machine/driver.h"
#include "machine/libvirt_domain.h"
#include "machine/qemu_command.h"
#include "machine/qemu_runner.h"

namespace berth::machine {

class QemuDriver final : public Driver {
 public:
  static std::vector<DriverFlag> flags();
  QemuDriver(Site site, std::string_view record);

  void configure(const DriverOptions& options) override;
  void pre_create_check(const Context& context) override;
  void create(const Context& context) override;
  void remove(const Context& context) override;
  void start(const Context& context) override;
  void stop(const Context& context) override;
  void kill(const Context& context) override;
  void restart(const Context& context) override;
  State state(const Context& context) override;
  std::string ip(const Context& context) override;
  std::string url(const Context& context) override;
  bool brings_engine() const override { return false; }
  std::optional<SshTarget> ssh(const Context& context) override;
  std::string record() const override;

 private:
  // How the image is booted.
  struct Image {
    Path disk, kernel, initrd;
    std::string format;
  };
  Image image() const;
  std::unique_ptr<QemuRunner> runner() const;
  void configure_network(const DriverOptions& options);
  bool kvm_opens() const;
  QemuMachine machine() const;
  void launch(const Context& context);
  // Launches it with KVM.
  bool kvm_runs_kernel(const Context& context);
  void await_ssh(const Context& context);
  void choose_ports();

  Site site_;
  BaseDriverRecord base_;
  std::string image_;
  std::string accelerator_;  // auto, kvm, tcg; after the first start what was found
  std::string bridge_, bridge_address_;
  std::string hardware_address_;
  LibvirtPlace libvirt_;  // without a URI: Berth runs QEMU itself
  std::int64_t memory_mb_ = 0, cpus_ = 0, disk_mb_ = 0;
  std::int64_t engine_port_ = 0;
};

}  // namespace berth::machine
