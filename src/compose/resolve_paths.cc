#include <array>

#include "compose/file_path.h"
#include "compose/path_table.h"
#include "compose/resolve.h"
#include "yaml/path.h"

namespace berth::compose {
namespace {

using yaml::Node;
using yaml::NodePath;

class PathResolver {
 public:
  PathResolver(const PathBase& base, yaml::Findings& findings) : base_(base), findings_(findings) {}

  using Rule = void (PathResolver::*)(Node& node, const NodePath& path);
  using Step = PathTable<Rule>::Step;
  static const PathTable<Rule>& rules();

  void walk(Node& node, const Step& step, const NodePath& path) {
    if (step.rule()) return (this->**step.rule())(node, path);
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
  std::string expand_home(const std::string& path) const {
    if (!path.starts_with('~') || base_.home.empty()) return path;
    return join_path(base_.home, path.substr(1));
  }

  static void set(Node& node, std::string path) {
    if (path != node.text()) node = Node::string(std::move(path), node.position());
  }

  void file(Node& node, const NodePath&) {
    if (!node.is_string()) return;
    const std::string path = expand_home(node.text());
    set(node, path.empty() || is_absolute_path(path) ? path : join_path(base_.working_dir, path));
  }

  // A path that may be one of Windows, when the engine runs there; an empty one is the folder itself.
  void any_system_file(Node& node, const NodePath&) {
    if (!node.is_string()) return;
    const std::string path = expand_home(node.text());
    const bool is_absolute = is_absolute_path(path) || is_windows_absolute_path(path);
    set(node, is_absolute ? path : join_path(base_.working_dir, path));
  }

  void build_context(Node& node, const NodePath& path) {
    const std::string& context = node.text();
    constexpr std::array<std::string_view, 3> kRemote = {"github.com/", "git@", "service:"};
    if (context.find("://") != std::string::npos) return;
    for (const std::string_view prefix : kRemote) {
      if (context.starts_with(prefix)) return;
    }
    file(node, path);
  }

  void watched(Node& node, const NodePath& path) {
    file(node, path);
    if (!node.is_string() || node.text().empty()) return;
    const std::string absolute = absolute_path(base_.current_dir, node.text());
    const std::string resolved = base_.reader->resolve_links(absolute);
    if (resolved != absolute) set(node, resolved);
  }

  void mount(Node& node, const NodePath& path) {
    if (!node.is_mapping()) return;
    const Node* type = node.find("type");
    if (type == nullptr || type->text() != "bind") return;
    if (node.find("source") == nullptr) {
      findings_.faults.push_back(
          {node.position(), path.str(), "invalid mount config for type \"bind\": field Source must not be empty"});
      return;
    }
    any_system_file(*node.find_for_edit("source"), path);
  }

  // A volume of the local driver that is a bind mount in fact.
  void volume(Node& node, const NodePath& path) {
    const Node* driver = node.find("driver");
    const Node* options = node.find("driver_opts");
    if (driver == nullptr || driver->text() != "local" || options == nullptr) return;
    const Node* kind = options->find("o");
    if (kind == nullptr || kind->text() != "bind" || options->find("device") == nullptr) return;
    any_system_file(*node.find_for_edit("driver_opts")->find_for_edit("device"), path);
  }

  const PathBase& base_;
  yaml::Findings& findings_;
};

const PathTable<PathResolver::Rule>& PathResolver::rules() {
  static const PathTable<Rule> table = {
      {"services.*.build.context", &PathResolver::build_context},
      {"services.*.build.additional_contexts.*", &PathResolver::build_context},
      {"services.*.build.ssh.*", &PathResolver::any_system_file},
      {"services.*.env_file.*.path", &PathResolver::file},
      {"services.*.label_file.*", &PathResolver::file},
      {"services.*.extends.file", &PathResolver::file},
      {"services.*.develop.watch.*.path", &PathResolver::watched},
      {"services.*.volumes.*", &PathResolver::mount},
      {"configs.*.file", &PathResolver::any_system_file},
      {"secrets.*.file", &PathResolver::any_system_file},
      {"volumes.*", &PathResolver::volume},
  };
  return table;
}

}  // namespace

void resolve_paths(Node& model, const PathBase& base, yaml::Findings& findings) {
  PathResolver(base, findings).walk(model, PathResolver::rules().root(), NodePath());
}

}  // namespace berth::compose
