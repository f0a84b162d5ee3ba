// Rules by their place in a compose file ("services.*.ports.*"), found step by step while a tree is walked.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "yaml/path.h"

namespace berth::compose {

// `*` in a pattern stands for any key and any index. A walk keeps the Step of where it is and asks it for the next:
// where next() answers nullptr no rule can follow, so that whole branches are never looked at.
template <typename Rule>
class PathTable {
 public:
  class Step {
   public:
    // The step below, by a mapping's key; the exact key's before `*`'s.
    const Step* next(std::string_view key) const {
      for (const auto& [name, step] : named_) {
        if (name == key) return step.get();
      }
      return any_.get();
    }
    // The step below, by a sequence's index.
    const Step* next() const { return any_.get(); }
    const std::optional<Rule>& rule() const { return rule_; }
    bool is_last() const { return named_.empty() && any_ == nullptr; }

   private:
    friend class PathTable;
    Step& make(std::string_view key) {
      if (key == "*") {
        if (any_ == nullptr) any_ = std::make_unique<Step>();
        return *any_;
      }
      for (auto& [name, step] : named_) {
        if (name == key) return *step;
      }
      return *named_.emplace_back(std::string(key), std::make_unique<Step>()).second;
    }

    std::vector<std::pair<std::string, std::unique_ptr<Step>>> named_;
    std::unique_ptr<Step> any_;
    std::optional<Rule> rule_;
  };

  PathTable(std::initializer_list<std::pair<std::string_view, Rule>> rules) {
    for (const auto& [pattern, rule] : rules) {
      Step* step = &root_;
      std::string_view rest = pattern;
      for (;;) {
        const std::size_t dot = rest.find('.');
        step = &step->make(rest.substr(0, dot));
        if (dot == std::string_view::npos) break;
        rest.remove_prefix(dot + 1);
      }
      step->rule_ = rule;
    }
  }

  const Step& root() const { return root_; }
  const Step* find(const yaml::NodePath& path) const {
    if (path.is_root()) return &root_;
    const Step* above = find(*path.parent());
    if (above == nullptr) return nullptr;
    return path.is_index() ? above->next() : above->next(path.key());
  }
  // The step of a path that is not walked, such as {"services", "web"}.
  const Step* at(std::initializer_list<std::string_view> keys) const {
    const Step* step = &root_;
    for (const std::string_view key : keys) {
      if (step != nullptr) step = step->next(key);
    }
    return step;
  }

 private:
  Step root_;
};

}  // namespace berth::compose
