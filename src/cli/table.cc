#include "cli/table.h"

#include <algorithm>

#include "cli/terminal.h"

namespace berth::cli {

std::string format_table(const std::vector<std::vector<std::string>>& rows, std::size_t narrowest, std::size_t gap) {
  std::vector<std::size_t> widths;  // blanks behind the cell included
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max({widths[i], display_width(row[i]) + gap, narrowest});
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += row[i];
      if (i + 1 < row.size()) text.append(widths[i] - display_width(row[i]), ' ');
    }
    text += '\n';
  }
  return text;
}

}  // namespace berth::cli
