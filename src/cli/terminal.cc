#include "cli/terminal.h"

#include <cerrno>
#include <cstdlib>

#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace berth::cli {

namespace {

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EPIPE) {
      ::_exit(141);  // as the shell counts a program that SIGPIPE ended
    } else if (errno != EINTR && errno != EAGAIN) {
      return;
    }
  }
}

std::string_view escape(Colour colour) {
  switch (colour) {
    case Colour::kRed:
      return "\033[31m";
    case Colour::kGreen:
      return "\033[32m";
    case Colour::kYellow:
      return "\033[33m";
    case Colour::kBlue:
      return "\033[34m";
    case Colour::kMagenta:
      return "\033[35m";
    case Colour::kCyan:
      return "\033[36m";
    case Colour::kGrey:
      return "\033[90m";
    case Colour::kBold:
      return "\033[1m";
    case Colour::kNone:
      break;
  }
  return "";
}

}  // namespace

Terminal::Terminal(const Environment& environment)
    : in_is_terminal_(::isatty(STDIN_FILENO) == 1),
      out_is_terminal_(::isatty(STDOUT_FILENO) == 1),
      err_is_terminal_(::isatty(STDERR_FILENO) == 1),
      no_color_(!environment.get_or("NO_COLOR", "").empty() || environment.get_or("TERM", "") == "dumb") {}

void Terminal::out(std::string_view text) {
  const std::lock_guard lock(mutex_);
  write_all(STDOUT_FILENO, text);
}

void Terminal::err(std::string_view text) {
  const std::lock_guard lock(mutex_);
  write_all(STDERR_FILENO, text);
}

void Terminal::out_line(std::string_view text) { out(std::string(text) + "\n"); }
void Terminal::err_line(std::string_view text) { err(std::string(text) + "\n"); }

void Terminal::warn(std::string_view text) {
  err_line(coloured("WARN", Colour::kYellow, err_colours()) + " " + std::string(text));
}

Size Terminal::size() const {
  for (const int fd : {STDERR_FILENO, STDOUT_FILENO, STDIN_FILENO}) {
    winsize size{};
    if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) return {size.ws_row, size.ws_col};
  }
  return {};
}

bool Terminal::out_colours() const {
  return ansi_ == Ansi::kAlways || (ansi_ == Ansi::kAuto && out_is_terminal_ && !no_color_);
}

bool Terminal::err_colours() const {
  return ansi_ == Ansi::kAlways || (ansi_ == Ansi::kAuto && err_is_terminal_ && !no_color_);
}

std::string Terminal::ask(std::string_view question) {
  err(question);
  std::string answer;
  char c;
  while (::read(STDIN_FILENO, &c, 1) == 1 && c != '\n') answer += c;
  return answer;
}

std::string Terminal::ask_secret(std::string_view question) {
  termios before{};
  const bool quiet = ::tcgetattr(STDIN_FILENO, &before) == 0;
  if (quiet) {
    termios silent = before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  std::string answer = ask(question);
  if (quiet) {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    err("\n");
  }
  return answer;
}

std::string coloured(std::string_view text, Colour colour, bool enabled) {
  if (!enabled || colour == Colour::kNone) return std::string(text);
  return std::string(escape(colour)) + std::string(text) + "\033[0m";
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\033') {
      while (i < text.size() && text[i] != 'm') ++i;
    } else if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) {
      ++width;
    }
  }
  return width;
}

}  // namespace berth::cli
