#include "cli/interact.h"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <thread>

#include <poll.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "cli/detach_keys.h"
#include "cli/raw_terminal.h"

namespace berth::cli {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kPiece = std::size_t{32} << 10;

// The user's side: keys and window sizes go to the program. Runs on a thread of its own.
class Keys {
 public:
  Keys(const Conversation& conversation, const InteractOptions& options)
      : conversation_(conversation), options_(options), keys_(options.detach_keys) {}

  void run(const Context& context) {
    std::optional<WindowChanges> windows;
    if (options_.tty && options_.resize) {
      windows.emplace();
      send_size(context);
    }
    bool open = options_.forward;
    while (!detached_ && (open || windows)) {
      pollfd fds[] = {{open ? options_.in : -1, POLLIN, 0}, {windows ? windows->fd() : -1, POLLIN, 0}};
      context.wait_any(fds);
      if (fds[1].revents != 0) {
        windows->take();
        send_size(context);
      }
      if (fds[0].revents != 0) open = send_keys(context);
    }
  }

  bool detached() const { return detached_; }

 private:
  void send_size(const Context& context) {
    for (int attempt = 0; attempt < 10; ++attempt) {
      try {
        return options_.resize(options_.size());
      } catch (const Error& e) {
        log(LogLevel::kDebug, "resizing: " + e.message());
        context.sleep_for(20ms);
      }
    }
  }

  // False at the end of the input.
  bool send_keys(const Context& context) {
    char buffer[kPiece];
    const ssize_t size = ::read(options_.in, buffer, sizeof buffer);
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) return true;
    if (size <= 0) {
      conversation_.close_write(context);
      return false;
    }
    const std::string_view typed(buffer, static_cast<std::size_t>(size));
    if (!options_.tty) {
      conversation_.write(context, typed);
      return true;
    }
    const std::string passed = keys_.pass(typed);
    if (!passed.empty()) conversation_.write(context, passed);
    if (keys_.pressed()) detached_ = true;
    return !detached_;
  }

  const Conversation& conversation_;
  const InteractOptions& options_;
  DetachKeys keys_;
  std::atomic<bool> detached_ = false;
};

}  // namespace

Conversation conversation_of(engine::AttachStream& stream) {
  return {[&stream](const Context& context) { return stream.next(context); },
          [&stream](const Context& context, std::string_view bytes) { stream.write(context, bytes); },
          [&stream](const Context& context) { stream.close_write(context); }};
}

InteractOptions interact_options(Terminal& terminal, bool forward, bool tty) {
  InteractOptions options;
  options.forward = forward;
  options.tty = tty;
  options.out = [&terminal](engine::LogSource stream, std::string_view text) {
    stream == engine::LogSource::kErr ? terminal.err(text) : terminal.out(text);
  };
  options.size = [&terminal] { return terminal.size(); };
  return options;
}

InteractEnd interact(const Context& context, const Conversation& conversation, const InteractOptions& options) {
  Keys keys(conversation, options);
  std::optional<RawTerminal> raw;
  if (options.tty && options.forward) raw.emplace(options.in);
  CancelSource over(context);
  const std::jthread thread([&] {
    try {
      keys.run(over.context());
    } catch (const Error& e) {
      // Cancelled when the output ended; or the program doesn't take more, and its output tells the rest.
      if (e.kind() != Kind::kCancelled) log(LogLevel::kDebug, "forwarding input: " + e.message());
    }
    if (keys.detached()) over.cancel();
  });
  try {
    while (const auto chunk = conversation.next(over.context())) options.out(chunk->source, chunk->data);
  } catch (const Error& e) {
    over.cancel();
    if (e.kind() == Kind::kCancelled && keys.detached()) return InteractEnd::kDetached;
    throw;
  }
  over.cancel();
  return InteractEnd::kOutputEnded;
}

}  // namespace berth::cli
