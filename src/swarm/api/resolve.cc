#include "swarm/api/resolve.h"

#include "base/error.h"

namespace berth::swarm {

Found container_of(const Call& call, std::string_view name) {
  const auto find = [&]() -> ContainerLookup {
    ContainerLookup found = call.pool.find_container(name);
    const auto* container = std::get_if<ContainerPtr>(&found);
    if (container != nullptr && !in_scope(call.caller.grant.scope, (*container)->json())) return NotFound{};
    return found;
  };
  ContainerLookup found = find();
  if (std::holds_alternative<NotFound>(found)) {
    call.pool.settle(call.context);
    found = find();
  }
  if (std::holds_alternative<Ambiguous>(found)) {
    throw Error(Kind::kInvalid, "Multiple IDs found with provided prefix: " + std::string(name));
  }
  const auto* container = std::get_if<ContainerPtr>(&found);
  const NodePtr node = container != nullptr ? call.pool.node((*container)->node()) : nullptr;
  if (!node) throw Error(Kind::kNotFound, "No such container: " + std::string(name));
  return {*container, node};
}

std::string container_path(const ContainerPtr& container, std::string_view rest) {
  return "/containers/" + container->id() + std::string(rest);
}

}  // namespace berth::swarm
