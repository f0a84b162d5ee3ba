// The rules for a project's name.
#pragma once

#include <string>
#include <string_view>

namespace berth::compose {

// Lower-case letters, digits, '-' and '_' only, beginning with a letter or digit.
bool is_project_name(std::string_view name);
// What is left of `name` when it is made one: lower case, other characters dropped. Maybe empty.
std::string normalize_project_name(std::string_view name);

}  // namespace berth::compose
