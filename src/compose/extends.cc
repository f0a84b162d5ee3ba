// `extends`: a service that starts from another one, of the same file or of another.
#include <algorithm>

#include "compose/canonical.h"
#include "compose/file_path.h"
#include "compose/merge.h"
#include "compose/model_loader.h"
#include "compose/resolve.h"
#include "compose/unique.h"

namespace berth::compose {

using yaml::Node;
using yaml::NodePath;

void ModelLoader::apply_extends(Node& document, const std::string& path, const Scope& scope,
                                const std::vector<ResetPath>& resets) {
  const Node* found = document.find("services");
  if (found == nullptr || !found->is_mapping()) return;
  const auto extends_something = [](const auto& entry) { return entry.value.find("extends") != nullptr; };
  if (std::none_of(found->entries().begin(), found->entries().end(), extends_something)) return;
  Node& services = *document.find_for_edit("services");
  for (std::size_t i = 0; i < services.size(); ++i) {
    const std::string name = services.entries()[i].key;
    if (services.entries()[i].value.find("extends") == nullptr) continue;
    Node merged = extended(name, services, path, scope, resets, {});
    services.edit_entries().insert_or_assign(name, std::move(merged));
  }
}

// The service with all that it extends below it; services of the same file that were needed on the way are replaced by
// their own results, so that each is made once.
Node ModelLoader::extended(const std::string& name, Node& services, const std::string& file, const Scope& scope,
                           const std::vector<ResetPath>& resets, std::vector<Link> chain) {
  Node service = *services.find(name);
  const Node* extends = service.find("extends");
  if (extends == nullptr) return service;
  const NodePath root;
  const NodePath services_path(root, "services");
  const NodePath service_path(services_path, name);
  const NodePath path(service_path, "extends");

  const Node* ref = extends->is_string() ? extends : extends->find("service");
  if (ref == nullptr || !ref->is_string()) {
    fault(*extends, path, "must name a service");
    return service;
  }
  const Node* base_file = extends->find("file");
  const Link link{file, name};
  if (std::find(chain.begin(), chain.end(), link) != chain.end()) {
    std::string text = "circular reference: ";
    for (const Link& known : chain) text += "'" + known.service + "' in " + display_name(known.file) + " extends ";
    fault(*extends, path, text + "'" + name + "'");
    return service;
  }
  chain.push_back(link);

  Node base;
  if (base_file != nullptr && !base_file->is_null()) {
    const auto place = place_of(scope, base_file->text(), *base_file, path);
    if (!place) return service;
    const Base& from = base_of(*place, scope, *base_file, path);
    if (!from.ok) return service;
    if (from.services.find(ref->text()) == nullptr) {
      fault(*ref, path, "service '" + ref->text() + "' is not in " + display_name(place->file));
      return service;
    }
    Node base_services = from.services;
    base = extended(ref->text(), base_services, place->file, scope, from.resets, std::move(chain));
  } else {
    if (services.find(ref->text()) == nullptr) {
      fault(*ref, path, "service '" + ref->text() + "' is not in " + display_name(file));
      return service;
    }
    base = extended(ref->text(), services, file, scope, {}, std::move(chain));
    services.edit_entries().insert_or_assign(ref->text(), base);
  }
  if (!base.is_mapping()) return service;
  apply_resets_of_service(resets, name, base);
  Node merged = merge_services(std::move(base), service, name, findings_);
  merged.edit_entries().erase("extends");
  return merged;
}

// The services of a file in canonical form, their paths seen from the scope's folder. They are not checked against the
// schema: only what comes out of the merge has to hold.
const ModelLoader::Base& ModelLoader::base_of(const Place& place, const Scope& scope, const Node& mentioned,
                                              const NodePath& mentioned_path) {
  const std::string& path = place.file;
  const auto [known, is_new] = bases_.try_emplace({scope.variables, path + "\n" + scope.resource_dir});
  Base& base = known->second;
  if (!is_new) return base;
  const std::size_t faults_before = findings_.faults.size();
  Node model = Node::mapping();
  for (Node document : documents_of(path, mentioned, mentioned_path)) {
    base.resets = take_resets(document);
    apply_resets(base.resets, model);
    model = merge_files(std::move(model), interpolated(document, scope), findings_);
    enforce_unique(model, findings_);
    make_canonical(model, !settings_.interpolate, findings_);
    enforce_unique(model, findings_);
  }
  if (findings_.faults.size() != faults_before) return base;
  const Node* services = model.find("services");
  if (services == nullptr || !services->is_mapping()) {
    fault(mentioned, mentioned_path, display_name(path) + " has no services");
    return base;
  }
  resolve_paths(model, {place.folder, settings_.home, &reader_, settings_.current_dir}, findings_);
  base.services = *model.find("services");
  base.ok = true;
  return base;
}

}  // namespace berth::compose
