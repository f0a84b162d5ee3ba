// What a machine does for a swarm, as `create --swarm` and `--swarm-master` ask for it: made without running anything.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "machine/host.h"

namespace berth::machine {

// Where `swarm manage` listens unless told otherwise.
inline constexpr std::string_view kSwarmHost = "tcp://0.0.0.0:3376";

// What the commands have to know of the host that they run on.
struct SwarmSite {
  std::string ip;
  int engine_port = 2376;
  std::string ca;  // paths there; empty: the manager makes its certificates by the authority in the machine store
  std::string certificate;
  std::string key;
  std::string store;  // URL of what the manager keeps; empty: where it keeps it by itself
};

// A command of berth that is to run for as long as the host does.
struct SwarmService {
  std::string name;                    // "manage", "join"
  std::vector<std::string> arguments;  // "swarm", "manage", ...
  bool operator==(const SwarmService&) const = default;
};

// Whether nodes list themselves in what `discovery` names, by `swarm join`: a store.
bool takes_joins(std::string_view discovery);

// Fills in what was not given: where the manager listens, its strategy and, of the driver `local`, the machines of this
// host as discovery. Throws kInvalid for options that don't go together, kUnsupported for what there is not, both
// saying what to do.
SwarmOptions checked_swarm(SwarmOptions options, std::string_view driver, bool engine_via_ssh);

// The manager of a master, and what keeps a node listed where its discovery is a store.
std::vector<SwarmService> swarm_services(const SwarmOptions& options, const SwarmSite& site);

// Script that keeps the services running, each started again when it ends; for hosts without a service manager.
// `program` is berth, `log` gets what they say.
std::string swarm_script(const std::vector<SwarmService>& services, const Path& program, const Path& machine_storage,
                         const Path& log);

// `url` of a machine's engine with the port of `swarm_host`: "tcp://10.0.0.5:3376".
std::string swarm_url(const std::string& url, const std::string& swarm_host);

}  // namespace berth::machine
