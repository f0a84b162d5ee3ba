// Driver `local`: "machines" on this Linux computer, without virtual machines. Each is a process tree in namespaces of
// its own, with its own Docker Engine on a private network.
#pragma once

#include "machine/base_driver.h"
#include "machine/driver.h"
#include "machine/local_engine.h"
#include "machine/local_network.h"

namespace berth::machine {

class LocalDriver final : public Driver {
 public:
  static std::vector<DriverFlag> flags();
  LocalDriver(Site site, std::string_view record);

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
  bool brings_engine() const override { return true; }
  std::optional<SshTarget> ssh(const Context&) override { return std::nullopt; }
  std::string record() const override;

 private:
  LocalNetwork network() const;
  LocalEngine engine() const { return LocalEngine(id_); }
  LocalLaunch launch(const Context& context) const;
  std::string services() const;
  void clear(const Context& context) const;

  Site site_;
  BaseDriverRecord base_;
  std::string id_;       // 8 hexadecimal digits; empty until create()
  std::string subnet_;   // empty: not chosen yet
  std::string dockerd_;  // as given; empty: the one on PATH
  std::vector<std::string> dns_;
};

}  // namespace berth::machine
