#include "machine/qemu_runner.h"

#include <signal.h>

#include "base/process.h"
#include "base/strings.h"
#include "net/dial.h"

namespace berth::machine {

using namespace std::chrono_literals;

// Ours, and not a later process of the same number.
std::optional<pid_t> QemuProcess::process() const {
  const auto text = read_file_if_exists(qemu::pid_file(folder_));
  const auto pid = text ? parse_integer(trim(*text)) : std::nullopt;
  if (!pid) return std::nullopt;
  const auto command = read_file_if_exists("/proc/" + std::to_string(*pid) + "/cmdline");
  if (!command || command->find(qemu::pid_file(folder_).string()) == std::string::npos) return std::nullopt;
  return static_cast<pid_t>(*pid);
}

State QemuProcess::state(const Context&) const { return process() ? State::kRunning : State::kStopped; }

void QemuProcess::launch(const Context& context, const QemuMachine& machine) const {
  run_checked(context, qemu::run_command(machine));
}

void QemuProcess::press_power_button(const Context& context) const {
  const auto monitor = net::dial_unix(context, qemu::monitor(folder_));
  monitor->write_all(context, "{\"execute\":\"qmp_capabilities\"}\n{\"execute\":\"system_powerdown\"}\n");
}

void QemuProcess::kill(const Context& context) const {
  if (const auto pid = process()) ::kill(*pid, SIGKILL);
  while (process()) context.sleep_for(10ms);
  remove_tree(qemu::pid_file(folder_));
}

}  // namespace berth::machine
