#include "converge/ground.h"

#include <algorithm>

#include "base/strings.h"
#include "compose/hash.h"

namespace berth::converge {

namespace {

engine::NetworkCreate network_request(const compose::Project& project, const compose::Network& network) {
  engine::NetworkCreate request;
  request.name = network.name;
  request.driver = network.driver;
  request.enable_ipv4 = network.enable_ipv4;
  request.enable_ipv6 = network.enable_ipv6;
  if (!network.ipam_driver.empty() || !network.ipam_config.empty() || !network.ipam_options.empty()) {
    engine::IPAM& ipam = request.ipam.emplace();
    ipam.driver = network.ipam_driver;
    ipam.options = network.ipam_options;
    for (const compose::IpamPool& pool : network.ipam_config) {
      ipam.config.push_back({.subnet = pool.subnet,
                             .ip_range = pool.ip_range,
                             .gateway = pool.gateway,
                             .auxiliary_addresses = pool.aux_addresses});
    }
  }
  request.internal = network.internal;
  request.attachable = network.attachable;
  request.options = network.driver_opts;
  request.labels = network.labels;
  request.labels[label::kNetwork] = network.key;
  request.labels[label::kProject] = project.name;
  request.labels[label::kVersion] = label::kComposeVersion;
  request.labels[label::kConfigHash] = compose::network_hash(network);
  return request;
}

engine::VolumeCreate volume_request(const compose::Project& project, const compose::Volume& volume) {
  engine::VolumeCreate request{
      .name = volume.name, .driver = volume.driver, .driver_opts = volume.driver_opts, .labels = volume.labels};
  request.labels[label::kVolume] = volume.key;
  request.labels[label::kProject] = project.name;
  request.labels[label::kVersion] = label::kComposeVersion;
  request.labels[label::kConfigHash] = compose::volume_hash(volume);
  return request;
}

class GroundPlanner {
 public:
  GroundPlanner(const compose::Project& project, const State& state, const UpOptions& options, PlanBuilder& builder,
                Stops& stops, Problems& problems)
      : project_(project), state_(state), options_(options), builder_(builder), stops_(stops), problems_(problems) {}

  Ground plan() {
    for (const auto& [key, network] : project_.networks) plan_network(network);
    for (const auto& [key, volume] : project_.volumes) plan_volume(volume);
    return std::move(ground_);
  }

 private:
  // Several networks may have one name; ours comes first.
  const engine::Network* find(const compose::Network& network) const {
    const engine::Network* found = nullptr;
    for (const engine::Network& candidate : state_.networks) {
      const bool by_id = network.external && candidate.id.value == network.name;
      if (candidate.name != network.name && !by_id) continue;
      const bool ours = label_of(candidate.labels, label::kProject) == project_.name &&
                        label_of(candidate.labels, label::kNetwork) == network.key;
      if (found == nullptr || ours) found = &candidate;
    }
    return found;
  }

  void plan_network(const compose::Network& network) {
    const engine::Network* existing = find(network);
    if (network.external) {
      if (existing != nullptr) {
        ground_.network_ids[network.key] = existing->id;
      } else {
        problems_.add(Kind::kNotFound, "network '" + network.name +
                                           "' is external, but there is no such network: create it with "
                                           "'docker network create " +
                                           network.name + "'");
      }
      return;
    }
    if (existing == nullptr) {
      ground_.networks_made[network.key] = builder_.add(CreateNetwork{network_request(project_, network)});
      return;
    }
    const std::string_view key = label_of(existing->labels, label::kNetwork);
    if (key != network.key) {
      problems_.add(Kind::kConflict, "network '" + network.name + "' is there, but it was not made for '" +
                                         network.key + "' of a compose project (label " + label::kNetwork + " is '" +
                                         std::string(key) + "'): remove it, or set external: true to use it as it is");
      return;
    }
    const std::string_view owner = label_of(existing->labels, label::kProject);
    if (owner != project_.name) {
      builder_.warn("network '" + network.name + "' was made for project '" + std::string(owner) +
                    "'; set external: true to use it knowingly");
    }
    const std::string_view hash = label_of(existing->labels, label::kConfigHash);
    if (hash.empty() || hash == compose::network_hash(network)) {
      ground_.network_ids[network.key] = existing->id;
    } else {
      remake(network, *existing);
    }
  }

  void remake(const compose::Network& network, const engine::Network& existing) {
    Numbers disconnected;
    for (const engine::ContainerSummary& container : state_.containers) {
      const auto endpoint = std::find_if(container.networks.begin(), container.networks.end(), [&](const auto& entry) {
        return entry.second.network_id == existing.id || entry.first == existing.name;
      });
      if (endpoint == container.networks.end() || !project_.services.contains(service_of(container))) continue;
      const OperationNumber stop = stops_.stop(container);
      disconnected.push_back(
          builder_.add(DisconnectNetwork{.network = existing.name, .container = ref_of(container)}, {stop},
                       {.service = std::string(service_of(container)), .reason = {}, .replaces = true}));
    }
    const OperationNumber removed =
        builder_.add(RemoveNetwork{.name = existing.name, .id = existing.id, .keep_if_used = false}, disconnected,
                     {.service = {}, .reason = "config changed", .replaces = false});
    ground_.networks_made[network.key] = builder_.add(CreateNetwork{network_request(project_, network)}, {removed});
  }

  void plan_volume(const compose::Volume& volume) {
    const engine::Volume* existing = state_.find_volume(volume.name);
    if (volume.external) {
      if (existing == nullptr) {
        problems_.add(Kind::kNotFound, "volume '" + volume.name +
                                           "' is external, but there is no such volume: create it with "
                                           "'docker volume create " +
                                           volume.name + "'");
      }
      return;
    }
    if (existing == nullptr) {
      ground_.volumes_made[volume.key] = builder_.add(CreateVolume{volume_request(project_, volume)});
      return;
    }
    const std::string_view owner = label_of(existing->labels, label::kProject);
    if (owner.empty()) {
      builder_.warn("volume '" + volume.name +
                    "' is there, but was not made by compose; set external: true to use it knowingly");
    } else if (owner != project_.name) {
      builder_.warn("volume '" + volume.name + "' was made for project '" + std::string(owner) +
                    "'; set external: true to use it knowingly");
    }
    const std::string_view hash = label_of(existing->labels, label::kConfigHash);
    if (hash.empty() || hash == compose::volume_hash(volume)) return;
    if (options_.recreate_volumes) {
      remake(volume);
    } else {
      builder_.keep_diverged_volume(volume.name);
      builder_.warn("volume '" + volume.name +
                    "' differs from the compose file and is kept as it is, as its data would be lost otherwise");
    }
  }

  void remake(const compose::Volume& volume) {
    Numbers freed;
    for (const engine::ContainerSummary& container : state_.containers) {
      const bool mounted = std::any_of(container.mounts.begin(), container.mounts.end(), [&](const auto& mount) {
        return mount.type == "volume" && mount.name == volume.name;
      });
      if (!mounted || !project_.services.contains(service_of(container))) continue;
      freed.push_back(stops_.remove(container));
      ground_.evicted[container.id] = "volume '" + volume.key + "' changed";
    }
    const OperationNumber removed = builder_.add(RemoveVolume{.name = volume.name, .keep_if_used = false}, freed,
                                                 {.service = {}, .reason = "config changed", .replaces = false});
    ground_.volumes_made[volume.key] = builder_.add(CreateVolume{volume_request(project_, volume)}, {removed});
  }

  const compose::Project& project_;
  const State& state_;
  const UpOptions& options_;
  PlanBuilder& builder_;
  Stops& stops_;
  Problems& problems_;
  Ground ground_;
};

}  // namespace

Ground plan_ground(const compose::Project& project, const State& state, const UpOptions& options, PlanBuilder& builder,
                   Stops& stops, Problems& problems) {
  return GroundPlanner(project, state, options, builder, stops, problems).plan();
}

}  // namespace berth::converge
