#include "converge/stops.h"

#include <algorithm>

#include "base/strings.h"
#include "converge/fields.h"
#include "converge/hooks.h"

namespace berth::converge {

ContainerRef ref_of(const engine::ContainerSummary& container) {
  return {.name = name_of(container), .id = container.id, .created_by = OperationNumber::kNone};
}

OperationNumber Stops::stop(const engine::ContainerSummary& container, const Numbers& after, bool replaces) {
  if (!is_up(container)) return OperationNumber::kNone;
  const auto found = stops_.find(container.id);
  if (found != stops_.end()) {
    for (const OperationNumber earlier : after) builder_.order(found->second, earlier);
    return found->second;
  }
  const OperationNumber number = add_with_hooks(
      builder_, hooks_of(container, replaces), StopContainer{.container = ref_of(container), .timeout = timeout_},
      after, {.service = std::string(service_of(container)), .reason = {}, .replaces = replaces},
      {.runs = container.state == "running"});
  stops_[container.id] = number;
  for (const engine::Port& port : container.ports) {
    if (port.public_port != 0) held_.push_back({.container = container.id, .port = port, .stop = number});
  }
  return number;
}

const compose::Service* Stops::hooks_of(const engine::ContainerSummary& container, bool replaces) {
  const auto found = project_.services.find(service_of(container));
  if (found == project_.services.end() || is_one_off(container)) return nullptr;
  const compose::Service& service = found->second;
  if (!replaces || service.pre_stop.empty()) return &service;
  const auto changed = changed_fields(label_of(container.labels, label::kFields), fields_of(service));
  if (std::find(changed.begin(), changed.end(), "pre_stop") == changed.end()) return &service;
  builder_.warn("container '" + name_of(container) + "' is replaced without pre_stop hooks: it was made with others " +
                "than the file has now");
  return nullptr;
}

OperationNumber Stops::remove(const engine::ContainerSummary& container, bool volumes, const Numbers& after) {
  const auto found = removals_.find(container.id);
  if (found != removals_.end()) return found->second;
  Numbers before = after;
  before.push_back(stop(container, after));
  if (before.back() != OperationNumber::kNone) before = {before.back()};
  const OperationNumber number =
      builder_.add(RemoveContainer{.container = ref_of(container), .force = true, .volumes = volumes}, before,
                   {.service = std::string(service_of(container)), .reason = {}, .replaces = false});
  removals_[container.id] = number;
  removals_by_name_[name_of(container)] = number;
  return number;
}

OperationNumber Stops::removal_of_name(const std::string& name) const {
  const auto found = removals_by_name_.find(name);
  return found == removals_by_name_.end() ? OperationNumber::kNone : found->second;
}

Numbers Stops::stops_that_free(int first, int last, const std::string& protocol,
                               const engine::ContainerId& except) const {
  Numbers numbers;
  for (const Held& held : held_) {
    if (held.container == except || held.port.type != protocol) continue;
    if (held.port.public_port < first || held.port.public_port > last) continue;
    if (std::find(numbers.begin(), numbers.end(), held.stop) == numbers.end()) numbers.push_back(held.stop);
  }
  return numbers;
}

Numbers Stops::stops_that_free(const std::vector<compose::Port>& ports, const engine::ContainerId& except) const {
  Numbers numbers;
  for (const compose::Port& port : ports) {
    const auto range = port_range(port.published);
    if (!range) continue;
    const std::string protocol = port.protocol.empty() ? "tcp" : port.protocol;
    for (const OperationNumber stop : stops_that_free(range->first, range->second, protocol, except)) {
      numbers.push_back(stop);
    }
  }
  return numbers;
}

std::optional<std::pair<int, int>> port_range(std::string_view text) {
  const auto [first_text, last_text] = cut(text, '-');
  const auto first = parse_integer(first_text);
  const auto last = last_text ? parse_integer(*last_text) : first;
  constexpr std::int64_t kLargest = 65535;
  if (!first || !last || *first < 0 || *last > kLargest || *first > *last) return std::nullopt;
  return std::pair{static_cast<int>(*first), static_cast<int>(*last)};
}

}  // namespace berth::converge
