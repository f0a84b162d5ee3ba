#include "compose/merge.h"

#include <algorithm>
#include <string>
#include <utility>

#include "compose/path_table.h"
#include "yaml/path.h"

namespace berth::compose {
namespace {

using yaml::Mapping;
using yaml::Node;
using yaml::NodePath;

enum class Rule { kReplace, kToList, kExtraHosts, kBuild, kDependsOn, kKeys, kLogging, kIpamConfig };

const PathTable<Rule>& rules() {
  static const PathTable<Rule> table = {
      {"networks.*.ipam.config", Rule::kIpamConfig},
      {"networks.*.labels", Rule::kToList},
      {"volumes.*.labels", Rule::kToList},
      {"services.*.annotations", Rule::kToList},
      {"services.*.build", Rule::kBuild},
      {"services.*.build.args", Rule::kToList},
      {"services.*.build.additional_contexts", Rule::kToList},
      {"services.*.build.extra_hosts", Rule::kExtraHosts},
      {"services.*.build.labels", Rule::kToList},
      {"services.*.command", Rule::kReplace},
      {"services.*.depends_on", Rule::kDependsOn},
      {"services.*.deploy.labels", Rule::kToList},
      {"services.*.dns", Rule::kToList},
      {"services.*.dns_opt", Rule::kToList},
      {"services.*.dns_search", Rule::kToList},
      {"services.*.entrypoint", Rule::kReplace},
      {"services.*.env_file", Rule::kToList},
      {"services.*.label_file", Rule::kToList},
      {"services.*.environment", Rule::kToList},
      {"services.*.extra_hosts", Rule::kExtraHosts},
      {"services.*.healthcheck.test", Rule::kReplace},
      {"services.*.labels", Rule::kToList},
      {"services.*.volumes.*.volume.labels", Rule::kToList},
      {"services.*.logging", Rule::kLogging},
      {"services.*.models", Rule::kKeys},
      {"services.*.networks", Rule::kKeys},
      {"services.*.sysctls", Rule::kToList},
      {"services.*.tmpfs", Rule::kToList},
      {"services.*.ulimits.*", Rule::kReplace},
  };
  return table;
}

using Step = PathTable<Rule>::Step;

// A mapping as "key=value" texts sorted by them, a text as a list of one: the form in which both sides can be joined.
Node::Sequence as_list(const Node& value) {
  if (value.is_sequence()) return value.items();
  if (value.is_string()) return {value};
  Node::Sequence list;
  for (const auto& [key, key_position, item] : value.entries()) {
    if (item.is_null()) {
      list.push_back(Node::string(key, key_position));
    } else if (item.is_sequence()) {
      for (const Node& one : item.items()) list.push_back(Node::string(key + "=" + one.to_display(), one.position()));
    } else {
      list.push_back(Node::string(key + "=" + item.to_display(), item.position()));
    }
  }
  std::stable_sort(list.begin(), list.end(), [](const Node& a, const Node& b) { return a.text() < b.text(); });
  return list;
}

// A list of names as a mapping from each to `value`.
Node as_mapping(const Node& node, const Node& value) {
  if (!node.is_sequence()) return node.is_mapping() ? node : Node::mapping(node.position());
  Mapping entries;
  for (const Node& item : node.items()) {
    Node copy = value;
    copy.set_position(item.position());
    entries.insert_or_assign(item.to_display(), std::move(copy), item.position());
  }
  return Node::mapping(std::move(entries), node.position());
}

Node started() {
  Mapping entries;
  entries.insert("condition", Node::string("service_started"));
  entries.insert("required", Node::boolean(true));
  return Node::mapping(std::move(entries));
}

Node as_build(const Node& node) {
  if (!node.is_string()) return node.is_mapping() ? node : Node::mapping(node.position());
  Mapping entries;
  entries.insert("context", node);
  return Node::mapping(std::move(entries), node.position());
}

class Merger {
 public:
  explicit Merger(yaml::Findings& findings) : findings_(findings) {}

  Node merge(Node base, const Node& over, const Step* step, const NodePath& path) {
    if (step != nullptr && step->rule()) return merge_by_rule(*step->rule(), std::move(base), over, step, path);
    if (over.is_null()) return base;
    if (base.is_mapping() && over.is_mapping()) return merge_mappings(std::move(base), over, step, path);
    if (base.is_sequence() && over.is_sequence()) return append(std::move(base), over.items());
    if (!base.is_scalar()) {
      findings_.faults.push_back(
          {over.position(), path.str(),
           "cannot override " + std::string(describe(base.kind())) + " with " + std::string(describe(over.kind()))});
      return base;
    }
    return over;
  }

 private:
  Node merge_by_rule(Rule rule, Node base, const Node& over, const Step* step, const NodePath& path) {
    switch (rule) {
      case Rule::kReplace:
        return over;
      case Rule::kToList:
        return append(Node::sequence(as_list(base), base.position()), as_list(over));
      case Rule::kExtraHosts:
        return merge_extra_hosts(base, over);
      case Rule::kBuild:
        return merge_mappings(as_build(base), as_build(over), step, path);
      case Rule::kDependsOn:
        return merge_mappings(as_mapping(base, started()), as_mapping(over, started()), step, path);
      case Rule::kKeys:
        return merge_mappings(as_mapping(base, Node()), as_mapping(over, Node()), step, path);
      case Rule::kLogging:
        return merge_logging(std::move(base), over, step, path);
      case Rule::kIpamConfig:
        return merge_ipam_config(base, over, step, path);
    }
    return base;
  }

  Node merge_mappings(Node base, const Node& over, const Step* step, const NodePath& path) {
    Mapping& entries = base.edit_entries();
    for (const auto& [key, key_position, value] : over.entries()) {
      const auto [mine, inserted] = entries.insert(key, value, key_position);
      if (inserted) continue;
      const Step* next = step != nullptr ? step->next(key) : nullptr;
      *mine = merge(std::move(*mine), value, next, NodePath(path, key));
    }
    return base;
  }

  static Node append(Node base, const Node::Sequence& items) {
    Node::Sequence& list = base.edit_items();
    list.insert(list.end(), items.begin(), items.end());
    return base;
  }

  static Node merge_extra_hosts(const Node& base, const Node& over) {
    Node::Sequence list = as_list(base);
    const Node::Sequence known = list;
    for (Node& host : as_list(over)) {
      const auto is_same = [&](const Node& other) { return other.to_display() == host.to_display(); };
      if (std::none_of(known.begin(), known.end(), is_same)) list.push_back(std::move(host));
    }
    return Node::sequence(std::move(list), base.position());
  }

  // Options of another driver mean nothing to this one.
  Node merge_logging(Node base, const Node& over, const Step* step, const NodePath& path) {
    if (!base.is_mapping() || !over.is_mapping()) return over.is_null() ? base : over;
    const Node* mine = base.find("driver");
    const Node* theirs = over.find("driver");
    if (mine != nullptr && theirs != nullptr && !same_value(*mine, *theirs)) return over;
    return merge_mappings(std::move(base), over, step, path);
  }

  // Pools are the same when their subnets are. A pool of the base that no pool of the override matches is dropped, as
  // the reference does.
  Node merge_ipam_config(const Node& base, const Node& over, const Step* step, const NodePath& path) {
    if (!base.is_sequence() || !over.is_sequence()) {
      const Node& wrong = base.is_sequence() ? over : base;
      findings_.faults.push_back({wrong.position(), path.str(), "must be a list"});
      return over;
    }
    const auto subnet_of = [](const Node& pool) {
      const Node* subnet = pool.find("subnet");
      return subnet != nullptr ? subnet->to_display() : std::string();
    };
    Node::Sequence pools;
    const auto find = [&](const std::string& subnet) {
      return std::find_if(pools.begin(), pools.end(), [&](const Node& pool) { return subnet_of(pool) == subnet; });
    };
    for (const Node& original : base.items()) {
      Node mine = original;
      for (const Node& theirs : over.items()) {
        const std::string subnet = subnet_of(theirs);
        if (subnet != subnet_of(mine) && find(subnet) == pools.end()) {
          pools.push_back(theirs);
          continue;
        }
        mine = merge_mappings(std::move(mine), theirs, step, path);
        const auto known = find(subnet_of(mine));
        if (known != pools.end()) {
          *known = mine;
        } else {
          pools.push_back(mine);
        }
      }
    }
    return Node::sequence(std::move(pools), over.position());
  }

  yaml::Findings& findings_;
};

}  // namespace

Node merge_files(Node base, const Node& over, yaml::Findings& findings) {
  if (base.is_null()) base = Node::mapping(over.position());
  return Merger(findings).merge(std::move(base), over, &rules().root(), NodePath());
}

Node merge_services(Node base, const Node& over, std::string_view name, yaml::Findings& findings) {
  const NodePath root;
  const NodePath services(root, "services");
  return Merger(findings).merge(std::move(base), over, rules().at({"services", name}), NodePath(services, name));
}

}  // namespace berth::compose
