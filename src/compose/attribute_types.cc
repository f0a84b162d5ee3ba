#include "compose/attribute_types.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/strings.h"

namespace berth::compose {
namespace {

struct Typed {
  AttributeType type;
  std::string_view pattern;
};

constexpr std::array kTyped{
    Typed{AttributeType::kBoolean, "configs.*.external"},
    Typed{AttributeType::kBoolean, "networks.*.attachable"},
    Typed{AttributeType::kBoolean, "networks.*.enable_ipv4"},
    Typed{AttributeType::kBoolean, "networks.*.enable_ipv6"},
    Typed{AttributeType::kBoolean, "networks.*.external"},
    Typed{AttributeType::kBoolean, "networks.*.internal"},
    Typed{AttributeType::kBoolean, "secrets.*.external"},
    Typed{AttributeType::kBoolean, "services.*.depends_on.*.required"},
    Typed{AttributeType::kBoolean, "services.*.depends_on.*.restart"},
    Typed{AttributeType::kBoolean, "services.*.healthcheck.disable"},
    Typed{AttributeType::kBoolean, "services.*.init"},
    Typed{AttributeType::kBoolean, "services.*.oom_kill_disable"},
    Typed{AttributeType::kBoolean, "services.*.privileged"},
    Typed{AttributeType::kBoolean, "services.*.read_only"},
    Typed{AttributeType::kBoolean, "services.*.stdin_open"},
    Typed{AttributeType::kBoolean, "services.*.tty"},
    Typed{AttributeType::kBoolean, "services.*.volumes.[].read_only"},
    Typed{AttributeType::kBoolean, "services.*.volumes.[].volume.nocopy"},
    Typed{AttributeType::kBoolean, "volumes.*.external"},
    Typed{AttributeType::kInteger, "services.*.cpu_count"},
    Typed{AttributeType::kInteger, "services.*.cpu_period"},
    Typed{AttributeType::kInteger, "services.*.cpu_quota"},
    Typed{AttributeType::kInteger, "services.*.cpu_rt_period"},
    Typed{AttributeType::kInteger, "services.*.cpu_rt_runtime"},
    Typed{AttributeType::kInteger, "services.*.cpu_shares"},
    Typed{AttributeType::kInteger, "services.*.deploy.placement.max_replicas_per_node"},
    Typed{AttributeType::kInteger, "services.*.deploy.replicas"},
    Typed{AttributeType::kInteger, "services.*.deploy.restart_policy.max_attempts"},
    Typed{AttributeType::kInteger, "services.*.deploy.rollback_config.parallelism"},
    Typed{AttributeType::kInteger, "services.*.deploy.update_config.parallelism"},
    Typed{AttributeType::kInteger, "services.*.healthcheck.retries"},
    Typed{AttributeType::kInteger, "services.*.oom_score_adj"},
    Typed{AttributeType::kInteger, "services.*.pids_limit"},
    Typed{AttributeType::kInteger, "services.*.ports.[].target"},
    Typed{AttributeType::kInteger, "services.*.scale"},
    Typed{AttributeType::kInteger, "services.*.ulimits.*"},
    Typed{AttributeType::kInteger, "services.*.ulimits.*.hard"},
    Typed{AttributeType::kInteger, "services.*.ulimits.*.soft"},
    Typed{AttributeType::kNumber, "services.*.cpu_percent"},
    Typed{AttributeType::kNumber, "services.*.cpus"},
    Typed{AttributeType::kNumber, "services.*.deploy.rollback_config.max_failure_ratio"},
    Typed{AttributeType::kNumber, "services.*.deploy.update_config.max_failure_ratio"},
};

std::optional<bool> read_boolean(const std::string& lower) {
  for (const auto spelling : {"true", "y", "yes", "on"}) {
    if (lower == spelling) return true;
  }
  for (const auto spelling : {"false", "n", "no", "off"}) {
    if (lower == spelling) return false;
  }
  return std::nullopt;
}

yaml::Node cast_boolean(const yaml::Node& node, const yaml::NodePath& path, yaml::Findings& findings) {
  const std::string lower = to_lower(node.text());
  const auto value = read_boolean(lower);
  if (!value) {
    findings.faults.push_back({node.position(), path.str(), "must be true or false, not '" + node.text() + "'"});
    return node;
  }
  const std::string meant = *value ? "true" : "false";
  if (lower != meant) {
    findings.warn_once(node.position(),
                       "\"" + node.text() + "\" for boolean is not supported by YAML 1.2, please use `" + meant + "`");
  }
  return yaml::Node::boolean(*value, node.position());
}

}  // namespace

const AttributeTypes& AttributeTypes::root() {
  static const AttributeTypes types = [] {
    AttributeTypes made;
    for (const auto& typed : kTyped) made.add(typed.pattern, typed.type);
    return made;
  }();
  return types;
}

void AttributeTypes::add(std::string_view pattern, AttributeType type) {
  const auto [key, rest] = cut(pattern, '.');
  AttributeTypes& next = below_[key];
  if (rest) {
    next.add(*rest, type);
  } else {
    next.type_ = type;
  }
}

const AttributeTypes* AttributeTypes::below(std::string_view key) const {
  auto found = below_.find(key);
  if (found == below_.end() && key != "[]") found = below_.find("*");
  return found == below_.end() ? nullptr : &found->second;
}

yaml::Node cast_attribute(const yaml::Node& text, AttributeType type, const yaml::NodePath& path,
                          yaml::Findings& findings) {
  const std::string& value = text.text();
  switch (type) {
    case AttributeType::kAny:
      return text;
    case AttributeType::kBoolean:
      return cast_boolean(text, path, findings);
    case AttributeType::kInteger:
      if (const auto number = parse_integer(value)) return yaml::Node::integer(*number, text.position());
      break;
    case AttributeType::kNumber:
      if (const auto number = parse_number(value)) return yaml::Node::floating(*number, text.position());
      break;
  }
  const std::string wanted = type == AttributeType::kInteger ? "an integer" : "a number";
  findings.faults.push_back({text.position(), path.str(), "must be " + wanted + ", not '" + value + "'"});
  return text;
}

}  // namespace berth::compose
