#include "converge/fields.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "base/digest.h"
#include "base/strings.h"
#include "compose/hash.h"

namespace berth::converge {

namespace {

constexpr std::size_t kDigits = 8;

// Of env_file what it says counts, which is in `environment`.
bool is_hashed(std::string_view attribute) {
  return attribute != "env_file" && std::find(std::begin(compose::kNotHashed), std::end(compose::kNotHashed),
                                              attribute) == std::end(compose::kNotHashed);
}

// Any text that is the same for the same value, whatever the order of keys.
void append(const yaml::Node& node, std::string& text) {
  if (node.is_mapping()) {
    std::map<std::string_view, const yaml::Node*> sorted;
    for (const auto& entry : node.entries()) sorted[entry.key] = &entry.value;
    text += '{';
    for (const auto& [key, value] : sorted) {
      text += key;
      text += '\0';
      append(*value, text);
    }
    text += '}';
  } else if (node.is_sequence()) {
    text += '[';
    for (const yaml::Node& item : node.items()) append(item, text);
    text += ']';
  } else {
    text += node.to_display();
    text += '\0';
  }
}

std::map<std::string_view, std::string_view> parse(std::string_view text) {
  std::map<std::string_view, std::string_view> fields;
  while (!text.empty()) {
    const auto [field, rest] = cut(text, ',');
    const auto [name, hash] = cut(field, '=');
    fields[name] = hash.value_or("");
    text = rest.value_or("");
  }
  return fields;
}

}  // namespace

std::string fields_of(const compose::Service& service) {
  std::map<std::string, std::string> hashes;
  for (const auto& entry : service.tree.entries()) {
    if (!is_hashed(entry.key)) continue;
    yaml::Node value = entry.value;
    if (entry.key == "deploy") {
      if (value.find("replicas") != nullptr) value.edit_entries().erase("replicas");
      if (value.empty()) continue;
    }
    std::string text;
    append(value, text);
    hashes[entry.key] = sha256_hex(text).substr(0, kDigits);
  }
  std::vector<std::string> parts;
  for (const auto& [name, hash] : hashes) parts.push_back(name + "=" + hash);
  return join(parts, ",");
}

std::vector<std::string> changed_fields(std::string_view before, std::string_view after) {
  if (before.empty() || after.empty()) return {};
  const auto old_fields = parse(before);
  const auto new_fields = parse(after);
  std::vector<std::string> changed;
  for (const auto& [name, hash] : new_fields) {
    const auto found = old_fields.find(name);
    if (found == old_fields.end() || found->second != hash) changed.emplace_back(name);
  }
  for (const auto& [name, hash] : old_fields) {
    if (!new_fields.contains(name)) changed.emplace_back(name);
  }
  std::sort(changed.begin(), changed.end());
  return changed;
}

}  // namespace berth::converge
