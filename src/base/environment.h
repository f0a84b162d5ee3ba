// Environment variables as a value, so that what depends on them can be tested.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace berth {

class Environment {
 public:
  Environment() = default;
  explicit Environment(std::map<std::string, std::string, std::less<>> variables) : variables_(std::move(variables)) {}

  // The process's own variables as they are now.
  static Environment of_process();

  // The value, maybe empty; nothing when unset.
  std::optional<std::string> get(std::string_view name) const;
  // The value, or `fallback` when unset or empty.
  std::string get_or(std::string_view name, std::string_view fallback) const;
  // Set and one of 1, t, true, y, yes, on (any case).
  bool is_true(std::string_view name) const;
  void set(std::string name, std::string value) { variables_[std::move(name)] = std::move(value); }
  void unset(std::string_view name);

  // Home folder: $HOME, else the user's entry in the password file.
  std::string home() const;

  const std::map<std::string, std::string, std::less<>>& variables() const { return variables_; }

 private:
  std::map<std::string, std::string, std::less<>> variables_;
};

}  // namespace berth
