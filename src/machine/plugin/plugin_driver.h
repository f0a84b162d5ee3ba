// A driver that is a plugin of docker-machine's: `docker-machine-driver-NAME` on PATH.
#pragma once

#include <memory>

#include "machine/driver.h"
#include "machine/plugin/go_plugin.h"

namespace berth::machine {

// The plugin is started when it is first needed, and ends with this. What it keeps is its own JSON, stored as it gives
// it.
class PluginDriver final : public Driver {
 public:
  // The flags of the plugin's `create`. Throws as GoPlugin.
  static std::vector<DriverFlag> flags(const Context& context, const Path& program, const std::string& driver,
                                       const Environment& environment);
  PluginDriver(const Site& site, std::string driver, Path program, std::string_view record);

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
  std::string record() const override { return record_; }

 private:
  GoPlugin& plugin(const Context& context);
  void change(const Context& context, const char* method);
  void refresh(const Context& context);

  Site site_;
  const std::string driver_;
  const Path program_;
  std::string record_;
  std::unique_ptr<GoPlugin> plugin_;
};

}  // namespace berth::machine
