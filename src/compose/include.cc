// `include`: other compose applications as parts of this one, each with its own folder and variables.
#include <algorithm>

#include "compose/file_path.h"
#include "compose/model_loader.h"

namespace berth::compose {

using yaml::Node;
using yaml::NodePath;

// One entry of `include` in its long form.
struct ModelLoader::Inclusion {
  const Node& node;
  const NodePath& path;
  std::vector<std::string> files;
  std::string project_directory;
  std::vector<std::string> env_files;
};

namespace {

std::vector<std::string> texts(const Node* node) {
  std::vector<std::string> list;
  if (node == nullptr) return list;
  if (node->is_string()) list.push_back(node->text());
  for (const Node& item : node->items()) list.push_back(item.to_display());
  return list;
}

}  // namespace

void ModelLoader::apply_include(Node& document, const Scope& scope, const std::vector<std::string>& included) {
  const Node* found = document.find("include");
  if (found == nullptr) return;
  const Node inclusions = *found;
  const NodePath root;
  const NodePath path(root, "include");
  document.edit_entries().erase("include");
  if (!inclusions.is_sequence() && !inclusions.is_null()) return fault(inclusions, path, "must be a list");
  for (std::size_t i = 0; i < inclusions.items().size(); ++i) {
    const Node& item = inclusions.items()[i];
    const NodePath item_path(path, i);
    Inclusion inclusion{item, item_path, texts(item.is_mapping() ? item.find("path") : &item), {}, {}};
    if (const Node* folder = item.find("project_directory")) inclusion.project_directory = folder->to_display();
    inclusion.env_files = texts(item.find("env_file"));
    if (inclusion.files.empty()) {
      fault(item, item_path, "must name a file");
      continue;
    }
    include(inclusion, document, scope, included);
  }
}

void ModelLoader::include(const Inclusion& inclusion, Node& document, const Scope& scope,
                          const std::vector<std::string>& included) {
  Scope inner;
  std::vector<std::string> files;
  std::string own_folder;
  for (const std::string& file : inclusion.files) {
    const auto place = place_of(scope, file, inclusion.node, inclusion.path);
    if (!place) return;
    if (files.empty()) own_folder = place->folder;
    files.push_back(place->file);
  }
  // The first file is the application, the others go over it.
  const std::string& folder = inclusion.project_directory;
  if (folder.empty()) {
    inner.working_dir = own_folder;
    inner.resource_dir = folder_of(files[0]);
  } else if (!is_absolute_path(folder)) {
    inner.working_dir = folder_in(scope, folder);
    inner.resource_dir = absolute_path(settings_.current_dir, join_path(scope.working_dir, folder));
  } else {
    inner.working_dir = folder;
    inner.resource_dir = folder;
  }
  if (std::find(included.begin(), included.end(), files[0]) != included.end()) {
    std::string text = "include cycle: ";
    for (const std::string& file : included) text += display_name(file) + " includes ";
    return fault(inclusion.node, inclusion.path, text + display_name(files[0]));
  }
  for (const std::string& file : files) {
    if (reader_.type_of(file) != FileReader::Type::kFile) {
      return fault(inclusion.node, inclusion.path, "file '" + display_name(file) + "' does not exist");
    }
  }
  const Variables variables = variables_of_inclusion(inclusion, inner.resource_dir, scope);
  inner.variables = &variables;
  inner.included = included;
  const Node imported = load(files, inner);
  import_resources(imported, document);
}

// The including application's variables win over those of the included one's env files.
Variables ModelLoader::variables_of_inclusion(const Inclusion& inclusion, const std::string& folder,
                                              const Scope& scope) {
  std::vector<std::string> files;
  if (inclusion.env_files.empty()) {
    const std::string usual = join_path(folder, ".env");
    if (reader_.type_of(usual) == FileReader::Type::kFile) files.push_back(usual);
  }
  for (const std::string& name : inclusion.env_files) {
    const std::string file =
        absolute_path(settings_.current_dir, is_absolute_path(name) ? name : join_path(scope.working_dir, name));
    if (reader_.type_of(file) == FileReader::Type::kFile) {
      files.push_back(file);
    } else {
      fault(inclusion.node, inclusion.path, "env file '" + display_name(file) + "' does not exist");
    }
  }
  Variables own;
  for (const std::string& file : files) {
    read_env_file(reader_.read(file).value_or(""), display_name(file), lookup_in(scope), own, findings_);
  }
  Variables variables = *scope.variables;
  variables.merge(own);
  return variables;
}

void ModelLoader::import_resources(const Node& from, Node& into) {
  const NodePath root;
  for (const std::string_view section : {"services", "volumes", "networks", "secrets", "configs", "models"}) {
    const Node* imported = from.find(section);
    if (imported == nullptr || !imported->is_mapping()) continue;
    const NodePath section_path(root, section);
    Node* own = into.find_for_edit(section);
    if (own == nullptr) own = &into.edit_entries().insert_or_assign(section, Node::mapping(imported->position()));
    if (!own->is_mapping() && !own->is_null()) continue;
    for (const auto& [key, key_position, value] : imported->entries()) {
      const auto [mine, inserted] = own->edit_entries().insert(key, value, key_position);
      if (inserted || same_value(*mine, value)) continue;
      fault(*mine, NodePath(section_path, key), "conflicts with imported resource at " + key_position.str());
    }
  }
}

}  // namespace berth::compose
