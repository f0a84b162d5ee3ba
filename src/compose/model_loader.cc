#include "compose/model_loader.h"

#include <algorithm>

#include "base/error.h"
#include "compose/canonical.h"
#include "compose/file_path.h"
#include "compose/merge.h"
#include "compose/resolve.h"
#include "compose/schema.h"
#include "compose/unique.h"
#include "yaml/parse.h"

namespace berth::compose {

using yaml::Node;
using yaml::NodePath;

Node ModelLoader::load(const std::vector<std::string>& files, const Scope& scope) {
  Node model = Node::mapping();
  for (const std::string& file : files) load_file(file, scope, model);
  // What follows counts on the shapes that the schema promises.
  if (!findings_.may_go_on()) return model;
  set_defaults(model);
  check_values(model, findings_);
  if (settings_.resolve_paths) {
    resolve_paths(model, {scope.working_dir, settings_.home, &reader_, settings_.current_dir}, findings_);
  }
  resolve_listed_variables(model, *scope.variables);
  return model;
}

const std::vector<Node>& ModelLoader::documents_of(const std::string& path, const Node& mentioned,
                                                   const NodePath& mentioned_path) {
  const auto known = documents_.find(path);
  if (known != documents_.end()) return known->second;
  std::vector<Node>& documents = documents_[path];
  const auto text = reader_.read(path);
  if (!text) {
    fault(mentioned, mentioned_path, "file '" + display_name(path) + "' does not exist");
    return documents;
  }
  yaml::ParseResult parsed = yaml::parse(*text, display_name(path));
  findings_.faults.insert(findings_.faults.end(), parsed.faults.begin(), parsed.faults.end());
  documents = std::move(parsed.documents);
  return documents;
}

void ModelLoader::load_file(const std::string& path, const Scope& scope, Node& model) {
  // Taken, not copied, so that they can be changed in place; who extends a service of this file has it read again.
  documents_of(path, Node(), NodePath());
  std::vector<Node> documents = std::move(documents_.extract(path).mapped());
  for (Node& document : documents) {
    model = load_document(std::move(document), path, scope, std::move(model));
  }
}

// One document on top of the model. The order is the reference's: what a document extends and includes is part of it
// before it goes over the files before.
Node ModelLoader::load_document(Node document, const std::string& path, const Scope& scope, Node model) {
  if (!document.is_mapping()) {
    fault(document, NodePath(), "top-level object must be a mapping");
    return model;
  }
  const std::vector<ResetPath> resets = take_resets(document);
  document = interpolated(std::move(document), scope);
  apply_extends(document, path, scope, resets);
  apply_resets(resets, model);
  std::vector<std::string> included = scope.included;
  included.push_back(path);
  apply_include(document, scope, included);

  model = merge_files(std::move(model), document, findings_);
  enforce_unique(model, findings_);
  check_schema(model);
  if (!findings_.may_go_on()) return model;
  if (const Node* version = model.find("version")) {
    findings_.warn_once(version->position(),
                        "the attribute `version` is obsolete, it will be ignored, please remove it to avoid potential "
                        "confusion");
    model.edit_entries().erase("version");
  }
  make_canonical(model, !settings_.interpolate, findings_);
  // Long forms can reveal what short ones hide: a range of ports that meets an override.
  enforce_unique(model, findings_);
  return model;
}

void ModelLoader::check_schema(const Node& model) {
  const std::vector<yaml::Diagnostic> known = findings_.faults;
  for (yaml::Diagnostic& wrong : validate_schema(model)) {
    // A value that could not be read stands as null: what the schema has to say of that is no news.
    const bool said = std::any_of(known.begin(), known.end(), [&](const yaml::Diagnostic& fault) {
      return !fault.path.empty() && wrong.path.starts_with(fault.path);
    });
    if (!said) findings_.faults.push_back(std::move(wrong));
  }
}

Node ModelLoader::interpolated(Node document, const Scope& scope) {
  return settings_.interpolate ? interpolate(std::move(document), lookup_in(scope), findings_) : document;
}

Lookup ModelLoader::lookup_in(const Scope& scope) const {
  return [variables = scope.variables](std::string_view name) -> std::optional<std::string> {
    const auto found = variables->find(name);
    if (found == variables->end()) return std::nullopt;
    return found->second;
  };
}

std::string ModelLoader::display_name(const std::string& path) const {
  const std::string prefix = settings_.current_dir + "/";
  return path.starts_with(prefix) ? path.substr(prefix.size()) : path;
}

std::string ModelLoader::folder_in(const Scope& scope, const std::string& path) const {
  std::string folder = absolute_path(scope.resource_dir, path);
  if (reader_.type_of(folder) != FileReader::Type::kFolder) {
    folder = absolute_path(scope.resource_dir, folder_of(path));
  }
  return relative_path(scope.resource_dir, folder).value_or(folder);
}

std::optional<ModelLoader::Place> ModelLoader::place_of(const Scope& scope, const std::string& name,
                                                        const Node& mentioned, const NodePath& path) {
  if (!reader_.is_remote(name)) return Place{absolute_path(scope.resource_dir, name), folder_in(scope, name)};
  try {
    const std::string file = reader_.fetch(name);
    return Place{file, folder_of(file)};
  } catch (const Error& error) {
    if (error.kind() == Kind::kCancelled) throw;
    fault(mentioned, path, error.message());
    return std::nullopt;
  }
}

void ModelLoader::fault(const Node& node, const NodePath& path, std::string message) {
  findings_.faults.push_back({node.position(), path.str(), std::move(message)});
}

}  // namespace berth::compose
