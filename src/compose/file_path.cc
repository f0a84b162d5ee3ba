#include "compose/file_path.h"

#include <vector>

namespace berth::compose {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_separator(char c) { return c == '\\' || c == '/'; }

std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t end = path.find('/');
    if (end != 0) parts.push_back(path.substr(0, end));
    if (end == std::string_view::npos) break;
    path.remove_prefix(end + 1);
  }
  return parts;
}

}  // namespace

bool is_absolute_path(std::string_view path) { return !path.empty() && path[0] == '/'; }

bool is_windows_absolute_path(std::string_view path) {
  if (path.size() >= 3 && is_letter(path[0]) && path[1] == ':') return is_separator(path[2]);
  // \\server\share: both parts must be named.
  if (path.size() < 5 || !is_separator(path[0]) || !is_separator(path[1])) return false;
  if (is_separator(path[2]) || path[2] == '.') return false;
  const std::size_t share = path.find_first_of("\\/", 3);
  return share != std::string_view::npos && share + 1 < path.size() && !is_separator(path[share + 1]) &&
         path[share + 1] != '.';
}

std::string clean_path(std::string_view path) {
  const bool absolute = is_absolute_path(path);
  std::vector<std::string_view> kept;
  for (const std::string_view part : parts_of(path)) {
    if (part == ".") continue;
    const bool goes_up = part == "..";
    if (goes_up && !kept.empty() && kept.back() != "..") {
      kept.pop_back();
    } else if (!goes_up || !absolute) {
      kept.push_back(part);
    }
  }
  std::string text = absolute ? "/" : "";
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (i > 0) text += '/';
    text += kept[i];
  }
  return text.empty() ? "." : text;
}

std::string join_path(std::string_view folder, std::string_view name) {
  if (folder.empty() && name.empty()) return {};
  if (folder.empty()) return clean_path(name);
  std::string text(folder);
  if (!name.empty()) text += '/';
  text += name;
  return clean_path(text);
}

std::string absolute_path(std::string_view folder, std::string_view path) {
  return is_absolute_path(path) ? clean_path(path) : join_path(folder, path);
}

std::string folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return clean_path(slash == std::string_view::npos ? std::string_view() : path.substr(0, slash + 1));
}

std::string base_name(std::string_view path) {
  if (path.empty()) return ".";
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  if (path == "/") return "/";
  const std::size_t slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

std::optional<std::string> relative_path(std::string_view base, std::string_view target) {
  const std::string from = clean_path(base);
  const std::string to = clean_path(target);
  if (from == to) return ".";
  if (is_absolute_path(from) != is_absolute_path(to)) return std::nullopt;
  const std::vector<std::string_view> from_parts = parts_of(from == "." ? std::string_view() : from);
  const std::vector<std::string_view> to_parts = parts_of(to);
  std::size_t common = 0;
  while (common < from_parts.size() && common < to_parts.size() && from_parts[common] == to_parts[common]) ++common;
  std::string text;
  for (std::size_t i = common; i < from_parts.size(); ++i) {
    if (from_parts[i] == "..") return std::nullopt;
    text += text.empty() ? ".." : "/..";
  }
  for (std::size_t i = common; i < to_parts.size(); ++i) {
    if (!text.empty()) text += '/';
    text += to_parts[i];
  }
  return text;
}

}  // namespace berth::compose
