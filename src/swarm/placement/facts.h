// What placement knows of nodes and containers: plain values that the pool fills in.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"
#include "engine/types.h"

namespace berth::swarm::placement {

using NodeId = engine::Id<struct NodeNoun>;  // the engine's own id, as `docker info` tells it
using engine::ContainerId;
using engine::StringMap;

// An amount of what nodes have and containers reserve.
struct Resources {
  std::int64_t nano_cpus = 0;  // billionths of a processor
  Bytes memory{};
  std::map<std::string, std::int64_t, std::less<>> generic;  // such as {"gpu", 2}
  bool operator==(const Resources&) const = default;
};

// `capacity` with its processors and memory enlarged by `ratio`, as classic Swarm's `--cluster-opt swarm.overcommit`
// has it (0.05 there: a node of 100 takes 105). A ratio below 0 holds some back. Generic resources stay as they are.
Resources overcommitted(Resources capacity, double ratio);

// Whether the operator lets a node take containers. Source: swarm mode's node availability.
enum class Availability {
  kActive,
  kPause,  // keeps what it has, takes nothing new
  kDrain,  // takes nothing new, what it has is to move
};

// "active", "pause", "drain", as the Docker API has them; empty text is active. Throws kInvalid with the names there
// are.
std::string_view name_of(Availability availability);
Availability parse_availability(std::string_view name);

enum class Role { kWorker, kManager };

struct Node {
  NodeId id;
  std::string name;     // unique in the cluster by the operator's care; ties go to the first by name
  std::string address;  // host:port
  bool healthy = true;
  Availability availability = Availability::kActive;
  Role role = Role::kWorker;
  StringMap engine_labels;       // of the engine's configuration
  StringMap labels;              // given by the operator through Berth
  std::string os;                // "linux"
  std::string architecture;      // as the engine or as Go says it: "x86_64" and "amd64" are the same here
  std::string operating_system;  // "Debian GNU/Linux 12 (bookworm)"
  std::string kernel_version;
  std::string storage_driver;
  std::string engine_version;
  Resources capacity;               // with overcommitment, where there is any
  std::vector<std::string> images;  // ids ("sha256:...") and references with tag ("redis:7") that it holds
  bool operator==(const Node&) const = default;
};

enum class Protocol : std::uint8_t { kTcp, kUdp, kSctp };
std::string_view name_of(Protocol protocol);

// A port of the node that a container takes, or a range of which it takes one.
struct HostPort {
  Protocol protocol = Protocol::kTcp;
  std::string address;  // empty: all of the node's
  std::uint16_t first = 0;
  std::uint16_t last = 0;  // first, unless it is a range
  bool operator==(const HostPort&) const = default;
};

// Text such as "80/tcp", "127.0.0.1:80/tcp", "8000-8010/udp".
std::string to_string(const HostPort& port);

struct Container {
  ContainerId id;    // of a pending one: any text that no other container has
  std::string name;  // without slash and without the node's name
  NodeId node;
  bool pending = false;  // being created: counts as all others
  bool running = false;
  Resources reservation;
  std::string image;  // as it was asked for
  StringMap labels;
  std::vector<HostPort> ports;        // of the node; those of a stopped container stay taken
  std::vector<std::string> volumes;   // by name
  std::vector<std::string> networks;  // by name; not bridge, host, none
  std::vector<std::string>
      shares;  // containers, by name or id, that it must be together with (volumes, links, namespaces)
  bool operator==(const Container&) const = default;
};

}  // namespace berth::swarm::placement
