// Text in lines.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace berth {

// Hands out the lines, without their ends, of what comes in pieces. One thread.
class LineSplitter {
 public:
  using Line = std::function<void(std::string_view line)>;

  // What is longer than `most` bytes without an end is handed out as if it had one.
  explicit LineSplitter(Line line, std::size_t most = std::string::npos) : line_(std::move(line)), most_(most) {}

  void take(std::string_view bytes);
  // The last line, where it has no end.
  void finish();

 private:
  Line line_;
  std::size_t most_;
  std::string rest_;
};

// At most so many lines from the end of the text, without white space around them: what went wrong stands there.
std::string last_lines(std::string_view text, std::size_t most);

}  // namespace berth
