#include "compose/attribute_types.h"

#include <string>

#include "base/strings.h"

namespace berth::compose {
namespace {

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
    findings.faults.push_back({node.position(), path.str(), "must be true or false, not '" + node.text() + "'", true});
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

const AttributeTypes& attribute_types() {
  static const AttributeTypes types = {
      {"configs.*.external", AttributeType::kBoolean},
      {"networks.*.attachable", AttributeType::kBoolean},
      {"networks.*.enable_ipv4", AttributeType::kBoolean},
      {"networks.*.enable_ipv6", AttributeType::kBoolean},
      {"networks.*.external", AttributeType::kBoolean},
      {"networks.*.internal", AttributeType::kBoolean},
      {"secrets.*.external", AttributeType::kBoolean},
      {"services.*.depends_on.*.required", AttributeType::kBoolean},
      {"services.*.depends_on.*.restart", AttributeType::kBoolean},
      {"services.*.healthcheck.disable", AttributeType::kBoolean},
      {"services.*.init", AttributeType::kBoolean},
      {"services.*.oom_kill_disable", AttributeType::kBoolean},
      {"services.*.privileged", AttributeType::kBoolean},
      {"services.*.read_only", AttributeType::kBoolean},
      {"services.*.stdin_open", AttributeType::kBoolean},
      {"services.*.tty", AttributeType::kBoolean},
      {"services.*.volumes.*.read_only", AttributeType::kBoolean},
      {"services.*.volumes.*.volume.nocopy", AttributeType::kBoolean},
      {"volumes.*.external", AttributeType::kBoolean},
      {"services.*.cpu_count", AttributeType::kInteger},
      {"services.*.cpu_period", AttributeType::kInteger},
      {"services.*.cpu_quota", AttributeType::kInteger},
      {"services.*.cpu_rt_period", AttributeType::kInteger},
      {"services.*.cpu_rt_runtime", AttributeType::kInteger},
      {"services.*.cpu_shares", AttributeType::kInteger},
      {"services.*.deploy.placement.max_replicas_per_node", AttributeType::kInteger},
      {"services.*.deploy.replicas", AttributeType::kInteger},
      {"services.*.deploy.restart_policy.max_attempts", AttributeType::kInteger},
      {"services.*.deploy.rollback_config.parallelism", AttributeType::kInteger},
      {"services.*.deploy.update_config.parallelism", AttributeType::kInteger},
      {"services.*.healthcheck.retries", AttributeType::kInteger},
      {"services.*.oom_score_adj", AttributeType::kInteger},
      {"services.*.pids_limit", AttributeType::kInteger},
      {"services.*.ports.*.target", AttributeType::kInteger},
      {"services.*.scale", AttributeType::kInteger},
      {"services.*.ulimits.*", AttributeType::kInteger},
      {"services.*.ulimits.*.hard", AttributeType::kInteger},
      {"services.*.ulimits.*.soft", AttributeType::kInteger},
      {"services.*.cpu_percent", AttributeType::kNumber},
      {"services.*.cpus", AttributeType::kNumber},
      {"services.*.deploy.rollback_config.max_failure_ratio", AttributeType::kNumber},
      {"services.*.deploy.update_config.max_failure_ratio", AttributeType::kNumber},
  };
  return types;
}

yaml::Node cast_attribute(const yaml::Node& text, AttributeType type, const yaml::NodePath& path,
                          yaml::Findings& findings) {
  const std::string& value = text.text();
  switch (type) {
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
  findings.faults.push_back({text.position(), path.str(), "must be " + wanted + ", not '" + value + "'", true});
  return text;
}

}  // namespace berth::compose
