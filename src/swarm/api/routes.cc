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

      {"POST", "/exec/{name}/start", kOperate, pass_to_exec},
      {"POST", "/exec/{name}/resize", kOperate, pass_to_exec},
      {"GET", "/exec/{name}/json", kRead, pass_to_exec},
  };
  return kRoutes;
}

}  // namespace berth::swarm
