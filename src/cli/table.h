// Columns of text as docker prints them.
#pragma once

#include <string>
#include <vector>

namespace berth::cli {

// The first row is the header. Every column but the last is padded to its widest cell plus three blanks, docker's way.
std::string format_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace berth::cli
