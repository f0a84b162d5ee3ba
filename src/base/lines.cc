#include "base/lines.h"

#include <utility>
#include <vector>

#include "base/strings.h"

namespace berth {

void LineSplitter::take(std::string_view bytes) {
  rest_ += bytes;
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = rest_.find('\n', begin)) != std::string::npos; begin = end + 1) {
    line_(std::string_view(rest_).substr(begin, end - begin));
  }
  rest_.erase(0, begin);
  if (rest_.size() > most_) finish();
}

void LineSplitter::finish() {
  if (!rest_.empty()) line_(std::exchange(rest_, {}));
}

std::string last_lines(std::string_view text, std::size_t most) {
  std::vector<std::string> lines = split(trim(text), '\n');
  if (lines.size() > most) lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(most));
  return join(lines, "\n");
}

}  // namespace berth
