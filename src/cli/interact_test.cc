#include "cli/interact.h"

#include <csignal>
#include <thread>

#include <gtest/gtest.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/fd.h"

namespace berth::cli {
namespace {

using namespace std::chrono_literals;
using engine::LogChunk;
using engine::LogSource;

// Both ends of a real terminal.
struct Pty {
  Pty() {
    int master_fd = -1;
    int slave_fd = -1;
    winsize window{.ws_row = 30, .ws_col = 100};
    EXPECT_EQ(::openpty(&master_fd, &slave_fd, nullptr, nullptr, &window), 0);
    master = Fd(master_fd);
    slave = Fd(slave_fd);
  }
  bool echoes() const {
    termios mode{};
    ::tcgetattr(slave.get(), &mode);
    return (mode.c_lflag & ECHO) != 0;
  }
  void type(std::string_view keys) const {
    EXPECT_EQ(::write(master.get(), keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
  }
  Fd master;
  Fd slave;
};

// A program that answers what it is sent in brackets and ends with its input, or at "exit".
class Program {
 public:
  Conversation conversation() {
    return {[this](const Context& context) -> std::optional<LogChunk> {
              const auto text = said_.receive(context);
              if (!text) return std::nullopt;
              if (*text == "[fail]") throw Error(Kind::kUnavailable, "the engine broke off");
              last_ = *text;
              return LogChunk{LogSource::kOut, last_};
            },
            [this](const Context& context, std::string_view bytes) {
              said_.send(context, "[" + std::string(bytes) + "]");
              if (bytes == "exit") said_.close();
            },
            [this](const Context&) { said_.close(); }};
  }

 private:
  Channel<std::string> said_{16};
  std::string last_;
};

// What interact() does, watched from outside.
class Interaction {
 public:
  explicit Interaction(InteractOptions options) : options_(std::move(options)) {
    options_.out = [this](LogSource, std::string_view text) {
      *output_.lock() += text;
      output_.notify();
    };
    thread_ = std::jthread([this] {
      try {
        end_ = interact(source_.context(), program_.conversation(), options_);
      } catch (const Error& e) {
        error_ = e;
      }
    });
  }
  void wait_for(std::string_view text) {
    auto output = output_.lock();
    output.wait(Context().with_timeout(10s), [&] { return *output == text; });
  }
  void cancel() { source_.cancel(); }
  void join() { thread_.join(); }
  std::optional<InteractEnd> end() const { return end_; }
  std::optional<Error> error() const { return error_; }

 private:
  InteractOptions options_;
  CancelSource source_;
  Program program_;
  Guarded<std::string> output_;
  std::optional<InteractEnd> end_;
  std::optional<Error> error_;
  std::jthread thread_;
};

InteractOptions on_terminal(const Pty& pty) {
  InteractOptions options;
  options.in = pty.slave.get();
  options.tty = true;
  return options;
}

TEST(Interact, KeysGoToTheProgramAsTheyAreAndTheTerminalIsPutBack) {
  const Pty pty;
  Interaction interaction(on_terminal(pty));
  pty.type("a");
  interaction.wait_for("[a]");
  EXPECT_FALSE(pty.echoes());
  pty.type("\x03");  // Ctrl-C is a byte like any other
  interaction.wait_for("[a][\x03]");
  pty.type("exit");
  interaction.join();
  EXPECT_EQ(interaction.end(), InteractEnd::kOutputEnded);
  EXPECT_TRUE(pty.echoes());
}

TEST(Interact, CtrlPCtrlQDetaches) {
  const Pty pty;
  Interaction interaction(on_terminal(pty));
  pty.type("a");
  interaction.wait_for("[a]");
  // Ctrl-P is held back until it is known what follows.
  pty.type("\x10");
  pty.type("b");
  interaction.wait_for(
      "[a][\x10"
      "b]");
  pty.type("\x10\x11");
  interaction.join();
  EXPECT_EQ(interaction.end(), InteractEnd::kDetached);
  EXPECT_TRUE(pty.echoes());
}

TEST(Interact, TheTerminalIsPutBackAfterAnErrorAndAfterCancelling) {
  const Pty pty;
  Interaction broken(on_terminal(pty));
  pty.type("fail");
  broken.join();
  ASSERT_TRUE(broken.error());
  EXPECT_EQ(broken.error()->kind(), Kind::kUnavailable);
  EXPECT_TRUE(pty.echoes());

  Interaction cancelled(on_terminal(pty));
  pty.type("a");
  cancelled.wait_for("[a]");
  cancelled.cancel();
  cancelled.join();
  ASSERT_TRUE(cancelled.error());
  EXPECT_EQ(cancelled.error()->kind(), Kind::kCancelled);
  EXPECT_TRUE(pty.echoes());
}

TEST(Interact, TheWindowsSizeIsSentAtTheStartAndAtEachChange) {
  const Pty pty;
  Guarded<std::vector<int>> columns;
  InteractOptions options = on_terminal(pty);
  options.size = [&] {
    winsize size{};
    ::ioctl(pty.slave.get(), TIOCGWINSZ, &size);
    return Size{size.ws_row, size.ws_col};
  };
  int attempts = 0;
  options.resize = [&](Size size) {
    if (++attempts == 1) throw Error(Kind::kConflict, "not running yet");
    columns.lock()->push_back(size.columns);
    columns.notify();
  };
  const auto wait_for = [&](const std::vector<int>& wanted) {
    auto seen = columns.lock();
    seen.wait(Context().with_timeout(10s), [&] { return *seen == wanted; });
  };
  Interaction interaction(options);
  wait_for({100});
  winsize window{.ws_row = 20, .ws_col = 60};
  ::ioctl(pty.master.get(), TIOCSWINSZ, &window);
  ::raise(SIGWINCH);
  wait_for({100, 60});
  pty.type("exit");
  interaction.join();
}

TEST(Interact, TheEndOfTheInputIsToldAndTheOutputGoesOn) {
  Pipe pipe = make_pipe();
  InteractOptions options;
  options.in = pipe.read.get();
  Interaction interaction(options);
  EXPECT_EQ(::write(pipe.write.get(), "x", 1), 1);
  interaction.wait_for("[x]");
  pipe.write.reset();
  interaction.join();
  EXPECT_EQ(interaction.end(), InteractEnd::kOutputEnded);
}

}  // namespace
}  // namespace berth::cli
