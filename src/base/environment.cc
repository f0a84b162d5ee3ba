#include "base/environment.h"

#include <pwd.h>
#include <unistd.h>

#include "base/strings.h"

namespace berth {

Environment Environment::of_process() {
  Environment result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const auto [name, value] = cut(*entry, '=');
    if (value) result.set(std::string(name), std::string(*value));
  }
  return result;
}

std::optional<std::string> Environment::get(std::string_view name) const {
  const auto found = variables_.find(name);
  if (found == variables_.end()) return std::nullopt;
  return found->second;
}

std::string Environment::get_or(std::string_view name, std::string_view fallback) const {
  const auto value = get(name);
  return value && !value->empty() ? *value : std::string(fallback);
}

bool Environment::is_true(std::string_view name) const {
  const std::string value = to_lower(get_or(name, ""));
  return value == "1" || value == "t" || value == "true" || value == "y" || value == "yes" || value == "on";
}

void Environment::unset(std::string_view name) {
  const auto found = variables_.find(name);
  if (found != variables_.end()) variables_.erase(found);
}

std::string Environment::home() const {
  if (const auto home = get("HOME"); home && !home->empty()) return *home;
  const passwd* entry = ::getpwuid(::getuid());
  return entry != nullptr ? entry->pw_dir : "/";
}

}  // namespace berth
