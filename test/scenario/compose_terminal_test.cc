// `berth compose exec` and `run` on a real terminal: keys, window size, and the terminal as it was
// afterwards.
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#include "scenario/cli.h"
#include "scenario/engines.h"
#include "scenario/fixtures.h"

namespace berth::scenario {
namespace {

// A berth whose terminal is ours to type on and to read.
class OnTerminal {
 public:
  OnTerminal(UserFolder& user, std::vector<std::string> words) {
    words.insert(words.begin(), {BERTH_PROGRAM, "compose"});
    std::vector<std::string> variables;
    for (const auto& [name, value] : user.environment.variables()) variables.push_back(name + "=" + value);
    variables.emplace_back("TERM=xterm");
    const auto pointers = [](std::vector<std::string>& texts) {
      std::vector<char*> result;
      for (std::string& text : texts) result.push_back(text.data());
      result.push_back(nullptr);
      return result;
    };
    const auto argv = pointers(words);
    const auto envp = pointers(variables);
    const std::string folder = user.path();
    int master = -1;
    int slave = -1;
    winsize window{.ws_row = 33, .ws_col = 111};
    EXPECT_EQ(::openpty(&master, &slave, nullptr, nullptr, &window), 0);
    master_ = Fd(master);
    slave_ = Fd(slave);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::login_tty(slave);
      if (::chdir(folder.c_str()) == 0) ::execve(argv[0], argv.data(), envp.data());
      ::_exit(127);
    }
  }
  ~OnTerminal() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  OnTerminal(const OnTerminal&) = delete;
  OnTerminal& operator=(const OnTerminal&) = delete;

  void type(std::string_view keys) const {
    EXPECT_EQ(::write(master_.get(), keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
  }

  // Until the screen has shown the text after all that was waited for before.
  void see(std::string_view text) {
    const Context context = soon().with_timeout(std::chrono::seconds(20));
    for (;;) {
      const std::size_t at = screen_.find(text, seen_);
      if (at != std::string::npos) {
        seen_ = at + text.size();
        return;
      }
      ASSERT_NO_THROW(context.wait(master_.get(), POLLIN)) << "no '" << text << "' in\n" << screen_;
      char buffer[4096];
      const ssize_t size = ::read(master_.get(), buffer, sizeof buffer);
      ASSERT_GT(size, 0) << screen_;
      screen_.append(buffer, static_cast<std::size_t>(size));
    }
  }

  void resize(unsigned short rows, unsigned short columns) const {
    winsize window{.ws_row = rows, .ws_col = columns};
    EXPECT_EQ(::ioctl(master_.get(), TIOCSWINSZ, &window), 0);
  }

  bool echoes() const {
    termios mode{};
    EXPECT_EQ(::tcgetattr(slave_.get(), &mode), 0);
    return (mode.c_lflag & ECHO) != 0;
  }

  int exit_code() {
    int status = 0;
    wait_until([&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; });
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  Fd master_;
  Fd slave_;  // kept, so that the terminal can be asked when the program has gone
  pid_t pid_ = -1;
  std::string screen_;
  std::size_t seen_ = 0;
};

constexpr std::string_view kShell = "services: {app: {image: 'berth/test:1'}}";

class TerminalTest : public OnEngine {
 protected:
  TerminalTest() : OnEngine("shell") {}
  void SetUp() override {
    OnEngine::SetUp();
    if (IsSkipped()) return;
    user().compose_file(kShell);
    const Output output = user().compose({"up", "-d"});
    ASSERT_EQ(output.status.code, 0) << output.err;
  }
};

INSTANTIATE_TEST_SUITE_P(Engines, TerminalTest, testing::Values(Generation::kOld, Generation::kNew), name_of);

TEST_P(TerminalTest, ExecHandsOnKeysAndTheWindowsSize) {
  OnTerminal terminal(user(), {"exec", "app", "sh"});
  EXPECT_TRUE(terminal.echoes());
  terminal.type("echo begun-$((40+2))\r");
  terminal.see("begun-42");
  EXPECT_FALSE(terminal.echoes());  // raw: the shell inside echoes
  terminal.type("until [ \"$(stty size)\" = '33 111' ]; do :; done; echo size-$((1))\r");
  terminal.see("size-1");
  terminal.resize(20, 70);
  terminal.type("until [ \"$(stty size)\" = '20 70' ]; do :; done; echo size-$((2))\r");
  terminal.see("size-2");
  terminal.type("sh -c 'echo asleep-$((3)); exec sleep 1000'\r");  // who says so is who gets the signal
  terminal.see("asleep-3");
  terminal.type("\x03");  // Ctrl-C is the shell's
  terminal.type("\recho alive-$((4))\r");
  terminal.see("alive-4");
  terminal.type("exit 7\r");
  EXPECT_EQ(terminal.exit_code(), 7);
  EXPECT_TRUE(terminal.echoes());
}

TEST_P(TerminalTest, ARunEndsWithItsProgramsExitCodeAndIsGoneWithRm) {
  OnTerminal terminal(user(), {"run", "--rm", "--name", "shell-oneoff", "app", "sh"});
  terminal.type("until [ \"$(stty size)\" = '33 111' ]; do :; done; echo size-$((1))\r");
  terminal.see("size-1");
  terminal.type("exit 5\r");
  EXPECT_EQ(terminal.exit_code(), 5);
  EXPECT_TRUE(terminal.echoes());
  wait_until([&] { return !user().ids().contains("shell-oneoff"); });
}

}  // namespace
}  // namespace berth::scenario
