// Where a command's words go: standard output and error, with what the terminal there can do.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "base/environment.h"

namespace berth::cli {

// Colours that every terminal theme has.
enum class Colour { kNone, kRed, kGreen, kYellow, kBlue, kMagenta, kCyan, kGrey, kBold };

enum class Ansi { kAuto, kNever, kAlways };

struct Size {
  int rows = 24;
  int columns = 80;
};

// Any thread may write; each call comes out whole. Writing to a closed pipe ends the program quietly, as `head`
// expects.
class Terminal {
 public:
  explicit Terminal(const Environment& environment);

  void out(std::string_view text);
  void err(std::string_view text);
  // "text\n"
  void out_line(std::string_view text);
  void err_line(std::string_view text);
  // A warning line on standard error, in yellow where there are colours.
  void warn(std::string_view text);

  bool in_is_terminal() const { return in_is_terminal_; }
  bool out_is_terminal() const { return out_is_terminal_; }
  bool err_is_terminal() const { return err_is_terminal_; }
  // As it is now; follows a resize. 24x80 when there is no terminal.
  Size size() const;

  // NO_COLOR, TERM=dumb and --ansi decide together with what is a terminal.
  void set_ansi(Ansi ansi) { ansi_ = ansi; }
  bool out_colours() const;
  bool err_colours() const;

  // Asks a question on standard error and reads a line; nothing typed or no terminal is "".
  std::string ask(std::string_view question);
  // The same for what must not be seen while it is typed.
  std::string ask_secret(std::string_view question);

 private:
  const bool in_is_terminal_;
  const bool out_is_terminal_;
  const bool err_is_terminal_;
  const bool no_color_;
  Ansi ansi_ = Ansi::kAuto;
  std::mutex mutex_;
};

// `text` between the escape codes of the colour when `enabled`, else as it is.
std::string coloured(std::string_view text, Colour colour, bool enabled);

// Columns that `text` takes on a terminal: UTF-8 characters, escape codes not counted.
std::size_t display_width(std::string_view text);

}  // namespace berth::cli
