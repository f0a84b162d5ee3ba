#include "converge/create_spec.h"

namespace berth::converge {

namespace {

void refuse_files(const compose::ByName<compose::FileObject>& objects, const std::vector<compose::FileGrant>& grants,
                  std::string_view noun, const compose::Service& service, std::vector<std::string>& messages) {
  const std::string what(noun);
  for (const compose::FileGrant& grant : grants) {
    const auto found = objects.find(grant.source);
    if (found == objects.end()) continue;  // the loader refuses it
    const compose::FileObject& object = found->second;
    if (object.external) {
      messages.push_back(what + " '" + grant.source + "' is external, which a single engine has no store for: use " +
                         "file, environment or content");
    } else if (!object.driver.empty() || !object.template_driver.empty()) {
      messages.push_back(what + " '" + grant.source + "' has a driver, which only Swarm services have");
    } else if (object.file.empty() && !object.content && !object.environment.empty()) {
      messages.push_back("environment variable '" + object.environment + "' required by " + what + " '" + grant.source +
                         "' is not set");
    } else if (object.file.empty() && service.read_only) {
      messages.push_back("service '" + service.name + "' is read_only, so " + what + " '" + grant.source +
                         "' can't be copied in: give it as a file of the engine's host");
    }
  }
}

void refuse_versions(const compose::Service& service, engine::ApiVersion api, std::vector<std::string>& messages) {
  using engine::Feature;
  using engine::since;
  const std::string who = "service '" + service.name + "': ";
  // `what` with its verb: "annotations need".
  const auto refuse_below = [&](engine::ApiVersion least, const std::string& what, const std::string& version) {
    if (api >= least) return;
    messages.push_back(who + what + " Docker Engine " + version + " (API " + least.text() + "); this one has API " +
                       api.text());
  };
  if (service.healthcheck && service.healthcheck->start_interval) {
    const auto least = since(Feature::kHealthStartInterval);
    refuse_below(least, "healthcheck.start_interval needs", "25");
    if (api >= least && !service.healthcheck->start_period) {
      messages.push_back(who + "healthcheck.start_interval does nothing without start_period: set it too");
    }
  }
  std::size_t mac_addresses = 0;
  for (const auto& [key, attachment] : service.networks) {
    const std::string network = "networks." + key;
    if (!attachment.mac_address.empty()) ++mac_addresses;
    if (!attachment.interface_name.empty()) refuse_below({1, 49}, network + ".interface_name needs", "28.1");
    if (attachment.gateway_priority != 0) {
      refuse_below(since(Feature::kGwPriority), network + ".gw_priority needs", "28");
    }
  }
  if (mac_addresses > 1) {
    refuse_below(since(Feature::kEndpointMacAddress), "a mac_address in more than one network needs", "25");
  }
  for (const compose::Mount& mount : service.volumes) {
    if (mount.kind == compose::MountKind::kImage) {
      refuse_below(since(Feature::kImageMounts), "a volume of type image needs", "28");
    }
    if (mount.kind == compose::MountKind::kVolume && !mount.subpath.empty()) {
      refuse_below(since(Feature::kVolumeSubpath), "volume.subpath of '" + mount.target + "' needs", "26");
    }
  }
  if (!service.annotations.empty()) refuse_below(since(Feature::kAnnotations), "annotations need", "24");
}

}  // namespace

std::vector<std::string> refusals(const compose::Project& project, const compose::Service& service,
                                  engine::ApiVersion api_version) {
  std::vector<std::string> messages;
  refuse_files(project.secrets, service.secrets, "secret", service, messages);
  refuse_files(project.configs, service.configs, "config", service, messages);
  refuse_versions(service, api_version, messages);
  if (!service.mac_address.empty() && !service.networks.empty()) {
    const std::string first = service.networks_by_priority().front();
    const std::string& of_network = service.networks.at(first).mac_address;
    if (!of_network.empty() && of_network != service.mac_address) {
      messages.push_back("service '" + service.name + "': mac_address differs from that of its network '" + first +
                         "': give one of them");
    }
  }
  for (const std::string& option : service.security_opt) {
    const bool profile = option.starts_with("seccomp=") || option.starts_with("seccomp:");
    const std::string_view value = profile ? std::string_view(option).substr(8) : std::string_view();
    if (profile && value != "unconfined" && value != "builtin" && !value.starts_with('{')) {
      messages.push_back("service '" + service.name + "': a seccomp profile from a file ('" + option +
                         "') isn't supported yet");
    }
  }
  return messages;
}

}  // namespace berth::converge
