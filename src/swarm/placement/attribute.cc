#include "swarm/placement/attribute.h"

#include <array>
#include <optional>

#include "base/strings.h"

namespace berth::swarm::placement {
namespace {

std::string_view value_of(const StringMap& labels, std::string_view name) {
  const auto found = labels.find(name);
  return found == labels.end() ? std::string_view() : std::string_view(found->second);
}

// What follows `prefix`, which is compared without regard to case, as swarm mode does; the rest keeps its case.
std::optional<std::string_view> behind(std::string_view key, std::string_view prefix) {
  if (key.size() <= prefix.size() || !equal_ignoring_case(key.substr(0, prefix.size()), prefix)) return std::nullopt;
  return key.substr(prefix.size());
}

std::string_view ip_of(std::string_view address) {
  const std::size_t colon = address.rfind(':');
  std::string_view ip = address.substr(0, colon == std::string_view::npos ? address.size() : colon);
  if (ip.starts_with('[') && ip.ends_with(']')) ip = ip.substr(1, ip.size() - 2);
  return ip;
}

std::string_view swarm_mode_attribute(const Node& node, std::string_view word) {
  if (equal_ignoring_case(word, "id")) return node.id.value;
  if (equal_ignoring_case(word, "hostname") || equal_ignoring_case(word, "name")) return node.name;
  if (equal_ignoring_case(word, "ip")) return ip_of(node.address);
  if (equal_ignoring_case(word, "role")) return node.role == Role::kManager ? "manager" : "worker";
  if (equal_ignoring_case(word, "platform.os")) return node.os;
  if (equal_ignoring_case(word, "platform.arch")) return normal_architecture(node.architecture);
  return {};
}

}  // namespace

std::string_view attribute_of(const Node& node, std::string_view key) {
  if (const auto name = behind(key, "node.labels.")) return value_of(node.labels, *name);
  if (const auto name = behind(key, "engine.labels.")) return value_of(node.engine_labels, *name);
  if (const auto word = behind(key, "node.")) return swarm_mode_attribute(node, *word);
  if (key == "node") return node.name;
  if (key == "storagedriver") return node.storage_driver;
  if (key == "operatingsystem") return node.operating_system;
  if (key == "kernelversion") return node.kernel_version;
  if (key == "engineversion") return node.engine_version;
  if (key == "ostype") return node.os;
  const auto label = node.labels.find(key);
  if (label != node.labels.end()) return label->second;
  const std::string_view value = value_of(node.engine_labels, key);
  return value.empty() && key == "architecture" ? std::string_view(node.architecture) : value;
}

std::string_view normal_architecture(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kNames = {{{"x86_64", "amd64"},
                                                                                    {"x86-64", "amd64"},
                                                                                    {"aarch64", "arm64"},
                                                                                    {"armv7l", "arm"},
                                                                                    {"armhf", "arm"},
                                                                                    {"armv6l", "arm"},
                                                                                    {"i386", "386"},
                                                                                    {"i686", "386"}}};
  for (const auto& [kernel, go] : kNames) {
    if (name == kernel) return go;
  }
  return name;
}

}  // namespace berth::swarm::placement
