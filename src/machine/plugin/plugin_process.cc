#include "machine/plugin/plugin_process.h"

#include <cerrno>

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "base/error.h"
#include "base/strings.h"

namespace berth::machine {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kLongestLine = 16U << 20;
constexpr std::size_t kLastWords = 5;

SpawnOptions spawn_options(const Environment& environment) {
  SpawnOptions options;
  options.in = options.out = options.err = Stdio::kPipe;
  options.environment = environment;
  options.new_session = true;
  return options;
}

}  // namespace

PluginProcess::PluginProcess(const Path& program, const Environment& environment, Listener listener)
    : listener_(std::move(listener)), child_(spawn({program.string()}, spawn_options(environment))) {
  set_nonblocking(child_.in.get(), true);
  reader_ = std::jthread([this] { pump(stop_.context()); });
}

PluginProcess::~PluginProcess() {
  finish(0ms);
  stop_.cancel();
}

void PluginProcess::take(Fd& from, std::string& rest, const std::function<void(std::string)>& hand_over) {
  char buffer[65536];
  const ssize_t got = ::read(from.get(), buffer, sizeof buffer);
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (got <= 0) {
    from.reset();
    if (!rest.empty()) hand_over(std::move(rest));
    rest.clear();
    return;
  }
  rest.append(buffer, static_cast<std::size_t>(got));
  std::size_t begin = 0;
  for (std::size_t end; (end = rest.find('\n', begin)) != std::string::npos; begin = end + 1) {
    std::string line = rest.substr(begin, end - begin);
    if (line.ends_with('\r')) line.pop_back();
    hand_over(std::move(line));
  }
  rest.erase(0, begin);
  // A program that writes without line ends is not kept whole.
  if (rest.size() > kLongestLine) rest.clear();
}

void PluginProcess::pump(const Context& context) {
  std::string out_rest;
  std::string err_rest;
  const auto remember = [this](const std::string& line) {
    const auto words = last_words_.lock();
    words->push_back(line.substr(0, 500));
    if (words->size() > kLastWords) words->pop_front();
  };
  try {
    while (child_.out || child_.err) {
      pollfd fds[2] = {{child_.out.get(), POLLIN, 0}, {child_.err.get(), POLLIN, 0}};
      context.wait_any(fds);
      if (fds[1].revents != 0) {
        take(child_.err, err_rest, [&](std::string line) {
          remember(line);
          listener_.err(std::move(line));
        });
      }
      if (fds[0].revents != 0) take(child_.out, out_rest, listener_.out);
    }
  } catch (const Error&) {
    return;  // cancelled: nobody listens any more
  }
  listener_.end();
}

void PluginProcess::write_line(const Context& context, std::string line) {
  line += '\n';
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t put = child_.in ? write_quietly(child_.in.get(), rest) : -1;
    if (put > 0) {
      rest.remove_prefix(static_cast<std::size_t>(put));
    } else if (child_.in && (errno == EAGAIN || errno == EINTR)) {
      context.wait(child_.in.get(), POLLOUT);
    } else {
      return;
    }
  }
}

void PluginProcess::terminate() {
  if (!ended_) ::kill(-child_.pid(), SIGTERM);
}

// Also what it started, as long as that stayed in its session.
void PluginProcess::kill() { ::kill(-child_.pid(), SIGKILL); }

void PluginProcess::finish(std::chrono::milliseconds patience) noexcept {
  if (ended_) return;
  child_.in.reset();
  try {
    if (patience > 0ms) status_ = child_.wait(Context().with_timeout(patience));
    ended_ = patience > 0ms;
  } catch (const Error&) {
    ended_ = false;
  }
  if (ended_) return;
  try {
    kill();
    status_ = child_.wait({});
    ended_ = true;
  } catch (const Error&) {
    ended_ = true;  // nothing is left to wait for
  }
}

std::string PluginProcess::epitaph() {
  try {
    if (!ended_) status_ = child_.wait(Context().with_timeout(1s));
    ended_ = true;
  } catch (const Error&) {
    return "closed its output without a reason";
  }
  std::string text = status_.signal != 0 ? "was killed by signal " + std::to_string(status_.signal)
                                         : "ended with exit code " + std::to_string(status_.code);
  const auto words = last_words_.lock();
  for (const std::string& line : *words) text += (&line == &words->front() ? ": " : "\n") + line;
  return text;
}

}  // namespace berth::machine
