#include "compose/load.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "compose/bind.h"
#include "compose/consistency.h"
#include "compose/decode.h"
#include "compose/discovery.h"
#include "compose/file_path.h"
#include "compose/interpolate.h"
#include "compose/model_loader.h"
#include "compose/normalise.h"
#include "compose/resolve.h"
#include "compose/service_files.h"
#include "compose/shape.h"
#include "compose/unsupported.h"

namespace berth::compose {
namespace {

using yaml::Mapping;
using yaml::Node;
using yaml::NodePath;

class ProjectLoader {
 public:
  ProjectLoader(const LoadOptions& options, const FileReader& reader, Loaded& loaded)
      : options_(options), reader_(reader), loaded_(loaded) {}

  void load() {
    sources_ = find_sources(options_, reader_, findings_);
    if (findings_.faults.empty()) load_model();
    if (findings_.may_go_on() && options_.interpolate) load_project();
    if (!options_.interpolate) loaded_.model = std::move(model_);
    loaded_.errors = std::move(findings_.faults);
    loaded_.warnings = std::move(findings_.warnings);
  }

 private:
  void load_model() {
    ModelLoader loader(
        {options_.current_dir, options_.environment.get_or("HOME", ""), options_.interpolate, options_.resolve_paths},
        reader_, findings_);
    for (const std::string& file : sources_.files) {
      if (reader_.type_of(file) != FileReader::Type::kFile) {
        throw Error(Kind::kNotFound, "compose file '" + file + "' does not exist");
      }
    }
    name_ = find_name(loader);
    // Nothing is taken from variables, named ones included, when texts are to stay as they are written.
    if (!options_.interpolate) sources_.variables.clear();
    sources_.variables["COMPOSE_PROJECT_NAME"] = name_;
    Node model = loader.load(sources_.files, {sources_.working_dir, sources_.working_dir, &sources_.variables, {}});
    if (findings_.faults.empty() && model.empty()) fault("empty compose file");
    if (findings_.faults.empty() && name_.empty()) fault("project name must not be empty; give one with -p or `name:`");
    if (!findings_.may_go_on()) return;
    if (options_.normalize) normalise(model, name_, sources_.variables);
    model_ = std::move(model);
  }

  void fault(std::string message) { findings_.faults.push_back({{}, "", std::move(message)}); }

  static std::string checked(std::string name) {
    if (is_project_name(name)) return name;
    throw Error(Kind::kInvalid, "invalid project name '" + name +
                                    "': must consist only of lowercase alphanumeric characters, hyphens, and "
                                    "underscores as well as start with a letter or number");
  }

  // Given, else from the variables, else the last `name:` of the files, else the folder's.
  std::string find_name(ModelLoader& loader) {
    if (!options_.project_name.empty()) return checked(options_.project_name);
    const auto variable = sources_.variables.find("COMPOSE_PROJECT_NAME");
    if (variable != sources_.variables.end() && !variable->second.empty()) return checked(variable->second);
    const Node* written = nullptr;
    for (const std::string& file : sources_.files) {
      for (const Node& document : loader.documents_of(file, Node(), NodePath())) {
        const Node* name = document.find("name");
        if (name != nullptr && name->is_scalar() && !name->to_display().empty()) written = name;
      }
    }
    if (written == nullptr) return normalize_project_name(base_name(sources_.project_dir));
    if (!options_.interpolate) return normalize_project_name(written->to_display());
    const Lookup lookup = [this](std::string_view name) -> std::optional<std::string> {
      const auto found = sources_.variables.find(name);
      if (found == sources_.variables.end()) return std::nullopt;
      return found->second;
    };
    const std::string name = substitute(written->to_display(), lookup, findings_, written->position(), "name");
    return options_.normalize ? normalize_project_name(name) : name;
  }

  void load_project() {
    const Node bound = bind(model_, kProjectShape, NodePath(), findings_);
    if (!findings_.may_go_on()) return;
    Project project;
    project.name = name_;
    project.working_dir = sources_.working_dir;
    project.compose_files = sources_.files;
    project.env_files = sources_.env_files;
    project.profiles = sources_.profiles;
    project.environment = Environment(sources_.variables);
    decode_resources(bound, project);
    decode_services(bound, project);
    if (options_.check_consistency) {
      check_consistency(project, findings_);
      if (!findings_.may_go_on()) return;
      agree_on_replicas(project);
    }
    for (auto& [name, service] : project.services) {
      if (options_.resolve_environment) resolve_environment(service, project, reader_, findings_);
      resolve_labels(service, options_.discard_label_files, reader_, findings_);
      if (options_.platforms != Platforms::kAsWritten) apply_platform(service);
    }
    if (!findings_.faults.empty()) return;
    project.unsupported = find_unsupported(project, model_);
    project.without_effect = find_without_effect(project, model_);
    loaded_.project = std::move(project);
  }

  template <typename T, typename Decode>
  static void decode_section(const Node& bound, std::string_view section, ByName<T>& into, Decode decode) {
    const Node* objects = bound.find(section);
    if (objects == nullptr) return;
    for (const auto& [key, key_position, object] : objects->entries()) {
      T decoded = decode(key, object);
      if (key_position.known()) decoded.position = key_position;
      into.emplace(key, std::move(decoded));
    }
  }

  void decode_resources(const Node& bound, Project& project) {
    decode_section(bound, "networks", project.networks, decode_network);
    decode_section(bound, "volumes", project.volumes, decode_volume);
    decode_section(bound, "secrets", project.secrets, decode_file_object);
    decode_section(bound, "configs", project.configs, decode_file_object);
    decode_section(bound, "models", project.models, decode_model);
    for (auto& [key, network] : project.networks) {
      const Node* options = model_.find_path({"networks", key, "ipam", "options"});
      if (options == nullptr) continue;
      for (const auto& [name, position, value] : options->entries()) network.ipam_options[name] = value.to_display();
    }
    take_values("secrets", project.secrets);
    take_values("configs", project.configs);
    Mapping extensions;
    for (const auto& [key, key_position, value] : bound.entries()) {
      if (key.starts_with("x-")) extensions.insert(key, value, key_position);
    }
    if (!extensions.empty()) project.extensions = Node::mapping(std::move(extensions));
  }

  // What secrets and configs take from variables is in the model only, so that it is not printed.
  void take_values(std::string_view section, ByName<FileObject>& objects) {
    for (auto& [key, object] : objects) {
      const Node* value = model_.find_path({section, key, kSecretValue});
      if (value != nullptr) object.content = value->text();
    }
  }

  void decode_services(const Node& bound, Project& project) {
    decode_section(bound, "services", project.services, decode_service);
    const auto& active = project.profiles;
    if (std::find(active.begin(), active.end(), "*") != active.end()) return;
    for (auto service = project.services.begin(); service != project.services.end();) {
      const auto next = std::next(service);
      const auto& wanted = service->second.profiles;
      const auto is_active = [&](const std::string& profile) {
        return std::find(active.begin(), active.end(), profile) != active.end();
      };
      if (!wanted.empty() && std::none_of(wanted.begin(), wanted.end(), is_active)) {
        project.disabled_services.insert(project.services.extract(service));
      }
      service = next;
    }
  }

  // Where both are used `scale` is what deploy.replicas says too.
  static void agree_on_replicas(Project& project) {
    for (auto& [name, service] : project.services) {
      if (!service.scale || !service.deploy) continue;
      service.deploy->replicas = service.scale;
      Node& deploy = *service.tree.find_for_edit("deploy");
      set_bound(deploy, *kServiceShape.find("deploy")->shape, "replicas", Node::integer(*service.scale));
    }
  }

  // The platform to run on, and those to build for.
  void apply_platform(Service& service) {
    if (!service.build) return;
    const auto found = sources_.variables.find("DOCKER_DEFAULT_PLATFORM");
    std::vector<std::string>& platforms = service.build->platforms;
    const auto builds_for = [&](const std::string& platform) {
      return platforms.empty() || std::find(platforms.begin(), platforms.end(), platform) != platforms.end();
    };
    if (service.platform.empty() && found != sources_.variables.end() && !found->second.empty()) {
      if (!builds_for(found->second)) {
        return findings_.faults.push_back(
            {service.position_of("build"), "services." + service.name + ".build.platforms",
             "does not have '" + found->second + "', which DOCKER_DEFAULT_PLATFORM asks for"});
      }
      service.platform = found->second;
      set_bound(service.tree, kServiceShape, "platform", Node::string(service.platform));
    }
    if (!service.platform.empty()) {
      if (!builds_for(service.platform)) {
        return findings_.faults.push_back({service.position_of("build"),
                                           "services." + service.name + ".build.platforms",
                                           "does not have the service's platform '" + service.platform + "'"});
      }
      if (platforms.empty() || options_.platforms == Platforms::kOne) platforms = {service.platform};
    }
    if (platforms.size() > 1 && options_.platforms == Platforms::kOne) platforms.clear();
  }

  const LoadOptions& options_;
  const FileReader& reader_;
  Loaded& loaded_;
  yaml::Findings findings_;
  Sources sources_;
  std::string name_;
  Node model_;
};

}  // namespace

Loaded load(const LoadOptions& options, const FileReader& reader) {
  Loaded loaded;
  ProjectLoader(options, reader, loaded).load();
  return loaded;
}

Project load_or_throw(const LoadOptions& options, const FileReader& reader, std::vector<yaml::Diagnostic>& warnings) {
  Loaded loaded = load(options, reader);
  warnings.insert(warnings.end(), loaded.warnings.begin(), loaded.warnings.end());
  if (!loaded.project) throw yaml::to_error(std::move(loaded.errors));
  return std::move(*loaded.project);
}

}  // namespace berth::compose
