#include "cli/swarm/own_manager.h"

#include <chrono>
#include <csignal>

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "base/lines.h"
#include "base/process.h"
#include "base/strings.h"
#include "engine/client.h"

namespace berth::cli {

namespace {

constexpr std::chrono::milliseconds kPace{50};
constexpr std::chrono::seconds kStartLimit{30};
constexpr std::chrono::seconds kAskLimit{5};

// The number may be another process's by now: a manager's command line has these words.
bool is_manager(pid_t pid) {
  try {
    const auto line = read_file_if_exists("/proc/" + std::to_string(pid) + "/cmdline");
    return line && replace_all(*line, std::string_view("\0", 1), " ").find(" manage ") != std::string::npos;
  } catch (const Error&) {
    return false;  // it has just ended
  }
}

}  // namespace

Path OwnManager::state_folder(const Environment& environment) {
  if (const auto given = environment.get_or("XDG_STATE_HOME", ""); !given.empty()) return Path(given) / "berth";
  return ::geteuid() == 0 ? Path("/var/lib/berth") : Path(environment.home()) / ".local/state/berth";
}

OwnManager::OwnManager(const Environment& environment) : folder_(state_folder(environment)) {}

std::optional<pid_t> OwnManager::running() const {
  const auto text = read_file_if_exists(pid_file());
  const auto pid = text ? parse_integer(trim(*text)) : std::nullopt;
  if (!pid || *pid <= 0 || !is_manager(static_cast<pid_t>(*pid))) return std::nullopt;
  return static_cast<pid_t>(*pid);
}

bool OwnManager::answers(const Context& context) const {
  try {
    engine::Client(engine::endpoint_of(address())).ping(context.with_timeout(kAskLimit));
    return true;
  } catch (const Error&) {
    context.check();
    return false;
  }
}

void OwnManager::start(const Context& context, const std::vector<std::string>& command) const {
  make_folder(folder_, 0700);
  const Fd log_file(::open(log().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!log_file) throw system_error(errno, "opening '" + log().string() + "'");
  SpawnOptions options;
  options.out_fd = log_file.get();
  options.err_fd = log_file.get();
  options.folder = "/";
  options.new_session = true;
  Child manager = spawn(command, options);
  const Context limited = context.with_timeout(kStartLimit);
  const std::string process = "/proc/" + std::to_string(manager.pid()) + "/stat";
  while (!answers(limited)) {
    const auto stat = read_file_if_exists(process);
    if (!stat || stat->find(") Z ") != std::string::npos) {
      throw Error(Kind::kInternal,
                  "the manager ended at once: " + last_lines(read_file_if_exists(log()).value_or(""), 1) + " (see '" +
                      log().string() + "')");
    }
    limited.sleep_for(kPace);
  }
  write_file(pid_file(), std::to_string(manager.pid()) + "\n", 0600);
  manager.detach();
}

bool OwnManager::stop(const Context& context) const {
  const auto pid = running();
  if (!pid) return false;
  const Fd process(static_cast<int>(::syscall(SYS_pidfd_open, *pid, 0)));
  ::kill(*pid, SIGTERM);
  if (process) context.wait(process.get(), POLLIN);
  remove_tree(pid_file());
  return true;
}

}  // namespace berth::cli
