#include "compose/decode_values.h"

#include <charconv>

#include "base/strings.h"

namespace berth::compose {

using yaml::Node;

void Fields::read(std::string_view name, std::string& target) const {
  if (const Node* value = object_.find(name)) target = value->text();
}

void Fields::read(std::string_view name, bool& target) const {
  if (const Node* value = object_.find(name)) target = value->as_boolean().value_or(false);
}

void Fields::read(std::string_view name, double& target) const {
  if (const Node* value = object_.find(name)) target = value->as_number().value_or(0);
}

// Sizes and file modes are texts of digits; a mode begins with 0 and is octal.
void Fields::read(std::string_view name, std::int64_t& target) const {
  const Node* value = object_.find(name);
  if (value == nullptr) return;
  if (!value->is_string()) {
    target = value->as_integer().value_or(0);
    return;
  }
  const std::string& text = value->text();
  const int base = text.size() > 1 && text[0] == '0' ? 8 : 10;
  std::from_chars(text.data(), text.data() + text.size(), target, base);
}

void Fields::read(std::string_view name, std::uint64_t& target) const {
  std::int64_t number = static_cast<std::int64_t>(target);
  read(name, number);
  target = static_cast<std::uint64_t>(number);
}

void Fields::read(std::string_view name, std::uint32_t& target) const {
  std::int64_t number = target;
  read(name, number);
  target = static_cast<std::uint32_t>(number);
}

void Fields::read(std::string_view name, std::uint16_t& target) const {
  std::int64_t number = target;
  read(name, number);
  target = static_cast<std::uint16_t>(number);
}

void Fields::read(std::string_view name, Bytes& target) const {
  std::int64_t number = count(target);
  read(name, number);
  target = Bytes{number};
}

void Fields::read(std::string_view name, std::chrono::nanoseconds& target) const {
  const Node* value = object_.find(name);
  if (value != nullptr) target = parse_duration(value->text()).value_or(target);
}

void Fields::read(std::string_view name, std::vector<std::string>& target) const {
  read(name, target, [](const Node& item) { return item.text(); });
}

void Fields::read(std::string_view name, TextMap& target) const {
  read(name, target, [](const Node& item) { return item.text(); });
}

void Fields::read(std::string_view name, OptionalTextMap& target) const {
  read(name, target, [](const Node& item) -> std::optional<std::string> {
    if (item.is_null()) return std::nullopt;
    return item.text();
  });
}

void Fields::read(std::string_view name, std::map<std::string, Ulimit, std::less<>>& target) const {
  read(name, target, [](const Node& item) {
    Ulimit limit;
    if (item.is_mapping()) {
      const Fields fields(item);
      fields.read("soft", limit.soft);
      fields.read("hard", limit.hard);
    } else {
      limit.soft = limit.hard = item.as_integer().value_or(0);
    }
    return limit;
  });
}

}  // namespace berth::compose
