#include "swarm/api/api.h"
#include "swarm/api/handlers.h"

namespace berth::swarm {

// Source: Docker Engine API 1.51.
const std::vector<Route>& routes() {
  using enum Access;
  static const std::vector<Route> kRoutes = {
      {"GET", "/_ping", kRead, ping},
      {"HEAD", "/_ping", kRead, ping},
      {"GET", "/version", kRead, show_version},
      {"GET", "/info", kRead, show_info},
      {"GET", "/events", kRead, follow_events},

      {"GET", "/containers/json", kRead, list_containers},
      {"GET", "/containers/ps", kRead, list_containers},
      {"POST", "/containers/create", kOperate, create_container},
      {"POST", "/containers/prune", kOperate, prune_containers},
      {"GET", "/containers/{name}/json", kRead, inspect_container},
      {"GET", "/containers/{name}/top", kRead, pass_to_container},
      {"GET", "/containers/{name}/logs", kRead, pass_to_container},
      {"GET", "/containers/{name}/stats", kRead, pass_to_container},
      {"GET", "/containers/{name}/changes", kRead, pass_to_container},
      {"GET", "/containers/{name}/export", kRead, pass_to_container},
      {"GET", "/containers/{name}/archive", kRead, pass_to_container},
      {"HEAD", "/containers/{name}/archive", kRead, pass_to_container},
      {"PUT", "/containers/{name}/archive", kOperate, pass_to_container},
      {"POST", "/containers/{name}/attach", kOperate, pass_to_container},
      {"GET", "/containers/{name}/attach/ws", kOperate, pass_to_container},
      {"POST", "/containers/{name}/wait", kRead, pass_to_container},
      {"POST", "/containers/{name}/resize", kOperate, pass_to_container},
      {"POST", "/containers/{name}/start", kOperate, change_container},
      {"POST", "/containers/{name}/stop", kOperate, change_container},
      {"POST", "/containers/{name}/restart", kOperate, change_container},
      {"POST", "/containers/{name}/kill", kOperate, change_container},
      {"POST", "/containers/{name}/pause", kOperate, change_container},
      {"POST", "/containers/{name}/unpause", kOperate, change_container},
      {"POST", "/containers/{name}/update", kOperate, change_container},
      {"POST", "/containers/{name}/rename", kOperate, rename_container},
      {"POST", "/containers/{name}/exec", kOperate, create_exec},
      {"DELETE", "/containers/{name}", kOperate, remove_container},
      {"POST", "/commit", kOperate, commit_container},

      {"GET", "/images/json", kRead, list_images},
      {"GET", "/images/get", kRead, save_images},
      {"GET", "/images/search", kRead, pass_to_any_node},
      {"POST", "/images/create", kOperate, create_image},
      {"POST", "/images/load", kOperate, load_images},
      {"POST", "/images/prune", kOperate, prune_images},
      {"GET", "/images/{name}/json", kRead, pass_to_image},
      {"GET", "/images/{name}/history", kRead, pass_to_image},
      {"GET", "/images/{name}/get", kRead, pass_to_image},
      {"POST", "/images/{name}/tag", kOperate, tag_image},
      {"POST", "/images/{name}/push", kOperate, push_image},
      {"DELETE", "/images/{name}", kOperate, remove_image},
      {"GET", "/distribution/{name}/json", kRead, pass_to_any_node},
      {"POST", "/auth", kRead, pass_to_any_node},

      {"GET", "/networks", kRead, list_networks},
      {"POST", "/networks/create", kOperate, create_network},
      {"POST", "/networks/prune", kOperate, prune_networks},
      {"POST", "/networks/{name}/connect", kOperate, connect_network},
      {"POST", "/networks/{name}/disconnect", kOperate, connect_network},
      {"GET", "/networks/{name}", kRead, inspect_network},
      {"DELETE", "/networks/{name}", kOperate, remove_network},

      {"GET", "/volumes", kRead, list_volumes},
      {"POST", "/volumes/create", kOperate, create_volume},
      {"POST", "/volumes/prune", kOperate, prune_volumes},
      {"GET", "/volumes/{name}", kRead, pass_to_volume},
      {"PUT", "/volumes/{name}", kOperate, pass_to_volume},
      {"DELETE", "/volumes/{name}", kOperate, remove_volume},

      {"POST", "/build", kOperate, build_image},
      {"POST", "/build/cancel", kOperate, pass_to_builder},
      {"POST", "/build/prune", kOperate, prune_builds},
      {"POST", "/session", kOperate, pass_to_builder},
      {"POST", "/grpc", kOperate, pass_to_builder},

      {"GET", "/system/df", kRead, show_disk_usage},
      {"GET", "/plugins", kRead, list_plugins},

      {"GET", "/swarm", kRead, refuse_swarm_mode},
      {"POST", "/swarm/{name}", kAdmin, refuse_swarm_mode},
      {"GET", "/nodes", kRead, list_nodes},
      {"GET", "/nodes/{name}", kRead, inspect_node},
      {"POST", "/nodes/{name}/update", kAdmin, update_node},
      {"DELETE", "/nodes/{name}", kAdmin, remove_node},
      {"GET", "/services", kRead, refuse_swarm_mode},
      {"GET", "/services/{name}", kRead, refuse_swarm_mode},
      {"POST", "/services/{name}", kAdmin, refuse_swarm_mode},
      {"GET", "/tasks", kRead, refuse_swarm_mode},
      {"GET", "/tasks/{name}", kRead, refuse_swarm_mode},
      {"GET", "/secrets", kRead, refuse_swarm_mode},
      {"GET", "/secrets/{name}", kRead, refuse_swarm_mode},
      {"POST", "/secrets/{name}", kAdmin, refuse_swarm_mode},
      {"GET", "/configs", kRead, refuse_swarm_mode},
      {"GET", "/configs/{name}", kRead, refuse_swarm_mode},
      {"POST", "/configs/{name}", kAdmin, refuse_swarm_mode},

      // Berth's own.
      {"GET", "/berth/rebalance", kRead, plan_rebalance},
      {"POST", "/berth/rebalance", kAdmin, rebalance},

      {"POST", "/exec/{name}/start", kOperate, pass_to_exec},
      {"POST", "/exec/{name}/resize", kOperate, pass_to_exec},
      {"GET", "/exec/{name}/json", kRead, pass_to_exec},
  };
  return kRoutes;
}

}  // namespace berth::swarm
