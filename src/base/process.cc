#include "base/process.h"

#include <cerrno>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/strings.h"

namespace berth {

namespace {

// posix_spawn's two option objects, freed when they go.
struct SpawnActions {
  SpawnActions() {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
  }
  ~SpawnActions() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

// Prepares descriptor `number` of the child; returns the child's end of a pipe, to be closed here after the start.
Fd redirect(SpawnActions& spawn, int number, Stdio kind, std::optional<int> file, Fd& ours) {
  if (file) {
    ::posix_spawn_file_actions_adddup2(&spawn.actions, *file, number);
    return Fd();
  }
  if (kind == Stdio::kNull) {
    ::posix_spawn_file_actions_addopen(&spawn.actions, number, "/dev/null", number == 0 ? O_RDONLY : O_WRONLY, 0);
    return Fd();
  }
  if (kind == Stdio::kInherit) return Fd();
  Pipe pipe = make_pipe();
  Fd theirs = number == 0 ? std::move(pipe.read) : std::move(pipe.write);
  ours = number == 0 ? std::move(pipe.write) : std::move(pipe.read);
  ::posix_spawn_file_actions_adddup2(&spawn.actions, theirs.get(), number);
  return theirs;
}

// Children get every signal as new programs do, whatever we block or ignore.
void set_attributes(SpawnActions& spawn, bool new_session) {
  short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
  if (new_session) flags |= POSIX_SPAWN_SETSID;
  sigset_t none;
  sigemptyset(&none);
  sigset_t reset;
  sigemptyset(&reset);
  for (const int number : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT}) sigaddset(&reset, number);
  ::posix_spawnattr_setsigmask(&spawn.attributes, &none);
  ::posix_spawnattr_setsigdefault(&spawn.attributes, &reset);
  ::posix_spawnattr_setflags(&spawn.attributes, flags);
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (std::string& text : strings) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

std::vector<std::string> entries(const Environment& environment) {
  std::vector<std::string> result;
  for (const auto& [name, value] : environment.variables()) result.push_back(name + "=" + value);
  return result;
}

}  // namespace

Child::Child(Child&& other) noexcept
    : in(std::move(other.in)),
      out(std::move(other.out)),
      err(std::move(other.err)),
      pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::move(other.pidfd_)) {}

Child& Child::operator=(Child&& other) noexcept {
  std::swap(in, other.in);
  std::swap(out, other.out);
  std::swap(err, other.err);
  std::swap(pid_, other.pid_);
  std::swap(pidfd_, other.pidfd_);
  return *this;
}

Child::~Child() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

ExitStatus Child::wait(const Context& context) {
  context.wait(pidfd_.get(), POLLIN);
  int raw = 0;
  while (::waitpid(pid_, &raw, 0) < 0) {
    if (errno != EINTR) throw system_error(errno, "waiting for process " + std::to_string(pid_));
  }
  pid_ = -1;
  if (WIFSIGNALED(raw)) return {128 + WTERMSIG(raw), WTERMSIG(raw)};
  return {WEXITSTATUS(raw), 0};
}

void Child::kill(int signal) {
  if (pid_ > 0) ::kill(pid_, signal);
}

void Child::detach() { pid_ = -1; }

Child spawn(const std::vector<std::string>& argv, const SpawnOptions& options) {
  SpawnActions actions;
  Child child;
  const Fd in = redirect(actions, 0, options.in, std::nullopt, child.in);
  const Fd out = redirect(actions, 1, options.out, options.out_fd, child.out);
  const Fd err = redirect(actions, 2, options.err, options.err_fd, child.err);
  if (!options.folder.empty()) ::posix_spawn_file_actions_addchdir_np(&actions.actions, options.folder.c_str());
  set_attributes(actions, options.new_session);

  std::vector<std::string> arguments = argv;
  std::vector<std::string> variables = options.environment ? entries(*options.environment) : std::vector<std::string>();
  const int failure =
      ::posix_spawnp(&child.pid_, argv.at(0).c_str(), &actions.actions, &actions.attributes, pointers(arguments).data(),
                     options.environment ? pointers(variables).data() : environ);
  if (failure != 0) {
    child.pid_ = -1;
    throw system_error(failure, "starting '" + argv[0] + "'");
  }
  child.pidfd_ = Fd(static_cast<int>(::syscall(SYS_pidfd_open, child.pid_, 0)));
  if (!child.pidfd_) throw system_error(errno, "watching '" + argv[0] + "'");
  return child;
}

namespace {

// Moves bytes between us and the child's three pipes until both outputs end.
void pump(const Context& context, Child& child, std::string_view input, const SpawnOptions& options, Output& output) {
  if (child.in) set_nonblocking(child.in.get(), true);
  if (input.empty()) child.in.reset();
  const auto take = [](Fd& from, std::string& into) {
    char buffer[65536];
    const ssize_t got = ::read(from.get(), buffer, sizeof buffer);
    if (got > 0) into.append(buffer, static_cast<std::size_t>(got));
    if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) from.reset();
  };
  while (child.out || child.err || child.in) {
    pollfd fds[3] = {{child.out.get(), POLLIN, 0}, {child.err.get(), POLLIN, 0}, {child.in.get(), POLLOUT, 0}};
    context.wait_any(fds);
    const std::size_t before = output.out.size();
    if (fds[0].revents != 0) take(child.out, output.out);
    if (options.heard && output.out.size() > before) options.heard(std::string_view(output.out).substr(before));
    if (fds[1].revents != 0) take(child.err, output.err);
    if (fds[2].revents == 0) continue;
    const ssize_t put = write_quietly(child.in.get(), input);
    if (put > 0) input.remove_prefix(static_cast<std::size_t>(put));
    if (input.empty() || (put < 0 && errno != EAGAIN && errno != EINTR)) child.in.reset();
  }
}

}  // namespace

Output run(const Context& context, const std::vector<std::string>& argv, std::string_view input, SpawnOptions options) {
  options.in = input.empty() ? Stdio::kNull : Stdio::kPipe;
  options.out = Stdio::kPipe;
  options.err = Stdio::kPipe;
  Child child = spawn(argv, options);
  Output output;
  pump(context, child, input, options, output);
  output.status = child.wait(context);
  return output;
}

std::string run_checked(const Context& context, const std::vector<std::string>& argv, std::string_view input) {
  Output output = run(context, argv, input);
  if (output.status.ok()) return std::move(output.out);
  std::string words(trim(output.err.empty() ? output.out : output.err));
  if (words.size() > 2000) words = "..." + words.substr(words.size() - 2000);
  throw Error(Kind::kInternal,
              "'" + join(argv, " ") + "' ended with exit code " + std::to_string(output.status.code) + ": " + words);
}

std::optional<Path> find_program(std::string_view name, const Environment& environment) {
  if (name.find('/') != std::string_view::npos) {
    return ::access(std::string(name).c_str(), X_OK) == 0 ? std::optional<Path>(name) : std::nullopt;
  }
  for (const std::string& folder : split(environment.get_or("PATH", "/usr/local/bin:/usr/bin:/bin"), ':')) {
    Path candidate = Path(folder) / name;
    std::error_code ignored;
    if (::access(candidate.c_str(), X_OK) == 0 && !std::filesystem::is_directory(candidate, ignored)) return candidate;
  }
  return std::nullopt;
}

}  // namespace berth
