#include "compose/consistency.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "base/strings.h"
#include "compose/berth_options.h"

namespace berth::compose {
namespace {

constexpr std::string_view kServicePrefix = "service:";

class Checker {
 public:
  Checker(const Project& project, yaml::Findings& findings) : project_(project), findings_(findings) {}

  void check(const Service& service) {
    service_ = &service;
    if (!service.build && service.image.empty() && !service.provider) {
      fault(service.position, "", "has neither an image nor a build context specified");
    }
    if (service.build) check_build(*service.build);
    check_networks();
    check_healthcheck();
    check_dependencies();
    check_references();
    check_scale();
    check_resources();
    check_watch();
    check_mounts();
    check_berth_options(service, findings_);
  }

 private:
  void fault(yaml::Position position, std::string_view attribute, std::string message) {
    std::string path = "services." + service_->name;
    if (!attribute.empty()) path += "." + std::string(attribute);
    findings_.faults.push_back({position, std::move(path), std::move(message)});
  }
  void fault(std::string_view attribute, std::string message) {
    fault(service_->position_of(attribute), attribute, std::move(message));
  }
  static std::string indexed(std::string_view list, std::size_t index) {
    return std::string(list) + "[" + std::to_string(index) + "]";
  }

  void check_build(const Build& build) {
    if (!build.dockerfile_inline.empty() && !build.dockerfile.empty()) {
      fault("build", "declares mutually exclusive dockerfile and dockerfile_inline");
    }
    for (const auto& [name, context] : build.additional_contexts) {
      if (!context.starts_with(kServicePrefix)) continue;
      const std::string target = context.substr(kServicePrefix.size());
      const auto found = project_.services.find(target);
      if (found == project_.services.end()) {
        fault("build", "additional context '" + name + "' names service '" + target + "', which does not exist");
      } else if (!found->second.build) {
        fault("build", "additional context '" + name + "' names service '" + target + "', which is not built");
      }
    }
    const auto& platforms = build.platforms;
    if (!platforms.empty() && !service_->platform.empty() &&
        std::find(platforms.begin(), platforms.end(), service_->platform) == platforms.end()) {
      fault("build", "platforms must include the service's platform '" + service_->platform + "'");
    }
    for (const BuildSecret& secret : build.secrets) {
      if (!project_.secrets.contains(secret.source)) undefined("build", "build secret", secret.source);
    }
  }

  void undefined(std::string_view attribute, std::string_view kind, const std::string& name, yaml::Position at = {}) {
    fault(at.known() ? at : service_->position_of(attribute), attribute,
          "refers to undefined " + std::string(kind) + " '" + name + "'");
  }

  void check_networks() {
    if (!service_->network_mode.empty() && !service_->networks.empty()) {
      fault("network_mode", "declares mutually exclusive `network_mode` and `networks`");
    }
    for (const auto& [name, attachment] : service_->networks) {
      if (!project_.networks.contains(name)) undefined("networks", "network", name, attachment.position);
    }
    if (!service_->network_mode.starts_with(kServicePrefix)) return;
    const std::string name = service_->network_mode.substr(kServicePrefix.size());
    if (!project_.services.contains(name)) fault("network_mode", "service '" + name + "' does not exist");
  }

  void check_healthcheck() {
    if (!service_->healthcheck || service_->healthcheck->test.empty()) return;
    const std::string& first = service_->healthcheck->test[0];
    if (first != "CMD" && first != "CMD-SHELL" && first != "NONE") {
      fault("healthcheck", "test must begin with \"CMD\", \"CMD-SHELL\" or \"NONE\", not \"" + first + "\"");
    }
  }

  void check_dependencies() {
    for (const auto& [name, dependency] : service_->depends_on) {
      if (project_.services.contains(name)) continue;
      const auto disabled = project_.disabled_services.find(name);
      if (disabled == project_.disabled_services.end()) {
        std::vector<std::string> names;
        for (const auto& [other, unused] : project_.services) names.push_back(other);
        const auto meant = nearest(name, names);
        fault(dependency.position, "depends_on",
              "depends on undefined service '" + name + "'" + (meant ? ", did you mean '" + *meant + "'?" : ""));
      } else if (dependency.required) {
        fault(dependency.position, "depends_on",
              "depends on service '" + name + "', which is disabled; enable it with --profile " +
                  join(disabled->second.profiles, " or --profile "));
      }
    }
  }

  void check_references() {
    for (std::size_t i = 0; i < service_->volumes.size(); ++i) {
      const Mount& mount = service_->volumes[i];
      const bool is_named = mount.kind == MountKind::kVolume && !mount.source.empty();
      if (is_named && !project_.volumes.contains(mount.source)) {
        undefined(indexed("volumes", i), "volume", mount.source, mount.position);
      }
    }
    check_grants(service_->configs, project_.configs, "configs", "config");
    check_grants(service_->secrets, project_.secrets, "secrets", "secret");
    for (const auto& [name, model] : service_->models) {
      if (!project_.models.contains(name)) undefined("models", "model", name, model.position);
    }
  }

  void check_grants(const std::vector<FileGrant>& grants, const ByName<FileObject>& objects, std::string_view list,
                    std::string_view kind) {
    for (std::size_t i = 0; i < grants.size(); ++i) {
      if (!objects.contains(grants[i].source)) undefined(indexed(list, i), kind, grants[i].source, grants[i].position);
    }
  }

  void check_scale() {
    const auto& scale = service_->scale;
    if (service_->deploy && service_->deploy->replicas) {
      const std::int64_t replicas = *service_->deploy->replicas;
      if (scale && *scale != replicas) fault("scale", "can't set distinct values on 'scale' and 'deploy.replicas'");
      if (replicas < 0) fault("deploy", "replicas must be greater than or equal to 0");
    }
    if (scale && *scale < 0) fault("scale", "must be greater than or equal to 0");
    if (service_->replicas() > 1 && !service_->container_name.empty()) {
      fault("container_name", "can't set container_name and " + std::string(scale ? "scale" : "deploy.replicas") +
                                  " as container name must be unique");
    }
  }

  // The old attributes and those of deploy say the same thing; where both are used they have to agree.
  void check_resources() {
    if (!service_->deploy) return;
    const auto& limits = service_->deploy->limits;
    const auto& reservations = service_->deploy->reservations;
    const auto distinct = [&](std::string_view attribute, std::string_view other) {
      fault(attribute, "can't set distinct values on '" + std::string(attribute) + "' and 'deploy.resources." +
                           std::string(other) + "'");
    };
    if (service_->cpus != 0 && limits && limits->cpus != service_->cpus) distinct("cpus", "limits.cpus");
    if (service_->mem_limit != Bytes{0} && limits && limits->memory != service_->mem_limit) {
      distinct("mem_limit", "limits.memory");
    }
    if (service_->mem_reservation != Bytes{0} && reservations && reservations->memory != service_->mem_reservation) {
      distinct("mem_reservation", "reservations.memory");
    }
    if (service_->pids_limit != 0 && limits && limits->pids != service_->pids_limit) {
      distinct("pids_limit", "limits.pids");
    }
  }

  void check_watch() {
    const yaml::Node* watch = service_->tree.find_path({"develop", "watch"});
    if (watch == nullptr) return;
    for (const yaml::Node& trigger : watch->items()) {
      const yaml::Node* action = trigger.find("action");
      if (trigger.find("target") != nullptr || action == nullptr) continue;
      if (action->text() != "rebuild" && action->text() != "restart") {
        fault(trigger.position(), "develop.watch", "target is required for non-rebuild actions");
      }
    }
  }

  void check_mounts() {
    std::map<std::string, std::string> mounted;
    const auto add = [&](const std::string& target, const std::string& place, yaml::Position position) {
      const auto [known, is_new] = mounted.emplace(target, place);
      if (is_new) return;
      fault(position, place,
            "target " + target + " already mounted as services." + service_->name + "." + known->second);
    };
    for (std::size_t i = 0; i < service_->tmpfs.size(); ++i) {
      add(std::string(cut(service_->tmpfs[i], ':').first), indexed("tmpfs", i), service_->position_of("tmpfs"));
    }
    for (std::size_t i = 0; i < service_->volumes.size(); ++i) {
      add(service_->volumes[i].target, indexed("volumes", i), service_->volumes[i].position);
    }
  }

  const Project& project_;
  yaml::Findings& findings_;
  const Service* service_ = nullptr;
};

// Depth first; a service that is met again while it is still open closes a cycle.
class CycleFinder {
 public:
  CycleFinder(const Project& project, yaml::Findings& findings) : project_(project), findings_(findings) {}

  void visit(const Service& service) {
    const auto [state, is_new] = states_.emplace(service.name, State::kOpen);
    if (!is_new) return;
    way_.push_back(service.name);
    for (const auto& [name, dependency] : service.depends_on) {
      const auto found = project_.services.find(name);
      if (found == project_.services.end()) continue;
      const auto known = states_.find(name);
      if (known == states_.end()) {
        visit(found->second);
      } else if (known->second == State::kOpen) {
        report(name, service, dependency.position);
      }
    }
    way_.pop_back();
    state->second = State::kDone;
  }

 private:
  enum class State { kOpen, kDone };

  void report(const std::string& name, const Service& service, yaml::Position position) {
    std::string text = "dependency cycle detected: ";
    for (auto step = std::find(way_.begin(), way_.end(), name); step != way_.end(); ++step) text += *step + " -> ";
    findings_.faults.push_back({position, "services." + service.name + ".depends_on", text + name});
  }

  const Project& project_;
  yaml::Findings& findings_;
  std::map<std::string, State> states_;
  std::vector<std::string> way_;
};

}  // namespace

void check_consistency(const Project& project, yaml::Findings& findings) {
  Checker checker(project, findings);
  for (const auto& [name, service] : project.services) checker.check(service);
  for (const auto& [key, secret] : project.secrets) {
    if (!secret.external && secret.file.empty() && secret.environment.empty()) {
      findings.faults.push_back({secret.position, "secrets." + key, "must declare either `file` or `environment`"});
    }
  }
  check_cycles(project, findings);
}

void check_cycles(const Project& project, yaml::Findings& findings) {
  CycleFinder finder(project, findings);
  for (const auto& [name, service] : project.services) finder.visit(service);
}

}  // namespace berth::compose
