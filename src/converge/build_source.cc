#include "converge/build_source.h"

#include "base/error.h"
#include "base/files.h"
#include "converge/labels.h"

namespace berth::converge {

bool is_remote(std::string_view context) {
  return context.find("://") != std::string_view::npos || context.starts_with("git@") ||
         context.starts_with("github.com/");
}

std::string platform_of(const compose::Project& project, const compose::Service& service) {
  return service.platform.empty() ? project.environment.get_or("DOCKER_DEFAULT_PLATFORM", "") : service.platform;
}

std::vector<std::string> build_platforms(const compose::Project& project, const compose::Service& service) {
  if (!service.build->platforms.empty()) return service.build->platforms;
  const std::string platform = platform_of(project, service);
  return platform.empty() ? std::vector<std::string>{} : std::vector{platform};
}

std::vector<std::string> built_names(const compose::Project& project, const compose::Service& service) {
  std::vector<std::string> names = {project.image_of(service)};
  names.insert(names.end(), service.build->tags.begin(), service.build->tags.end());
  return names;
}

compose::TextMap build_args(const compose::Project& project, const compose::Build& build,
                            const compose::OptionalTextMap& over) {
  compose::OptionalTextMap all = build.args;
  for (const auto& [name, value] : over) all[name] = value;
  compose::TextMap known;
  for (const auto& [name, value] : all) {
    if (const auto found = value ? value : project.environment.get(name)) known[name] = *found;
  }
  return known;
}

compose::TextMap build_labels(const compose::Project& project, const compose::Service& service) {
  compose::TextMap labels = service.build->labels;
  labels[label::kProject] = project.name;
  labels[label::kService] = service.name;
  labels[label::kVersion] = label::kComposeVersion;
  return labels;
}

std::string dockerfile_path(const compose::Build& build) {
  const bool apart = build.dockerfile.empty() || is_remote(build.context) || build.dockerfile.starts_with('/');
  return apart ? build.dockerfile : (Path(build.context) / build.dockerfile).string();
}

std::map<std::string, buildkit::Secret> build_secrets(const compose::Project& project,
                                                      const compose::Service& service) {
  std::map<std::string, buildkit::Secret> secrets;
  for (const compose::BuildSecret& secret : service.build->secrets) {
    const compose::FileObject& object = project.secrets.find(secret.source)->second;  // consistency has looked
    if (object.file.empty() && !object.content) {
      throw Error(Kind::kInvalid, "service '" + service.name + "': secret '" + secret.source +
                                      "' of its build has no content: " +
                                      (object.environment.empty() ? "external secrets are not known here, give it a "
                                                                    "file or an environment variable"
                                                                  : "set $" + object.environment));
    }
    secrets[secret.target.empty() ? secret.source : secret.target] = {.file = object.file,
                                                                      .content = object.content.value_or("")};
  }
  return secrets;
}

std::vector<std::string> no_cache_filter(const compose::Service& service) {
  const yaml::Node* node = service.tree.find_path({"build", "no_cache_filter"});
  if (node == nullptr) return {};
  if (!node->is_sequence()) return {node->text()};
  std::vector<std::string> stages;
  for (const yaml::Node& item : node->items()) stages.push_back(item.text());
  return stages;
}

}  // namespace berth::converge
