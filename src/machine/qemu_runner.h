// Who runs the QEMU of a machine: Berth itself, or libvirt (machine/libvirt_domain.h).
#pragma once

#include <optional>
#include <string>

#include <sys/types.h>

#include "base/context.h"
#include "machine/driver.h"
#include "machine/qemu_command.h"

namespace berth::machine {

// One machine's. One thread at a time. What is running is found anew at each call, so that a runner is made wherever
// one is needed. All throw what their context says and kInternal with the words of a program that failed.
class QemuRunner {
 public:
  virtual ~QemuRunner() = default;

  // Whether launch() has a chance, without changing anything. Throws kForbidden, kNotFound, kUnavailable, saying what
  // to do.
  virtual void check(const Context& context) const = 0;
  virtual State state(const Context& context) const = 0;
  // Starts a machine that is stopped. Its disk and seed are there.
  virtual void launch(const Context& context, const QemuMachine& machine) const = 0;
  // Asks the guest to end, and returns at once.
  virtual void press_power_button(const Context& context) const = 0;
  // Does nothing where nothing runs.
  virtual void kill(const Context& context) const = 0;
  // Kills it and leaves nothing of it behind but files in the machine's folder.
  virtual void remove(const Context& context) const = 0;

  // On a network whose addresses are given out by the runner: that of the guest as soon as it has one, and that of the
  // name server for it. Empty otherwise.
  virtual std::string address(const Context&, const QemuMachine&) const { return {}; }
  virtual std::string name_server(const Context&) const { return {}; }

  bool is_running(const Context& context) const { return state(context) == State::kRunning; }
};

// A process of ours in the background, known by its pid file.
class QemuProcess final : public QemuRunner {
 public:
  explicit QemuProcess(Path folder) : folder_(std::move(folder)) {}

  void check(const Context&) const override {}
  State state(const Context& context) const override;
  void launch(const Context& context, const QemuMachine& machine) const override;
  void press_power_button(const Context& context) const override;
  void kill(const Context& context) const override;
  void remove(const Context& context) const override { kill(context); }

 private:
  std::optional<pid_t> process() const;

  Path folder_;
};

}  // namespace berth::machine
