// What a container to be created asks of the node it runs on, read from the text of a `POST /containers/create`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "swarm/placement/expression.h"
#include "swarm/placement/facts.h"

namespace berth::swarm::placement {

namespace label {
// JSON arrays of texts. Source: classic Swarm, cluster/config.go.
inline constexpr char kConstraints[] = "com.docker.swarm.constraints";
inline constexpr char kAffinities[] = "com.docker.swarm.affinities";
inline constexpr char kWhitelists[] = "com.docker.swarm.whitelists";
inline constexpr char kReschedulePolicies[] = "com.docker.swarm.reschedule-policies";
inline constexpr char kId[] = "com.docker.swarm.id";
// Berth's own, described in docs/words.md.
inline constexpr char kPreferences[] = "com.docker.swarm.preferences";                   // ["spread=node.labels.zone"]
inline constexpr char kMaxReplicasPerNode[] = "com.docker.swarm.max-replicas-per-node";  // "2"
inline constexpr char kGenericResources[] = "com.docker.swarm.generic-resources";        // {"gpu": 2}
inline constexpr char kGroup[] = "com.docker.swarm.group";                               // any text
inline constexpr char kVolumes[] = "com.docker.swarm.volumes";                           // "stay" or "abandon"
inline constexpr char kReservation[] = "com.docker.swarm.reservation";  // {"nano_cpus": 500000000, "memory": 67108864}
}  // namespace label

// What is to happen to the container when its node dies.
enum class Reschedule { kUnset, kOff, kOnNodeFailure };

// Another container that this one must be on the same node with.
struct Dependency {
  std::string option;     // as docker run has it: "--volumes-from=db:ro"
  std::string container;  // name or id: "db"
  bool operator==(const Dependency&) const = default;
};

struct Request {
  std::string name;  // empty: the engine makes one up
  std::string image;
  std::string platform;  // "linux/arm64"; empty: any
  std::vector<Expression> constraints;
  std::vector<Expression> affinities;
  std::vector<Expression> whitelists;    // value "node1|node2": one of these names
  std::vector<std::string> preferences;  // node attributes to spread over, widest first: "node.labels.zone"
  std::optional<std::int64_t> max_replicas_per_node;  // of the same group
  // Which containers count as replicas of the same thing: the label com.docker.swarm.group, else compose's
  // "project/service", else the image.
  std::string group;
  Reschedule reschedule = Reschedule::kUnset;
  Resources reservation;
  std::vector<HostPort> ports;
  std::vector<Dependency> dependencies;
  std::vector<std::string> volumes;   // named ones
  std::vector<std::string> networks;  // not bridge, host, none, default
  StringMap labels;                   // as the container will have them
  std::int64_t cpu_shares = 0;        // processors, with RequestOptions::cpu_shares_reserve; see body_for()
  // What to send to the engine: the text as it came, byte for byte, but for Env entries that were for the scheduler and
  // the labels that keep them. The same text when there were none.
  std::string body;
};

struct CreateCall {
  std::string_view name;      // ?name=
  std::string_view platform;  // ?platform=
  std::string_view body;
};

struct RequestOptions {
  // HostConfig.CpuShares is a number of processors to reserve, as classic Swarm has it. Else it is what engines take it
  // for, a weight, and reserves nothing.
  bool cpu_shares_reserve = false;
};

// Throws kInvalid, naming the expression or member, when the body is not an object, an expression is malformed, a
// reschedule policy is unknown or given twice, a port is no port, or a member that matters stands there twice.
Request parse_request(const CreateCall& call, const RequestOptions& options = {});

// Request::body as an engine with so many processors is to get it: where HostConfig.CpuShares reserves processors, it
// holds the weight that these are among the engine's, as classic Swarm makes it.
std::string body_for(const Request& request, std::int64_t cpus);

// The body with these labels set, all else byte for byte as it was. Throws kInvalid when it is not an object.
std::string with_labels(std::string_view body, const std::vector<std::pair<std::string, std::string>>& labels);

// What a container reserves by its label com.docker.swarm.reservation, which parse_request() gives to each that
// reserves anything; nothing when there is no such label or it is malformed. Spares an inspect.
std::optional<Resources> reservation_of(const StringMap& labels);

// The container that `request` makes on `node`, as Cluster counts it from the decision on. `id`: the engine's, or any
// text of its own while it is pending.
Container container_of(const Request& request, NodeId node, ContainerId id, bool pending = true);

// The other way round: what a container that runs asked for when it was made, from its labels and facts. For
// rescheduling and rebalancing. The body is empty. Throws kInvalid as parse_request() does.
Request request_of(const Container& container);

}  // namespace berth::swarm::placement
