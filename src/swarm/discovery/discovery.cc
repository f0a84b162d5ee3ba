#include "swarm/discovery/discovery.h"

#include <algorithm>
#include <iterator>

#include "base/strings.h"
#include "swarm/discovery/consul.h"
#include "swarm/discovery/sources.h"
#include "swarm/discovery/zookeeper.h"

namespace berth::swarm {

namespace {

constexpr std::string_view kDefaultPath = "docker/swarm/nodes";

std::string option(const DiscoveryOptions& options, const std::string& name) {
  const auto found = options.options.find(name);
  return found == options.options.end() ? "" : found->second;
}

void check_options(const DiscoveryOptions& options) {
  const std::vector<std::string> known = {"kv.path", "kv.cacertfile", "kv.certfile", "kv.keyfile"};
  for (const auto& [name, value] : options.options) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    throw Error(Kind::kInvalid, "there is no discovery option '" + name + "'; there are " + join(known, ", "));
  }
}

std::string path_of(const DiscoveryOptions& options) {
  std::string path = option(options, "kv.path");
  while (path.starts_with('/')) path.erase(0, 1);
  while (path.ends_with('/')) path.pop_back();
  return path.empty() ? std::string(kDefaultPath) : path;
}

store::TlsMaterial tls_of(const DiscoveryOptions& options) {
  const auto text = [&](const std::string& name) {
    const std::string path = option(options, name);
    return path.empty() ? std::string() : within("discovery option '" + name + "'", [&] { return read_file(path); });
  };
  return {.ca = text("kv.cacertfile"), .cert = text("kv.certfile"), .key = text("kv.keyfile")};
}

Error unsupported(std::string_view scheme) {
  if (scheme == "token") {
    return {
        Kind::kUnsupported,
        "the discovery service of Docker Hub behind 'token://' is gone since 2019; use etcd://, consul:// or a file"};
  }
  return {Kind::kUnsupported, "there is no discovery '" + std::string(scheme) +
                                  "://'; there are nodes://, file://, etcd://, zk://, consul:// and machine://"};
}

}  // namespace

AddressChanges changes_between(const EngineAddresses& before, const EngineAddresses& after) {
  AddressChanges changes;
  std::set_difference(after.begin(), after.end(), before.begin(), before.end(), std::back_inserter(changes.added));
  std::set_difference(before.begin(), before.end(), after.begin(), after.end(), std::back_inserter(changes.removed));
  return changes;
}

EngineAddresses sorted(EngineAddresses addresses) {
  const auto by_address = [](const EngineAddress& a, const EngineAddress& b) { return a.address < b.address; };
  std::stable_sort(addresses.begin(), addresses.end(), by_address);
  const auto same = [](const EngineAddress& a, const EngineAddress& b) { return a.address == b.address; };
  addresses.erase(std::unique(addresses.begin(), addresses.end(), same), addresses.end());
  return addresses;
}

void Discovery::join(const Context&, const std::string& address, const Heartbeat&, const OnTrouble&) {
  throw Error(Kind::kUnsupported, "'" + address + "' cannot join by " + std::string(scheme()) +
                                      ":// discovery, which lists its nodes itself; use etcd://, zk:// or consul://");
}

void Discovery::leave(const Context&, const std::string& address) {
  throw Error(Kind::kUnsupported, "'" + address + "' cannot be taken off the list of " + std::string(scheme()) +
                                      ":// discovery; change what it lists");
}

std::unique_ptr<Discovery> discovery_of(std::string_view url, const DiscoveryOptions& options) {
  check_options(options);
  const std::size_t mark = url.find("://");
  // "a:2375,unix:///b" is a list that has a scheme further on.
  const bool is_list = mark == url.npos || url.substr(0, mark).find_first_of(":,") != url.npos ||
                       url.starts_with("unix:") || url.starts_with("tcp:");
  const std::string_view scheme = is_list ? "nodes" : url.substr(0, mark);
  const std::string_view rest = is_list ? url : url.substr(mark + 3);
  if (scheme == "nodes") return std::make_unique<FixedDiscovery>(rest);
  if (scheme == "file") {
    if (rest.empty()) throw Error(Kind::kInvalid, "'" + std::string(url) + "' names no file: use file:///PATH");
    return std::make_unique<FileDiscovery>(Path(rest));
  }
  if (scheme == "machine") return std::make_unique<MachineDiscovery>(options.machines, rest);
  if (scheme == "etcd") {
    return std::make_unique<StoreDiscovery>(replication_store(url, options), path_of(options));
  }
  if (scheme == "consul") return std::make_unique<ConsulDiscovery>(rest, path_of(options), tls_of(options));
  if (scheme == "zk") {
    if (!tls_of(options).empty()) throw Error(Kind::kUnsupported, "zk:// is spoken without TLS; leave out kv.*file");
    return std::make_unique<ZooKeeperDiscovery>(rest, path_of(options));
  }
  throw unsupported(scheme);
}

std::unique_ptr<store::Store> replication_store(std::string_view url, const DiscoveryOptions& options) {
  check_options(options);
  if (!url.starts_with("etcd://")) {
    throw Error(Kind::kUnsupported,
                "managers can only be replicated with etcd:// discovery, which '" + std::string(url) + "' is not");
  }
  return store::store_of(url, {.tls = tls_of(options), .clock = options.clock});
}

}  // namespace berth::swarm
