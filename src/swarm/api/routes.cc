#include "swarm/api/api.h"
#include "swarm/api/handlers.h"

namespace berth::swarm {

// Source: Docker Engine API 1.51.
const std::vector<Route>& routes() {
  using enum Access;
  using enum Reach;
  static const std::vector<Route> kRoutes = {
      {"GET", "/_ping", kRead, ping, kEveryone},
      {"HEAD", "/_ping", kRead, ping, kEveryone},
      {"GET", "/version", kRead, show_version, kEveryone},
      {"GET", "/info", kRead, show_info, kEveryone},
      {"GET", "/metrics", kRead, show_metrics, kWhole},
      {"GET", "/events", kRead, follow_events, kNarrowed},

      {"GET", "/containers/json", kRead, list_containers, kNarrowed},
      {"GET", "/containers/ps", kRead, list_containers, kNarrowed},
      {"POST", "/containers/create", kOperate, create_container, kMade},
      {"POST", "/containers/prune", kOperate, prune_containers, kNarrowed},
      {"GET", "/containers/{name}/json", kRead, inspect_container, kContainer},
      {"GET", "/containers/{name}/top", kRead, pass_to_container, kContainer},
      {"GET", "/containers/{name}/logs", kRead, pass_to_container, kContainer},
      {"GET", "/containers/{name}/stats", kRead, pass_to_container, kContainer},
      {"GET", "/containers/{name}/changes", kRead, pass_to_container, kContainer},
      {"GET", "/containers/{name}/export", kOperate, pass_to_container, kContainer},
      {"GET", "/containers/{name}/archive", kOperate, pass_to_container, kContainer},
      {"HEAD", "/containers/{name}/archive", kOperate, pass_to_container, kContainer},
      {"PUT", "/containers/{name}/archive", kOperate, pass_to_container, kContainer, true},
      {"POST", "/containers/{name}/attach", kOperate, pass_to_container, kContainer},
      {"GET", "/containers/{name}/attach/ws", kOperate, pass_to_container, kContainer},
      {"POST", "/containers/{name}/wait", kRead, pass_to_container, kContainer},
      {"POST", "/containers/{name}/resize", kOperate, pass_to_container, kContainer},
      {"POST", "/containers/{name}/start", kOperate, change_container, kContainer},
      {"POST", "/containers/{name}/stop", kOperate, change_container, kContainer},
      {"POST", "/containers/{name}/restart", kOperate, change_container, kContainer},
      {"POST", "/containers/{name}/kill", kOperate, change_container, kContainer},
      {"POST", "/containers/{name}/pause", kOperate, change_container, kContainer},
      {"POST", "/containers/{name}/unpause", kOperate, change_container, kContainer},
      {"POST", "/containers/{name}/update", kOperate, update_container, kContainer},
      {"POST", "/containers/{name}/rename", kOperate, rename_container, kContainer},
      {"POST", "/containers/{name}/exec", kOperate, create_exec, kContainer},
      {"DELETE", "/containers/{name}", kOperate, remove_container, kContainer},
      {"POST", "/commit", kOperate, commit_container, kWhole},

      {"GET", "/images/json", kRead, list_images, kEveryone},
      {"GET", "/images/get", kRead, save_images, kEveryone},
      {"GET", "/images/search", kRead, pass_to_any_node, kEveryone},
      {"POST", "/images/create", kOperate, create_image, kEveryone, true},
      {"POST", "/images/load", kOperate, load_images, kWhole, true},
      {"POST", "/images/prune", kOperate, prune_images, kWhole},
      {"GET", "/images/{name}/json", kRead, pass_to_image, kEveryone},
      {"GET", "/images/{name}/history", kRead, pass_to_image, kEveryone},
      {"GET", "/images/{name}/get", kRead, pass_to_image, kEveryone},
      {"POST", "/images/{name}/tag", kOperate, tag_image, kWhole},
      {"POST", "/images/{name}/push", kOperate, push_image, kWhole},
      {"DELETE", "/images/{name}", kOperate, remove_image, kWhole},
      {"GET", "/distribution/{name}/json", kRead, pass_to_any_node, kEveryone},
      {"POST", "/auth", kRead, pass_to_any_node, kEveryone},

      {"GET", "/networks", kRead, list_networks, kNarrowed},
      {"POST", "/networks/create", kOperate, create_network, kMade},
      {"POST", "/networks/prune", kOperate, prune_networks, kNarrowed},
      {"POST", "/networks/{name}/connect", kOperate, connect_network, kNetwork},
      {"POST", "/networks/{name}/disconnect", kOperate, connect_network, kNetwork},
      {"GET", "/networks/{name}", kRead, inspect_network, kNetwork},
      {"DELETE", "/networks/{name}", kOperate, remove_network, kNetwork},

      {"GET", "/volumes", kRead, list_volumes, kNarrowed},
      {"POST", "/volumes/create", kOperate, create_volume, kMade},
      {"POST", "/volumes/prune", kOperate, prune_volumes, kNarrowed},
      {"GET", "/volumes/{name}", kRead, pass_to_volume, kVolume},
      {"PUT", "/volumes/{name}", kOperate, pass_to_volume, kVolume},
      {"DELETE", "/volumes/{name}", kOperate, remove_volume, kVolume},

      {"POST", "/build", kOperate, build_image, kWhole, true},
      {"POST", "/build/cancel", kOperate, pass_to_builder, kWhole},
      {"POST", "/build/prune", kOperate, prune_builds, kWhole},
      {"POST", "/session", kOperate, pass_to_builder, kWhole, true},
      {"POST", "/grpc", kOperate, pass_to_builder, kWhole, true},

      {"GET", "/system/df", kRead, show_disk_usage, kWhole},
      {"GET", "/plugins", kRead, list_plugins, kEveryone},

      {"GET", "/swarm", kRead, refuse_swarm_mode, kEveryone},
      {"POST", "/swarm/{name}", kAdmin, refuse_swarm_mode, kEveryone},
      {"GET", "/nodes", kRead, list_nodes, kWhole},
      {"GET", "/nodes/{name}", kRead, inspect_node, kWhole},
      {"POST", "/nodes/{name}/update", kAdmin, update_node, kWhole},
      {"DELETE", "/nodes/{name}", kAdmin, remove_node, kWhole},
      {"GET", "/services", kRead, refuse_swarm_mode, kEveryone},
      {"GET", "/services/{name}", kRead, refuse_swarm_mode, kEveryone},
      {"POST", "/services/{name}", kAdmin, refuse_swarm_mode, kEveryone},
      {"GET", "/tasks", kRead, refuse_swarm_mode, kEveryone},
      {"GET", "/tasks/{name}", kRead, refuse_swarm_mode, kEveryone},
      {"GET", "/secrets", kRead, refuse_swarm_mode, kEveryone},
      {"GET", "/secrets/{name}", kRead, refuse_swarm_mode, kEveryone},
      {"POST", "/secrets/{name}", kAdmin, refuse_swarm_mode, kEveryone},
      {"GET", "/configs", kRead, refuse_swarm_mode, kEveryone},
      {"GET", "/configs/{name}", kRead, refuse_swarm_mode, kEveryone},
      {"POST", "/configs/{name}", kAdmin, refuse_swarm_mode, kEveryone},

      // Berth's own.
      {"GET", "/berth/rebalance", kRead, plan_rebalance, kWhole},
      {"POST", "/berth/rebalance", kAdmin, rebalance, kWhole},

      {"POST", "/exec/{name}/start", kOperate, pass_to_exec, kExec},
      {"POST", "/exec/{name}/resize", kOperate, pass_to_exec, kExec},
      {"GET", "/exec/{name}/json", kRead, pass_to_exec, kExec},
  };
  return kRoutes;
}

}  // namespace berth::swarm
