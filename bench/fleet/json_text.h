// JSON written as text, piece by piece: a fleet answers millions of times, and a tree of values would cost more than
// all the rest.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace berth::fleet {

// Appends `text` in quotation marks, escaped as Go's encoder does without its HTML escapes.
void append_quoted(std::string& out, std::string_view text);

// Appends `"name":"value"`.
void append_member(std::string& out, std::string_view name, std::string_view value);

// Names and values, in the order they are printed.
using Labels = std::vector<std::pair<std::string, std::string>>;

// Appends `{"a":"b"}`.
void append_labels(std::string& out, const Labels& labels);

}  // namespace berth::fleet
