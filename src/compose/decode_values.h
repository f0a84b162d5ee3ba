// Reading bound values into C++ types; each leaves its target alone when the attribute is not there.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"
#include "compose/values.h"
#include "yaml/node.h"

namespace berth::compose {

// One bound object.
class Fields {
 public:
  explicit Fields(const yaml::Node& object) : object_(object) {}

  void read(std::string_view name, std::string& target) const;
  void read(std::string_view name, bool& target) const;
  void read(std::string_view name, double& target) const;
  void read(std::string_view name, std::int64_t& target) const;
  void read(std::string_view name, std::uint64_t& target) const;
  void read(std::string_view name, std::uint32_t& target) const;
  void read(std::string_view name, std::uint16_t& target) const;
  void read(std::string_view name, Bytes& target) const;
  void read(std::string_view name, std::chrono::nanoseconds& target) const;
  void read(std::string_view name, std::vector<std::string>& target) const;
  void read(std::string_view name, TextMap& target) const;
  void read(std::string_view name, OptionalTextMap& target) const;
  void read(std::string_view name, std::map<std::string, Ulimit, std::less<>>& target) const;

  template <typename T>
  void read(std::string_view name, std::optional<T>& target) const {
    if (object_.find(name) != nullptr) read(name, target.emplace());
  }

  // An object's or a list's decoder, where the attribute is there.
  template <typename T, typename Decode>
  void read(std::string_view name, std::optional<T>& target, Decode decode) const {
    if (const yaml::Node* value = object_.find(name)) target = decode(*value);
  }
  template <typename T, typename Decode>
  void read(std::string_view name, std::vector<T>& target, Decode decode) const {
    const yaml::Node* list = object_.find(name);
    if (list == nullptr) return;
    target.reserve(list->size());
    for (const yaml::Node& item : list->items()) target.push_back(decode(item));
  }
  template <typename T, typename Decode>
  void read(std::string_view name, std::map<std::string, T, std::less<>>& target, Decode decode) const {
    const yaml::Node* map = object_.find(name);
    if (map == nullptr) return;
    for (const auto& [key, position, item] : map->entries()) target.emplace(key, decode(item));
  }

 private:
  const yaml::Node& object_;
};

}  // namespace berth::compose
