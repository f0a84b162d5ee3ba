// The `filters` of lists and events: {"label":["a=b"],"status":["running"]}, or with {"running":true} for the values.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "node.h"

namespace berth::fleet {

class Filters {
 public:
  // Throws kInvalid "invalid filter" when it is not JSON of that form, "invalid filter 'x'" for a name that is not
  // among `known` (with blanks between), kUnsupported for one dockerd knows, of `missing`.
  Filters(std::string_view text, std::string_view known, std::string_view missing = {});

  bool has(std::string_view name) const { return values_.find(name) != values_.end(); }
  // Whether there is no such filter, or one of its values is exactly `value`.
  bool exact(std::string_view name, std::string_view value) const;
  // The same for the beginning of an id, a part of a name (with ^ and $ as anchors), and labels (all of them).
  bool begins(std::string_view name, std::string_view value) const;
  bool part(std::string_view name, std::string_view value) const;
  bool labels(std::string_view name, const Labels& labels) const;
  const std::vector<std::string>& of(std::string_view name) const;

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

}  // namespace berth::fleet
