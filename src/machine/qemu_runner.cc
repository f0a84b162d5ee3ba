#include "machine/qemu_runner.h"

#include <signal.h>

#include "base/error.h"
#include "base/json.h"
#include "base/process.h"
#include "base/strings.h"
#include "net/dial.h"

namespace berth::machine {

using namespace std::chrono_literals;

namespace {

constexpr auto kMonitorPatience = 10s;

// Talks QMP: lines of JSON, among them events that nobody asked for. QEMU forgets what it has not read when we hang up,
// so that every answer is waited for. Source: QEMU's docs/interop/qmp-spec.
class Monitor {
 public:
  Monitor(const Context& context, const Path& socket) : stream_(net::dial_unix(context, socket)) {
    await(context, "QMP");
  }

  void tell(const Context& context, const std::string& command) {
    stream_->write_all(context, format_json(json::object{{"execute", command}}) + "\n");
    await(context, "return");
  }

 private:
  // Reads on to the line with that member.
  void await(const Context& context, std::string_view member) {
    for (;;) {
      const json::value line = parse_json(next_line(context));
      if (!line.is_object()) continue;
      if (line.as_object().contains(member)) return;
      if (line.as_object().contains("error")) {
        throw Error(Kind::kInternal, "QEMU's monitor says: " + format_json(line));
      }
    }
  }

  std::string next_line(const Context& context) {
    std::size_t end = 0;
    while ((end = heard_.find('\n')) == std::string::npos) {
      char bytes[1024];
      const std::size_t size = stream_->read_some(context, bytes);
      if (size == 0) throw Error(Kind::kUnavailable, "QEMU's monitor hung up");
      heard_.append(bytes, size);
    }
    std::string line = heard_.substr(0, end);
    heard_.erase(0, end + 1);
    return line;
  }

  std::unique_ptr<net::Stream> stream_;
  std::string heard_;
};

}  // namespace

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
  const Context limited = context.with_timeout(kMonitorPatience);
  Monitor monitor(limited, qemu::monitor(folder_));
  monitor.tell(limited, "qmp_capabilities");
  monitor.tell(limited, "system_powerdown");
}

void QemuProcess::kill(const Context& context) const {
  if (const auto pid = process()) ::kill(*pid, SIGKILL);
  while (process()) context.sleep_for(10ms);
  remove_tree(qemu::pid_file(folder_));
}

}  // namespace berth::machine
