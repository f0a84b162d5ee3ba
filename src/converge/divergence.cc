#include "converge/divergence.h"

#include <algorithm>

#include "base/strings.h"
#include "converge/fields.h"
#include "converge/granted_files.h"
#include "converge/keeper.h"
#include "converge/labels.h"
#include "converge/providers.h"

namespace berth::converge {

namespace {

// A container that never ran tells its networks by name only.
bool is_connected(const engine::ContainerSummary& container, std::string_view name, const engine::NetworkId& id) {
  for (const auto& [network_name, endpoint] : container.networks) {
    if (endpoint.network_id == id) return true;
    if (network_name == name && endpoint.network_id.empty()) return container.state != "running";
  }
  return false;
}

bool mounts_volume(const engine::ContainerSummary& container, std::string_view name) {
  return std::any_of(container.mounts.begin(), container.mounts.end(),
                     [&](const engine::MountPoint& mount) { return mount.type == "volume" && mount.name == name; });
}

}  // namespace

std::vector<std::string> divergence(const compose::Project& project, const Wanted& wanted,
                                    const engine::ContainerSummary& container) {
  std::vector<std::string> reasons;
  if (container.state == "dead") reasons.emplace_back("container is dead");
  if (label_of(container.labels, label::kConfigHash) != wanted.hash) {
    const auto changed = changed_fields(label_of(container.labels, label::kFields), wanted.fields);
    reasons.push_back(changed.empty() ? "config changed" : "config changed: " + join(changed, ", "));
  }
  const std::string files = granted_files(project, *wanted.service);
  for (std::string& reason : changed_files(label_of(container.labels, label::kFiles), files)) {
    reasons.push_back(std::move(reason));
  }
  for (std::string& reason : changed_variables(project, *wanted.service, label_of(container.labels, label::kGiven))) {
    reasons.push_back(std::move(reason));
  }
  if (label_of(container.labels, label::kImage) != wanted.image.value) {
    reasons.push_back(wanted.image_news.empty() ? "image changed" : wanted.image_news);
  }
  const std::string_view release = label_of(container.labels, label::kRelease);
  if (reasons.empty() && !release.empty() && release != release_digest(project)) reasons.emplace_back("a new release");
  for (const auto& [key, attachment] : wanted.service->networks) {
    const auto network = project.networks.find(key);
    const auto id = wanted.networks->find(key);
    if (network != project.networks.end() && id != wanted.networks->end() &&
        is_connected(container, network->second.name, id->second)) {
      continue;
    }
    reasons.push_back("network '" + key + "' changed");
  }
  for (const compose::Mount& mount : wanted.service->volumes) {
    if (mount.kind != compose::MountKind::kVolume || mount.source.empty()) continue;
    const auto volume = project.volumes.find(mount.source);
    if (volume != project.volumes.end() && mounts_volume(container, volume->second.name)) continue;
    reasons.push_back("volume '" + mount.source + "' changed");
  }
  return reasons;
}

bool is_anonymous_volume(const engine::MountPoint& mount) {
  constexpr std::size_t kDigits = 64;
  return mount.type == "volume" && mount.name.size() == kDigits &&
         mount.name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::vector<engine::Mount> anonymous_volumes(const compose::Service& service, const Image* image,
                                             const engine::ContainerSummary& container) {
  std::vector<engine::Mount> volumes;
  for (const engine::MountPoint& mount : container.mounts) {
    if (!is_anonymous_volume(mount)) continue;
    const auto same_target = [&](const compose::Mount& wanted) { return wanted.target == mount.destination; };
    const auto wanted = std::find_if(service.volumes.begin(), service.volumes.end(), same_target);
    const bool of_service =
        wanted != service.volumes.end() && wanted->source.empty() && wanted->kind == compose::MountKind::kVolume;
    const bool of_image =
        wanted == service.volumes.end() && image != nullptr &&
        std::find(image->volumes.begin(), image->volumes.end(), mount.destination) != image->volumes.end();
    if (!of_service && !of_image) continue;
    volumes.push_back({.type = "volume", .source = mount.name, .target = mount.destination, .read_only = !mount.rw});
  }
  return volumes;
}

}  // namespace berth::converge
