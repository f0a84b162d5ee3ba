// Who the engines of the pool are.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/context.h"
#include "base/error.h"
#include "base/files.h"
#include "store/open.h"

namespace berth::swarm {

// Where an engine is, as discovery was told.
struct EngineAddress {
  // "10.0.0.5:2375", "node-1:2376", "[fd00::5]:2376" as classic Swarm has them; "unix:///run/docker.sock".
  std::string address;
  // Folder with ca.pem, cert.pem and key.pem to reach this engine with; empty: the manager's own TLS settings.
  Path certificates;
  // What it is called where it comes from (a machine's name), for messages before the engine has told its own name.
  std::string name;
  auto operator<=>(const EngineAddress&) const = default;
};

// Sorted by address; no address twice.
using EngineAddresses = std::vector<EngineAddress>;

// What changed from one set to the next; one whose certificates changed is in both.
struct AddressChanges {
  EngineAddresses added;
  EngineAddresses removed;
};
AddressChanges changes_between(const EngineAddresses& before, const EngineAddresses& after);

// How a node keeps itself listed (`swarm join --heartbeat --ttl`, `--delay` is the command's).
struct Heartbeat {
  std::chrono::milliseconds every{60'000};
  std::chrono::milliseconds ttl{180'000};  // after which a node that is not heard of is off the list
};

// A source of engines. Any thread.
class Discovery {
 public:
  using OnChange = std::function<void(const EngineAddresses&)>;
  using OnTrouble = std::function<void(const Error&)>;

  virtual ~Discovery() = default;

  // "nodes", "file", "etcd", "zk", "consul", "machine".
  virtual std::string_view scheme() const = 0;

  // The engines listed now. Throws kNotFound (no such file), kInvalid (what is listed is no address, with file and
  // line), kUnavailable and others of the store behind it, kCancelled, kTimeout.
  virtual EngineAddresses list(const Context& context) = 0;

  // Calls `changed` with the whole set, once as soon as it is known and then whenever it has become another, until the
  // context ends; returns then. What list() would throw is told to `trouble` and tried again, each trouble once until
  // it has passed or become another; the set told last stays in force meanwhile: an engine is gone only when its source
  // says so, never because the source cannot be read. Both are called on the thread that called watch().
  virtual void watch(const Context& context, const OnChange& changed, const OnTrouble& trouble) = 0;

  // Lists `address` and keeps it listed until the context ends; returns then. The entry stays for the rest of its ttl,
  // so that a joiner that restarts is no node that leaves. Troubles as in watch(). Throws kUnsupported where nodes
  // cannot list themselves (nodes, file, machine), kInvalid for an address that is not "host:port" or a ttl that is not
  // longer than the heartbeat.
  virtual void join(const Context& context, const std::string& address, const Heartbeat& heartbeat,
                    const OnTrouble& trouble);
  // Takes `address` off the list; nothing happens when it is not on it. Throws as list(), kUnsupported.
  virtual void leave(const Context& context, const std::string& address);
};

// The machines of this host, for `machine://`. Handed in by the command, as swarm does not know machines.
struct MachineSource {
  // Those that have an engine to reach, with their certificates. May throw.
  std::function<EngineAddresses()> list;
  // Folder of the machines' folders, which is watched: they come, go and change without a restart.
  Path folder;
};

struct DiscoveryOptions {
  // --discovery-opt: kv.path, kv.cacertfile, kv.certfile, kv.keyfile, as classic Swarm has them.
  std::map<std::string, std::string> options;
  MachineSource machines;
  const Clock* clock = &system_clock();
};

// The source that `url` names:
//   "10.0.0.5:2375,node-2:2375", "nodes://10.0.0.[10:200]:2375,unix:///run/docker.sock"   fixed
//   "file:///etc/berth/nodes"                a line for each, ranges too; # begins a comment; watched
//   "etcd://h1:2379,h2:2379/prefix"          nodes list themselves by `swarm join`
//   "zk://h1:2181,h2/prefix"                 the same
//   "consul://h1:8500/prefix"                the same
//   "machine://", "machine://web-[1:3],db"   machines of this host, all or those named
// Reads and connects to nothing yet. Throws kInvalid with the place in `url`, kUnsupported for token:// and
// what nobody knows, kNotFound for a certificate's file.
std::unique_ptr<Discovery> discovery_of(std::string_view url, const DiscoveryOptions& options = {});

// The store behind "etcd://...", for the election of a replicated manager. Throws as discovery_of; kUnsupported for
// discovery that has no store which managers can share.
std::unique_ptr<store::Store> replication_store(std::string_view url, const DiscoveryOptions& options = {});

}  // namespace berth::swarm
