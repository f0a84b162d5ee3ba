#include <initializer_list>
#include <string>
#include <string_view>

#include "base/strings.h"
#include "compose/canonical.h"
#include "compose/canonical_port.h"
#include "compose/path_table.h"
#include "yaml/path.h"

namespace berth::compose {
namespace {

using yaml::Node;
using yaml::NodePath;

using Rule = void (*)(const Node& node, const NodePath& path, yaml::Findings& findings);
using Step = PathTable<Rule>::Step;

void fault(const Node& node, const NodePath& path, std::string message, yaml::Findings& findings) {
  findings.faults.push_back({node.position(), path.str(), std::move(message)});
}

void volume(const Node& node, const NodePath& path, yaml::Findings& findings) {
  if (node.is_null()) return;
  const Node* external = node.find("external");
  if (external == nullptr || external->as_boolean() != true) return;
  for (const auto& [key, key_position, value] : node.entries()) {
    if (key == "name" || key == "external" || key.starts_with("x-")) continue;
    fault(value, path, "conflicting parameters \"external\" and \"" + key + "\" specified", findings);
  }
}

void file_object(const Node& node, const NodePath& path, std::initializer_list<std::string_view> sources,
                 yaml::Findings& findings) {
  std::string names;
  int given = 0;
  for (const std::string_view source : sources) {
    if (!names.empty()) names += '|';
    names += source;
    if (node.find(source) != nullptr) ++given;
  }
  if (given > 1) return fault(node, path, names + " attributes are mutually exclusive", findings);
  // A driver may have its own way to find the content.
  if (given == 0 && node.find("driver") == nullptr && node.find("external") == nullptr) {
    fault(node, path, "one of " + names + " must be set", findings);
  }
}

void config(const Node& node, const NodePath& path, yaml::Findings& findings) {
  file_object(node, path, {"file", "environment", "content"}, findings);
}

void secret(const Node& node, const NodePath& path, yaml::Findings& findings) {
  file_object(node, path, {"file", "environment"}, findings);
}

void port(const Node& node, const NodePath& path, yaml::Findings& findings) {
  const Node* ip = node.find("host_ip");
  if (ip != nullptr && !is_ip_address(ip->to_display())) {
    fault(*ip, path, "invalid ip address: " + ip->to_display(), findings);
  }
}

void watched_path(const Node& node, const NodePath& path, yaml::Findings& findings) {
  if (node.is_string() && node.text().empty()) fault(node, path, "value can't be blank", findings);
}

void device_request(const Node& node, const NodePath& path, yaml::Findings& findings) {
  if (node.find("count") != nullptr && node.find("device_ids") != nullptr) {
    fault(node, path, "\"count\" and \"device_ids\" attributes are exclusive", findings);
  }
}

const PathTable<Rule>& rules() {
  static const PathTable<Rule> table = {
      {"volumes.*", volume},
      {"configs.*", config},
      {"secrets.*", secret},
      {"services.*.ports.*", port},
      {"services.*.develop.watch.*.path", watched_path},
      {"services.*.deploy.resources.reservations.devices.*", device_request},
      {"services.*.gpus.*", device_request},
  };
  return table;
}

void walk(const Node& node, const Step& step, const NodePath& path, yaml::Findings& findings) {
  if (step.rule()) return (*step.rule())(node, path, findings);
  for (const auto& [key, key_position, value] : node.entries()) {
    if (const Step* next = step.next(key)) walk(value, *next, NodePath(path, key), findings);
  }
  if (step.next() == nullptr) return;
  for (std::size_t i = 0; i < node.items().size(); ++i)
    walk(node.items()[i], *step.next(), NodePath(path, i), findings);
}

}  // namespace

void check_values(const Node& model, yaml::Findings& findings) { walk(model, rules().root(), NodePath(), findings); }

}  // namespace berth::compose
