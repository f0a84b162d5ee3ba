// Many simulated engines, each on a loopback address of its own, in one process.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"

namespace berth::fleet {

struct FleetOptions {
  std::size_t nodes = 1;
  std::size_t containers = 0;       // on each, running from the beginning
  std::string base = "127.10.0.1";  // of the first node; 250 follow one another, then the third part goes up
  std::uint16_t port = 2375;
  std::size_t threads = 2;  // more where descriptors would not suffice
  std::int64_t cpus = 8;
  Bytes memory{std::int64_t{32} << 30};
  std::vector<std::string> images{"alpine", "busybox", "nginx", "redis", "berth/test:1"};
  std::uint64_t seed = 1;  // of ids; the same gives the same fleet
};

class Shard;

// Serves from its making to its end. Any thread.
class Fleet {
 public:
  // Throws kInvalid for a base that is none, kConflict when a port is taken, kUnavailable when too few descriptors may
  // be open.
  explicit Fleet(const FleetOptions& options);
  ~Fleet();

  // Addresses of all nodes, in order: "127.10.0.1:2375".
  const std::vector<std::string>& addresses() const { return addresses_; }

  // Carries out one command and returns its answer. Nodes are counted from 1: "5", "3-9", "2,4", "all".
  //   kill NODES | hang NODES | slow NODES MILLISECONDS | return NODES | reboot NODES
  //   churn RATE       that many containers a second, over all nodes, end, go, and are replaced; 0 stops it
  //   status           counts of nodes by state, of containers and event streams, as JSON
  // Throws kInvalid.
  std::string command(std::string_view line);

 private:
  std::vector<std::size_t> nodes_of(std::string_view text) const;
  std::string status();

  std::vector<std::string> addresses_;
  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace berth::fleet
