// One constraint, affinity or whitelist: "storage==ssd", "node!=/web-[0-9]+/", "node.labels.zone==~eu*".
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace berth::swarm::placement {

// A value to compare with: exact, a glob with '*', or a regular expression between slashes (RE2's syntax, found
// anywhere unless it has ^ and $). Source: classic Swarm, scheduler/filter/expr.go; case counts there.
class Pattern {
 public:
  enum class Case { kCounts, kIgnored };

  // Throws kInvalid when the regular expression is malformed.
  explicit Pattern(std::string_view text, Case matters = Case::kCounts);

  bool matches(std::string_view text) const;
  // It matches nothing but its text.
  bool is_exact() const { return regex_ == nullptr; }
  const std::string& text() const { return text_; }

 private:
  Case case_;
  std::string text_;
  std::shared_ptr<const re2::RE2> regex_;  // of a glob too; null when exact
};

struct Expression {
  std::string key;    // "storage", "node", "container", "node.labels.zone"
  bool equal = true;  // == or !=
  bool soft = false;  // "==~": given up when it can't be met
  Pattern value;
  std::string text;  // as it was written

  // Whether one of `texts` matches the value; for != whether none does.
  bool holds(std::span<const std::string_view> texts) const;
  bool holds(std::string_view text) const { return value.matches(text) == equal; }
};

// Throws kInvalid naming the expression and what is wrong with it. Keys that begin with "node." or "engine.labels." are
// swarm mode's: their values ignore case. Source: swarmkit, manager/constraint.
Expression parse_expression(std::string_view text);

}  // namespace berth::swarm::placement
