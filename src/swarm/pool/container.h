// One container of the pool, as its engine lists it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/types.h"
#include "swarm/placement/request.h"
#include "swarm/pool/json_text.h"
#include "swarm/pool/node.h"
#include "swarm/pool/status_text.h"

namespace berth::swarm {

// How often a container has been made anew on another node, as text.
inline constexpr char kGenerationLabel[] = "com.docker.swarm.generation";
// Id of the container that this one was made to take the place of.
inline constexpr char kReplacesLabel[] = "com.docker.swarm.replaces";

// What a container is called until that one has gone: "0123456789ab_web". It is no second "web" until then.
std::string name_while_replacing(std::string_view replaced_id, std::string_view name);

// JSON text of published ports, with the address of the node where its engine says "0.0.0.0", for all of its own: a
// client of the pool could not know where to go. `member` is what the address is called: "IP" in a list, "HostIp" in an
// inspected container. As it was where the node is not known by an IPv4 address.
std::string ports_at(const Node& node, std::string_view ports, std::string_view member);

// A snapshot, as a Node is. The engine's own text stays as it came, so that members of later API versions reach the
// client; only what concerns the cluster is told anew.
class Container {
 public:
  // `json`: an element of GET /containers/json, told at `now`. Throws kInternal when it has no Id.
  Container(NodeNumber node, std::string json, engine::Time now);

  NodeNumber node() const { return node_; }
  const std::string& id() const { return id_; }
  // Without the slash; empty for one being removed, which has none.
  const std::string& name() const { return name_; }
  const std::string& state() const { return state_; }  // "running", "exited", ...
  bool running() const { return state_ == "running" || state_ == "paused" || state_ == "restarting"; }
  std::int64_t created() const { return created_; }  // seconds since 1970
  // Of the label com.docker.swarm.id, which a container keeps when it is made anew on another node; empty without.
  const std::string& swarm_id() const { return swarm_id_; }
  // Of the label com.docker.swarm.replaces, where the one it names has not made room yet; else empty.
  const std::string& replaces() const { return replaces_; }
  // What its label com.docker.swarm.reschedule-policies says.
  placement::Reschedule reschedule() const { return reschedule_; }
  // How often it has been made anew.
  std::int64_t generation() const { return generation_; }
  const std::string& json() const { return json_; }
  // Digest of it without "Status", whose time goes on by itself.
  std::size_t fingerprint() const;

  // Adds the element as the pool tells it: "Names" also with the node's name ("/web", "/node1/web"), "Status" of now,
  // "Ports" as ports_at() has them.
  void append_to(std::string& text, const Node& node, engine::Time now) const;

 private:
  NodeNumber node_;
  std::string json_;
  std::string id_;
  std::string name_;
  std::string state_;
  std::int64_t created_ = 0;
  std::string swarm_id_;
  std::string replaces_;
  std::int64_t generation_ = 0;
  placement::Reschedule reschedule_ = placement::Reschedule::kUnset;
  StatusText status_;
  Span names_at_;  // in json_; empty when it has none
  Span status_at_;
  Span ports_at_;  // empty when no port is published on all addresses
};

using ContainerPtr = std::shared_ptr<const Container>;

}  // namespace berth::swarm
