// File names as text: what Go's path/filepath does on Unix, which fixes how compose prints paths. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace berth::compose {

bool is_absolute_path(std::string_view path);
// "C:\x" and "\\server\share": absolute on Windows, where an engine may run.
bool is_windows_absolute_path(std::string_view path);

// Without ".", "..", doubled and trailing slashes as far as the text tells; "." for the empty text.
std::string clean_path(std::string_view path);
// Both parts, cleaned; an empty part does not count. Empty when both are.
std::string join_path(std::string_view folder, std::string_view name);
// `path` when it is absolute, else below `folder`; cleaned.
std::string absolute_path(std::string_view folder, std::string_view path);
// The folder that holds the path ("." when it names none), and the path's last part.
std::string folder_of(std::string_view path);
std::string base_name(std::string_view path);
// How to write `target` seen from `base`: "../x"; nothing when one is absolute and the other is not, or `base` has
// "..".
std::optional<std::string> relative_path(std::string_view base, std::string_view target);

}  // namespace berth::compose
