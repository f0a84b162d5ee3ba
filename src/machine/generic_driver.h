// Driver `generic`: a host that is there already, reached by ssh. It is never renamed, wiped or removed.
#pragma once

#include "machine/base_driver.h"
#include "machine/driver.h"

namespace berth::machine {

class GenericDriver final : public Driver {
 public:
  static std::vector<DriverFlag> flags();
  GenericDriver(Site site, std::string_view record);

  void configure(const DriverOptions& options) override;
  void pre_create_check(const Context& context) override;
  // Copies the key into the machine's folder, so that the machine does not depend on where it lay.
  void create(const Context& context) override;
  void remove(const Context&) override {}
  void start(const Context& context) override;
  void stop(const Context& context) override;
  void kill(const Context& context) override;
  void restart(const Context& context) override;
  State state(const Context& context) override;
  std::string ip(const Context&) override { return base_.ip_address; }
  std::string url(const Context& context) override;
  bool brings_engine() const override { return false; }
  std::optional<SshTarget> ssh(const Context& context) override;
  std::string record() const override;

 private:
  void run_as_root(const Context& context, const std::string& command);

  Site site_;
  BaseDriverRecord base_;
  std::int64_t engine_port_ = 2376;
  std::string key_;  // as given; empty: what ssh finds by itself
};

}  // namespace berth::machine
