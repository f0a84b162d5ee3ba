#include "swarm/placement/cluster.h"

#include <algorithm>

#include "swarm/placement/state.h"

namespace berth::swarm::placement {

Cluster::Cluster() : state_(std::make_unique<ClusterState>()) {}
Cluster::~Cluster() = default;
Cluster::Cluster(Cluster&&) noexcept = default;
Cluster& Cluster::operator=(Cluster&&) noexcept = default;

Cluster Cluster::clone() const {
  Cluster copy;
  for (const NodeRecord& record : state_->slots()) {
    if (record.used) copy.set_node(record.node);
  }
  for (const NodeRecord& record : state_->slots()) {
    for (const ContainerRecord* container : record.containers) copy.set_container(state_->container(*container));
  }
  return copy;
}

void Cluster::set_node(Node node) { state_->set_node(std::move(node)); }
bool Cluster::remove_node(const NodeId& id) { return state_->remove_node(id); }
void Cluster::set_container(const Container& container) { state_->set_container(container); }
bool Cluster::promote_container(const ContainerId& pending, const ContainerId& real) {
  return state_->promote_container(pending, real);
}
bool Cluster::set_running(const ContainerId& id, bool running) { return state_->set_running(id, running); }
bool Cluster::remove_container(const ContainerId& id) { return state_->remove_container(id); }

const Node* Cluster::find_node(const NodeId& id) const {
  const NodeRecord* record = state_->find_node(id.value);
  return record == nullptr ? nullptr : &record->node;
}

std::optional<Usage> Cluster::usage(const NodeId& id) const {
  const NodeRecord* record = state_->find_node(id.value);
  if (record == nullptr) return std::nullopt;
  return Usage{record->containers.size(),
               record->running,
               {record->reserved_cpus, Bytes(record->reserved_memory), record->reserved_generic}};
}

std::vector<const Node*> Cluster::nodes() const {
  std::vector<const Node*> nodes;
  for (const Slot slot : state_->nodes_by_name()) nodes.push_back(&state_->at(slot).node);
  return nodes;
}

std::optional<Container> Cluster::find_container(const ContainerId& id) const {
  const ContainerRecord* record = state_->find_container(id.value);
  return record == nullptr ? std::nullopt : std::optional(state_->container(*record));
}

std::vector<Container> Cluster::containers_of(const NodeId& id) const {
  std::vector<Container> containers;
  const NodeRecord* record = state_->find_node(id.value);
  if (record == nullptr) return containers;
  for (const ContainerRecord* container : record->containers) containers.push_back(state_->container(*container));
  std::sort(containers.begin(), containers.end(),
            [](const Container& a, const Container& b) { return std::tie(a.name, a.id) < std::tie(b.name, b.id); });
  return containers;
}

bool Cluster::name_taken(std::string_view name) const { return state_->name_taken(name); }
std::size_t Cluster::node_count() const { return state_->node_count(); }
std::size_t Cluster::container_count() const { return state_->container_count(); }

}  // namespace berth::swarm::placement
