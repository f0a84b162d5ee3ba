#include "converge/labels.h"

#include "base/strings.h"

namespace berth::converge {

std::string_view label_of(const engine::StringMap& labels, std::string_view name) {
  const auto found = labels.find(name);
  return found == labels.end() ? std::string_view() : std::string_view(found->second);
}

std::string_view service_of(const engine::ContainerSummary& container) {
  return label_of(container.labels, label::kService);
}

std::optional<int> number_of(const engine::ContainerSummary& container) {
  const auto number = parse_integer(label_of(container.labels, label::kContainerNumber));
  if (!number || *number < 0 || *number > 1'000'000) return std::nullopt;
  return static_cast<int>(*number);
}

bool is_one_off(const engine::ContainerSummary& container) {
  return label_of(container.labels, label::kOneOff) == "True";
}

bool is_hook(const engine::ContainerSummary& container) { return container.labels.contains(label::kHook); }

bool is_ingress(const engine::ContainerSummary& container) {
  return label_of(container.labels, label::kRole) == label::kIngressRole;
}

bool is_keeper(const engine::ContainerSummary& container) {
  return label_of(container.labels, label::kRole) == label::kKeeperRole;
}

std::string name_of(const engine::ContainerSummary& container) {
  for (const std::string& name : container.names) {
    if (name.find('/') == std::string::npos) return name;
  }
  return container.names.empty() ? container.id.brief() : container.names.front();
}

bool is_up(const engine::ContainerSummary& container) {
  return container.state == "running" || container.state == "paused" || container.state == "restarting";
}

}  // namespace berth::converge
