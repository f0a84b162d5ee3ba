// Driver `none`: an engine that is there already, known by its URL.
#pragma once

#include "machine/base_driver.h"
#include "machine/driver.h"

namespace berth::machine {

class NoneDriver final : public Driver {
 public:
  static std::vector<DriverFlag> flags();
  NoneDriver(const Site& site, std::string_view record);

  void configure(const DriverOptions& options) override;
  void pre_create_check(const Context&) override {}
  void create(const Context&) override {}
  void remove(const Context&) override {}
  void start(const Context&) override;
  void stop(const Context&) override;
  void kill(const Context&) override;
  void restart(const Context&) override;
  State state(const Context&) override { return State::kRunning; }
  std::string ip(const Context&) override { return base_.ip_address; }
  std::string url(const Context&) override { return url_; }
  bool brings_engine() const override { return true; }
  std::optional<SshTarget> ssh(const Context&) override { return std::nullopt; }
  std::string record() const override;

 private:
  BaseDriverRecord base_;
  std::string url_;
};

}  // namespace berth::machine
