#include "compose/canonical.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/strings.h"
#include "compose/canonical_port.h"
#include "compose/canonical_volume.h"
#include "compose/path_table.h"
#include "yaml/path.h"

namespace berth::compose {
namespace {

using yaml::Mapping;
using yaml::Node;
using yaml::NodePath;

class Canonicaliser {
 public:
  Canonicaliser(bool keep_malformed, yaml::Findings& findings) : keep_malformed_(keep_malformed), findings_(findings) {}

  using Rule = void (Canonicaliser::*)(Node& node, const NodePath& path);
  using Step = PathTable<Rule>::Step;
  static const PathTable<Rule>& rules();

  // What a value becomes is decided from the outside in: a build given as a text is a mapping before its parts are
  // looked at.
  void walk(Node& node, const Step& step, const NodePath& path) {
    if (step.rule()) (this->**step.rule())(node, path);
    if (step.is_last()) return;
    if (node.is_mapping()) {
      for (std::size_t i = 0; i < node.size(); ++i) {
        const Step* next = step.next(node.entries()[i].key);
        if (next == nullptr) continue;
        const std::string key = node.entries()[i].key;
        walk(node.edit_entries().value_at(i), *next, NodePath(path, key));
      }
    } else if (node.is_sequence() && step.next() != nullptr) {
      Node::Sequence& items = node.edit_items();
      for (std::size_t i = 0; i < items.size(); ++i) walk(items[i], *step.next(), NodePath(path, i));
    }
  }

 private:
  void fault(const Node& node, const NodePath& path, std::string message) {
    findings_.faults.push_back({node.position(), path.str(), std::move(message)});
  }
  void wrong_kind(const Node& node, const NodePath& path) {
    fault(node, path, "must not be " + std::string(describe(node.kind())));
  }

  void build(Node& node, const NodePath& path) {
    if (node.is_mapping()) return;
    if (!node.is_string()) return wrong_kind(node, path);
    const Node context = node;
    node = Node::mapping(context.position());
    node.edit_entries().insert("context", context);
  }

  void flag_text(Node& node, const NodePath&) {
    if (!node.is_string()) node = Node::string(node.to_display(), node.position());
  }

  void key_values(Node& node, const NodePath& path) {
    if (node.is_mapping()) return;
    if (!node.is_sequence()) return wrong_kind(node, path);
    Mapping entries;
    for (std::size_t i = 0; i < node.size(); ++i) {
      const Node& item = node.items()[i];
      const auto [key, value] = cut(item.text(), '=');
      if (!value) {
        if (!keep_malformed_) fault(item, NodePath(path, i), "must be KEY=VALUE, not '" + item.text() + "'");
        return;
      }
      entries.insert_or_assign(key, Node::string(std::string(*value), item.position()));
    }
    node = Node::mapping(std::move(entries), node.position());
  }

  void depends_on(Node& node, const NodePath& path) {
    if (node.is_sequence()) {
      Mapping entries;
      for (const Node& item : node.items()) entries.insert_or_assign(item.to_display(), Node::mapping(item.position()));
      node = Node::mapping(std::move(entries), node.position());
    }
    if (!node.is_mapping()) return wrong_kind(node, path);
    for (std::size_t i = 0; i < node.size(); ++i) {
      Node& dependency = node.edit_entries().value_at(i);
      if (!dependency.is_mapping()) {
        wrong_kind(dependency, NodePath(path, node.entries()[i].key));
        continue;
      }
      const yaml::Position position = dependency.position();
      dependency.edit_entries().insert("condition", Node::string("service_started", position));
      dependency.edit_entries().insert("required", Node::boolean(true, position));
    }
  }

  void env_file(Node& node, const NodePath& path) {
    text_or_list(node, path);
    if (!node.is_sequence()) return wrong_kind(node, path);
    for (Node& item : node.edit_items()) {
      if (item.is_string()) {
        const Node file = item;
        item = Node::mapping(file.position());
        item.edit_entries().insert("path", file);
      }
      if (item.is_mapping()) item.edit_entries().insert("required", Node::boolean(true, item.position()));
    }
  }

  void text_or_list(Node& node, const NodePath&) {
    if (node.is_string()) node = Node::sequence({node}, node.position());
  }

  void extends(Node& node, const NodePath& path) {
    if (node.is_mapping()) return;
    if (!node.is_string()) return wrong_kind(node, path);
    const Node service = node;
    node = Node::mapping(service.position());
    node.edit_entries().insert("service", service);
  }

  void gpus(Node& node, const NodePath& path) {
    if (node.is_sequence()) return;
    if (!node.is_string()) return wrong_kind(node, path);
    Node all = Node::mapping(node.position());
    all.edit_entries().insert("count", Node::string("all", node.position()));
    node = Node::sequence({std::move(all)}, node.position());
  }

  void names(Node& node, const NodePath&) {
    if (!node.is_sequence()) return;
    Mapping entries;
    for (const Node& item : node.items()) {
      Node none;
      none.set_position(item.position());
      entries.insert_or_assign(item.to_display(), std::move(none), item.position());
    }
    node = Node::mapping(std::move(entries), node.position());
  }

  void volume(Node& node, const NodePath& path) {
    if (node.is_mapping()) return;
    if (!node.is_string()) return wrong_kind(node, path);
    std::string problem;
    if (auto mount = long_volume(node, problem)) {
      node = std::move(*mount);
    } else if (!keep_malformed_) {
      fault(node, path, problem);
    }
  }

  void device(Node& node, const NodePath& path) {
    if (node.is_mapping()) return;
    if (!node.is_string()) return wrong_kind(node, path);
    const std::vector<std::string> parts = split(node.text(), ':');
    if (parts.size() > 3 && !keep_malformed_) {
      return fault(node, path, "confusing device mapping, please use long syntax: " + node.text());
    }
    const bool is_clear = parts.size() <= 3;
    const std::string source = is_clear ? parts[0] : "";
    const std::string target = is_clear && parts.size() > 1 && !parts[1].empty() ? parts[1] : source;
    const yaml::Position position = node.position();
    Mapping entries;
    entries.insert("source", Node::string(source, position));
    entries.insert("target", Node::string(target, position));
    entries.insert("permissions", Node::string(is_clear && parts.size() > 2 ? parts[2] : "rwm", position));
    node = Node::mapping(std::move(entries), position);
  }

  void grant(Node& node, const NodePath& path) {
    if (node.is_mapping()) return;
    if (!node.is_string()) return wrong_kind(node, path);
    const Node source = node;
    node = Node::mapping(source.position());
    node.edit_entries().insert("source", source);
  }

  void ports(Node& node, const NodePath& path) {
    if (!node.is_sequence()) return wrong_kind(node, path);
    Node::Sequence list;
    for (std::size_t i = 0; i < node.size(); ++i) {
      const Node& item = node.items()[i];
      if (item.is_mapping()) {
        list.push_back(item);
      } else if (item.is_string() || item.is_integer()) {
        std::string problem;
        Node::Sequence long_forms = long_ports(item, problem);
        // One port that cannot be read yet leaves the whole list as it was written.
        if (!problem.empty() && keep_malformed_) return;
        if (!problem.empty()) fault(item, NodePath(path, i), problem);
        std::move(long_forms.begin(), long_forms.end(), std::back_inserter(list));
      } else {
        wrong_kind(item, NodePath(path, i));
      }
    }
    node.edit_items() = std::move(list);
  }

  void ssh(Node& node, const NodePath& path) {
    if (node.is_mapping()) return;
    if (!node.is_sequence()) return wrong_kind(node, path);
    Mapping entries;
    for (std::size_t i = 0; i < node.size(); ++i) {
      const Node& item = node.items()[i];
      // "id=path", or "id: path" as `config` prints it, which docker compose itself does not read.
      const std::string_view text = item.text();
      const std::size_t end = std::min(text.find('='), text.find(": "));
      const std::string_view id = text.substr(0, end);
      Node value;
      if (end != std::string_view::npos) {
        value = Node::string(std::string(text.substr(end + (text[end] == '=' ? 1 : 2))), item.position());
      } else if (id != "default") {
        fault(item, NodePath(path, i), "invalid ssh key '" + item.text() + "'");
      }
      entries.insert_or_assign(id, std::move(value), item.position());
    }
    node = Node::mapping(std::move(entries), node.position());
  }

  void ulimit(Node& node, const NodePath& path) {
    if (!node.is_mapping() && !node.is_integer()) wrong_kind(node, path);
  }

  // external: {name: x} of old is external: true and name: x.
  void external(Node& node, const NodePath& path) {
    if (!node.is_mapping()) return;
    const Node* old = node.find("external");
    if (old == nullptr || !old->is_mapping()) return;
    const yaml::Position position = old->position();
    std::optional<Node> old_name;
    if (const Node* found = old->find("name")) old_name = *found;
    node.edit_entries().insert_or_assign("external", Node::boolean(true, position));
    if (!old_name) return;
    findings_.warn_once(position, path.str() + ": external.name is deprecated. Please set name and external: true");
    const Node* name = node.find("name");
    if (name != nullptr && !same_value(*name, *old_name)) {
      return fault(*old_name, path, "name and external.name conflict; only use name");
    }
    node.edit_entries().insert("name", *old_name);
  }

  const bool keep_malformed_;
  yaml::Findings& findings_;
};

const PathTable<Canonicaliser::Rule>& Canonicaliser::rules() {
  static const PathTable<Rule> table = {
      {"services.*.build", &Canonicaliser::build},
      {"services.*.build.secrets.*", &Canonicaliser::grant},
      {"services.*.build.provenance", &Canonicaliser::flag_text},
      {"services.*.build.sbom", &Canonicaliser::flag_text},
      {"services.*.build.additional_contexts", &Canonicaliser::key_values},
      {"services.*.build.ssh", &Canonicaliser::ssh},
      {"services.*.build.ulimits.*", &Canonicaliser::ulimit},
      {"services.*.depends_on", &Canonicaliser::depends_on},
      {"services.*.env_file", &Canonicaliser::env_file},
      {"services.*.label_file", &Canonicaliser::text_or_list},
      {"services.*.extends", &Canonicaliser::extends},
      {"services.*.gpus", &Canonicaliser::gpus},
      {"services.*.networks", &Canonicaliser::names},
      {"services.*.models", &Canonicaliser::names},
      {"services.*.volumes.*", &Canonicaliser::volume},
      {"services.*.dns", &Canonicaliser::text_or_list},
      {"services.*.devices.*", &Canonicaliser::device},
      {"services.*.secrets.*", &Canonicaliser::grant},
      {"services.*.configs.*", &Canonicaliser::grant},
      {"services.*.ports", &Canonicaliser::ports},
      {"services.*.ulimits.*", &Canonicaliser::ulimit},
      {"services.*.develop.watch.*.ignore", &Canonicaliser::text_or_list},
      {"services.*.develop.watch.*.include", &Canonicaliser::text_or_list},
      {"volumes.*", &Canonicaliser::external},
      {"networks.*", &Canonicaliser::external},
      {"secrets.*", &Canonicaliser::external},
      {"configs.*", &Canonicaliser::external},
  };
  return table;
}

// An empty dns server says nothing.
void drop_empty_dns(Node& model) {
  Node* services = model.find_for_edit("services");
  if (services == nullptr || !services->is_mapping()) return;
  for (std::size_t i = 0; i < services->size(); ++i) {
    const Node* dns = services->entries()[i].value.find("dns");
    if (dns == nullptr || !dns->is_sequence()) continue;
    Node::Sequence kept;
    for (const Node& server : dns->items()) {
      if (!server.is_null() && !(server.is_string() && server.text().empty())) kept.push_back(server);
    }
    if (kept.size() != dns->size()) {
      services->edit_entries().value_at(i).find_for_edit("dns")->edit_items() = std::move(kept);
    }
  }
}

}  // namespace

void make_canonical(Node& model, bool keep_malformed, yaml::Findings& findings) {
  Canonicaliser(keep_malformed, findings).walk(model, Canonicaliser::rules().root(), NodePath());
  drop_empty_dns(model);
}

}  // namespace berth::compose
