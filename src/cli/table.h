// Columns of text as docker prints them.
#pragma once

#include <string>
#include <vector>

namespace berth::cli {

// The first row is the header. Every column but the last is padded to its widest cell plus `gap` blanks, docker's way,
// and is at least `narrowest` wide.
std::string format_table(const std::vector<std::vector<std::string>>& rows, std::size_t narrowest = 0,
                         std::size_t gap = 3);

// Narrowest column of lists that docker compose prints without a template (ls, images).
inline constexpr std::size_t kListColumn = 20;

}  // namespace berth::cli
