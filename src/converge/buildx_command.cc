#include "converge/buildx_command.h"

#include <span>

#include "base/error.h"
#include "base/strings.h"
#include "base/units.h"
#include "converge/build_source.h"

namespace berth::converge {

namespace {

constexpr std::string_view kNeeds[] = {"additional_contexts", "entitlements", "no_cache_filter",
                                       "privileged",          "secrets",      "ssh"};
constexpr std::string_view kWishes[] = {"cache_to", "provenance", "sbom"};

// A field of the comma-separated values that buildx takes.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  return "\"" + replace_all(text, "\"", "\"\"") + "\"";
}

class Writer {
 public:
  Writer(const compose::Project& project, const compose::Service& service, const BuildxFlags& flags)
      : project_(project), service_(service), build_(*service.build), flags_(flags) {}

  BuildxCommand write() {
    if (!build_.isolation.empty()) {
      throw Error(Kind::kUnsupported, "service '" + service_.name +
                                          "': build.isolation is for Windows engines, and BuildKit has none: remove "
                                          "it, or set DOCKER_BUILDKIT=0");
    }
    command_.arguments = {"build", "--progress", "plain"};
    write_result();
    write_variables();
    write_cache();
    write_surroundings();
    write_secrets();
    write_source();
    return std::move(command_);
  }

 private:
  void option(std::string name, std::string value) {
    command_.arguments.push_back(std::move(name));
    command_.arguments.push_back(std::move(value));
  }
  void option_if(const std::string& name, const std::string& value) {
    if (!value.empty()) option(name, value);
  }
  void flag_if(const std::string& name, bool on) {
    if (on) command_.arguments.push_back(name);
  }

  void write_result() {
    option_if("--builder", flags_.builder);
    if (flags_.check) {
      flag_if("--check", true);
    } else {
      flag_if(flags_.push ? "--push" : "--load", true);
    }
    for (const std::string& name : built_names(project_, service_)) option("--tag", name);
    for (const auto& [name, value] : build_labels(project_, service_)) option("--label", name + "=" + value);
    option_if("--provenance", flags_.provenance.empty() ? build_.provenance : flags_.provenance);
    option_if("--sbom", flags_.sbom.empty() ? build_.sbom : flags_.sbom);
    option_if("--target", build_.target);
    option_if("--platform", join(build_platforms(project_, service_), ","));
  }

  void write_variables() {
    for (const auto& [name, value] : build_args(project_, build_, flags_.args)) {
      option("--build-arg", name + "=" + value);
    }
  }

  void write_cache() {
    for (const std::string& source : build_.cache_from) option("--cache-from", source);
    for (const std::string& target : build_.cache_to) option("--cache-to", target);
    flag_if("--no-cache", build_.no_cache || flags_.no_cache);
    option_if("--no-cache-filter", join(no_cache_filter(service_), ","));
    flag_if("--pull", build_.pull || flags_.pull);
  }

  void write_surroundings() {
    option_if("--network", build_.network);
    for (const std::string& host : build_.extra_hosts) option("--add-host", replace_all(host, "=", ":"));
    if (build_.shm_size != Bytes{}) option("--shm-size", std::to_string(count(build_.shm_size)));
    for (const auto& [name, limit] : build_.ulimits) {
      option("--ulimit", name + "=" + std::to_string(limit.soft) + ":" + std::to_string(limit.hard));
    }
    for (const std::string& entitlement : build_.entitlements) option("--allow", entitlement);
    if (build_.privileged) option("--allow", "security.insecure");
  }

  void write_secrets() {
    for (const auto& [name, secret] : build_secrets(project_, service_)) {
      const std::string id = csv_field("id=" + name);
      if (!secret.file.empty()) {
        option("--secret", id + ",type=file," + csv_field("src=" + secret.file.string()));
      } else {
        const std::string variable = "BERTH_BUILD_SECRET_" + std::to_string(command_.environment.size());
        command_.environment[variable] = secret.content;
        option("--secret", id + ",type=env,env=" + variable);
      }
    }
    for (const auto& [id, path] : build_.ssh) option("--ssh", path.empty() ? id : id + "=" + path);
    for (const std::string& key : flags_.ssh) option("--ssh", key);
  }

  void write_source() {
    constexpr std::string_view service_prefix = "service:";
    for (const auto& [name, source] : build_.additional_contexts) {
      const bool built = source.starts_with(service_prefix);
      const auto other = project_.services.find(built ? source.substr(service_prefix.size()) : "");
      const bool known = other != project_.services.end();
      option("--build-context", name + "=" + (known ? "docker-image://" + project_.image_of(other->second) : source));
    }
    if (!build_.dockerfile_inline.empty()) {
      command_.dockerfile = build_.dockerfile_inline;
      option("--file", "-");
    } else {
      option_if("--file", dockerfile_path(build_));
    }
    command_.arguments.push_back(build_.context);
  }

  const compose::Project& project_;
  const compose::Service& service_;
  const compose::Build& build_;
  const BuildxFlags& flags_;
  BuildxCommand command_;
};

std::vector<yaml::Diagnostic> find(const compose::Project& project, std::span<const std::string_view> attributes,
                                   const std::string& message) {
  std::vector<yaml::Diagnostic> found;
  for (const auto& [name, service] : project.services) {
    const yaml::Node* build = service.tree.find("build");
    if (build == nullptr || !build->is_mapping()) continue;
    for (const std::string_view attribute : attributes) {
      const auto* entry = build->entries().find_entry(attribute);
      if (entry == nullptr) continue;
      found.push_back({entry->key_position, "services." + name + ".build." + std::string(attribute), message});
    }
  }
  return found;
}

}  // namespace

BuildxCommand buildx_command(const compose::Project& project, const compose::Service& service,
                             const BuildxFlags& flags) {
  return Writer(project, service, flags).write();
}

std::vector<yaml::Diagnostic> needs_of_buildkit(const compose::Project& project) {
  std::vector<yaml::Diagnostic> needs = find(project, kNeeds, "needs BuildKit: " + std::string(kHowToGetBuildKit));
  for (const auto& [name, service] : project.services) {
    if (!service.build || service.build->platforms.size() < 2) continue;
    needs.push_back({service.build->position, "services." + name + ".build.platforms",
                     "the engine's classic builder builds for one platform: " + std::string(kHowToGetBuildKit)});
  }
  return needs;
}

std::vector<yaml::Diagnostic> wishes_of_buildkit(const compose::Project& project) {
  return find(project, kWishes, "has no effect without BuildKit: " + std::string(kHowToGetBuildKit));
}

}  // namespace berth::converge
