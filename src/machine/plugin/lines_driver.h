// A driver that is a program speaking JSON lines: `berth-machine-driver-NAME` on PATH. docs/machine-drivers.md has the
// protocol.
#pragma once

#include <memory>

#include "machine/driver.h"
#include "machine/plugin/lines_session.h"

namespace berth::machine {

// The program is started when it is first needed, and ends with this.
class LinesDriver final : public Driver {
 public:
  // Throws as LinesSession.
  static std::vector<DriverFlag> flags(const Context& context, const Path& program, const Environment& environment);
  LinesDriver(const Site& site, const Path& program, std::string_view record);

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
  bool brings_engine() const override;
  std::optional<SshTarget> ssh(const Context& context) override;
  std::string record() const override { return session_->record(); }

 private:
  void change(const Context& context, const char* call);

  Site site_;
  std::unique_ptr<LinesSession> session_;
};

}  // namespace berth::machine
