#include "machine/local_engine.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "base/process.h"
#include "base/strings.h"
#include "machine/local_network.h"

namespace berth::machine {

namespace {

using namespace std::chrono_literals;

// An engine with many images and containers needs a while; one that hangs must not hang us.
constexpr auto kStartTimeout = 2min;

// Readable when the process has ended; nothing when there is no such process.
Fd open_process(pid_t pid) { return Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))); }

void await_end(const Context& context, const Fd& process) {
  if (process) context.wait(process.get(), POLLIN);
}

std::uintmax_t size_of(const Path& file) {
  std::error_code failure;
  const auto size = std::filesystem::file_size(file, failure);
  return failure ? 0 : size;
}

// What the part of the log behind `from` says about the engine's end: the line that names the reason, else the last.
std::string last_words(const Path& log, std::uintmax_t from) {
  std::string text = read_file_if_exists(log).value_or("");
  text.erase(0, std::min<std::uintmax_t>(from, text.size()));
  const std::vector<std::string> lines = split(trim(text), '\n');
  for (const char* sign :
       {"unknown flag", "invalid argument", "failed to start", "unable to configure", "level=fatal"}) {
    for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
      if (line->find(sign) != std::string::npos) return std::string(trim(*line));
    }
  }
  return std::string(trim(lines.back()));
}

// The datagram socket on which the engine tells that it is ready, as it would tell systemd (sd_notify(3)).
Fd listen_for_notifications(const Path& path) {
  Fd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  if (!fd || ::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    throw system_error(errno, "listening on '" + path.string() + "'");
  }
  return fd;
}

bool says_ready(int fd) {
  char message[4096];
  const ssize_t size = ::recv(fd, message, sizeof message, 0);
  if (size <= 0) return false;
  const auto lines = split(std::string_view(message, static_cast<std::size_t>(size)), '\n');
  return std::find(lines.begin(), lines.end(), "READY=1") != lines.end();
}

std::string read_line(const Context& context, int fd) {
  std::string line;
  char c = 0;
  for (;;) {
    context.wait(fd, POLLIN);
    const ssize_t got = ::read(fd, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || c == '\n') return line;
    line += c;
  }
}

void remove_cgroup(const Path& folder) {
  std::error_code ignored;
  std::vector<Path> folders = {folder};
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, ignored)) {
    if (entry.is_directory(ignored)) folders.push_back(entry.path());
  }
  // The deepest first; the files in a cgroup's folder are the kernel's and go with it.
  for (auto it = folders.rbegin(); it != folders.rend(); ++it) ::rmdir(it->c_str());
}

// Where a machine's cgroup is, in each hierarchy of version 1 and in version 2.
std::vector<Path> cgroups_of(const std::string& id) {
  std::vector<Path> result;
  const std::string name = "berth-" + id;
  std::error_code ignored;
  const Path root = "/sys/fs/cgroup";
  if (std::filesystem::is_directory(root / name, ignored)) result.push_back(root / name);
  for (const auto& entry : std::filesystem::directory_iterator(root, ignored)) {
    if (std::filesystem::is_directory(entry.path() / name, ignored)) result.push_back(entry.path() / name);
  }
  return result;
}

void prepare_run_folder(const Path& run, const LocalLaunch& launch) {
  remove_tree(run);
  make_folder(run, 0711);
  for (const char* name : {"exec", "shims", "sys"}) make_folder(run / name, 0711);
  make_folder("/run/containerd", 0711);
  write_file(run / "daemon.json", local_engine::engine_configuration(launch));
  write_file(run / "init", local_engine::init_script(), 0755);
  if (!launch.services.empty()) write_file(run / "services", launch.services, 0700);
  if (!launch.resolv_conf.empty()) write_file(run / "resolv.conf", launch.resolv_conf);
}

}  // namespace

Path LocalEngine::run_folder() const { return kLocalRun / id_; }

std::optional<LocalEngine::Init> LocalEngine::parse_init(std::string_view stat) {
  // PID (NAME) STATE PARENT ... with the start time as the 22nd; a name may hold blanks and brackets.
  const std::size_t name_end = stat.rfind(')');
  const auto pid = parse_integer(stat.substr(0, stat.find(' ')));
  if (!pid || name_end == std::string_view::npos || name_end + 2 > stat.size()) return std::nullopt;
  const auto fields = split(trim(stat.substr(name_end + 2)), ' ');
  if (fields.size() < 20) return std::nullopt;
  return Init{static_cast<pid_t>(*pid), static_cast<pid_t>(parse_integer(fields[1]).value_or(0)), fields[19]};
}

std::optional<LocalEngine::Init> LocalEngine::living_init() const {
  const auto noted = read_file_if_exists(run_folder() / "init.stat");
  const auto init = noted ? parse_init(*noted) : std::nullopt;
  if (!init) return std::nullopt;
  try {
    const auto now = parse_init(read_file("/proc/" + std::to_string(init->pid) + "/stat"));
    // The number may be another process's by now: then the start time differs.
    return now && now->started == init->started ? now : std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
}

bool LocalEngine::running() const { return living_init().has_value(); }

void LocalEngine::start(const Context& context, const LocalLaunch& launch, const Environment& environment,
                        const std::function<void(pid_t)>& connect) const {
  const Path log_path = launch.folder / "engine.log";
  prepare_run_folder(run_folder(), launch);
  make_folder(launch.folder / "data", 0711);
  const Fd notifications = listen_for_notifications(run_folder() / "notify");
  const Fd log(::open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!log) throw system_error(errno, "opening '" + log_path.string() + "'");
  const std::uintmax_t log_size = size_of(log_path);

  SpawnOptions options;
  options.in = Stdio::kPipe;
  options.out = Stdio::kPipe;
  options.err_fd = log.get();
  options.environment = local_engine::engine_environment(launch, environment);
  options.folder = "/";
  const Context limited = context.with_timeout(kStartTimeout);
  Child child = spawn(local_engine::launch_command(launch), options);
  try {
    child.wait(limited);  // setsid goes as soon as it has started the rest
    const auto init = parse_init(read_line(limited, child.out.get()));
    if (!init) {
      throw Error(Kind::kInternal, "its namespaces could not be made: " + last_words(log_path, log_size) + " (see '" +
                                       log_path.string() + "')");
    }
    connect(init->pid);
    if (::write(child.in.get(), "go\n", 3) != 3) throw system_error(errno, "starting the engine");
    if (!await_ready(limited, *init, notifications.get())) {
      throw Error(Kind::kInternal,
                  "its engine ended at once: " + last_words(log_path, log_size) + " (see '" + log_path.string() + "')");
    }
  } catch (const Error&) {
    child.in.reset();  // ends an init that still waits for its network
    kill(context.detached().with_timeout(10s));
    throw;
  }
}

bool LocalEngine::await_ready(const Context& context, const Init& init, int notifications) {
  const Fd process = open_process(init.pid);
  while (process) {
    pollfd fds[2] = {{notifications, POLLIN, 0}, {process.get(), POLLIN, 0}};
    context.wait_any(fds);
    if (fds[0].revents != 0 && says_ready(notifications)) return true;
    if (fds[1].revents != 0) return false;
  }
  return false;
}

void LocalEngine::stop(const Context& context, std::chrono::seconds patience) const {
  if (const auto init = living_init()) {
    const Fd process = open_process(init->pid);
    ::kill(init->pid, SIGTERM);
    try {
      await_end(context.with_timeout(patience), process);
    } catch (const Error& e) {
      if (e.kind() != Kind::kTimeout) throw;
      context.check();
    }
  }
  kill(context);
}

void LocalEngine::kill(const Context& context) const {
  const auto init = living_init();
  if (!init) return;
  const Fd process = open_process(init->pid);
  // Unless someone ended it alone: then the host's init, or whoever stands in for it, is the parent by now.
  const auto parent_name = read_file_if_exists("/proc/" + std::to_string(init->parent) + "/comm");
  const Fd parent = parent_name && trim(*parent_name) == "unshare" ? open_process(init->parent) : Fd();
  ::kill(init->pid, SIGKILL);
  // Process 1 ends last: when it is gone so are all the machine's others. Then its parent ends, and with it the
  // namespaces.
  await_end(context, process);
  await_end(context, parent);
}

void LocalEngine::tidy(const Context& context) const {
  // The kernel lets a cgroup go a moment after its last process.
  for (auto pause = 1ms; pause < 2s; pause *= 2) {
    const auto cgroups = cgroups_of(id_);
    for (const Path& folder : cgroups) remove_cgroup(folder);
    if (cgroups_of(id_).empty()) break;
    context.sleep_for(pause);
  }
  // An init whose starter was killed may write its last file into the folder while that is removed.
  for (auto pause = 1ms;; pause *= 2) {
    try {
      return remove_tree(run_folder());
    } catch (const Error&) {
      if (pause > 1s) throw;
    }
    context.sleep_for(pause);
  }
}

}  // namespace berth::machine
