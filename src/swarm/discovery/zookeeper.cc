#include "swarm/discovery/zookeeper.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/strings.h"
#include "swarm/discovery/address.h"
#include "swarm/discovery/joining.h"
#include "swarm/discovery/sources.h"
#include "swarm/discovery/told.h"

namespace berth::swarm {

namespace {

constexpr std::string_view kDefaultPort = ":2181";
constexpr std::chrono::milliseconds kReaderSession{10'000};
constexpr std::chrono::milliseconds kPauseAfterFault{500};
// A session ends soon after it is not heard of, by the servers' rules.
constexpr std::chrono::milliseconds kLongestPause{1'000};

ZooKeeperHost host_of(std::string_view text) {
  const bool has_port = text.find(':', text.starts_with('[') ? text.find(']') : 0) != text.npos;
  const std::string address = checked_address(std::string(text) + std::string(has_port ? "" : kDefaultPort));
  const std::size_t colon = address.rfind(':');
  std::string name = address.substr(0, colon);
  if (name.starts_with('[')) name = name.substr(1, name.size() - 2);
  return {std::move(name), static_cast<std::uint16_t>(parse_integer(address.substr(colon + 1)).value_or(0))};
}

}  // namespace

ZooKeeperDiscovery::ZooKeeperDiscovery(std::string_view place, std::string_view path) {
  const auto [hosts, prefix] = cut(place, '/');
  for (const std::string& host : split(hosts, ',')) hosts_.push_back(host_of(host));
  for (const std::string& part : split(prefix.value_or(""), '/')) {
    if (!part.empty()) folder_ += "/" + part;
  }
  folder_ += "/" + std::string(path);
}

EngineAddresses ZooKeeperDiscovery::list_with(const Context& context, ZooKeeperSession& session, bool watch,
                                              Values& known) const {
  Values values;
  for (const std::string& name : session.children(context, folder_, watch).value_or(std::vector<std::string>())) {
    if (const auto found = known.find(name); found != known.end()) {
      values.insert(*found);
    } else if (const auto node = session.get(context, folder_ + "/" + name)) {
      values.emplace(name, node->data);
    }
  }
  known = values;
  EngineAddresses addresses;
  for (const auto& [name, value] : known) {
    try {
      addresses.push_back({.address = checked_address(value)});
    } catch (const Error& e) {
      log(LogLevel::kWarning, "the node '" + folder_ + "/" + name + "' in ZooKeeper is left out: " + e.message());
    }
  }
  return sorted(std::move(addresses));
}

EngineAddresses ZooKeeperDiscovery::list(const Context& context) {
  ZooKeeperSession session(hosts_, kReaderSession);
  Values known;
  return list_with(context, session, false, known);
}

void ZooKeeperDiscovery::watch(const Context& context, const OnChange& changed, const OnTrouble& trouble) {
  Told told(changed, trouble);
  ZooKeeperSession session(hosts_, kReaderSession);
  Values known;
  while (!context.cancelled()) {
    try {
      try {
        told.set(list_with(context, session, true, known));
        session.await_change(context);
      } catch (const Error& e) {
        context.check();
        told.trouble(e);
        known.clear();
        context.sleep_for(kPauseAfterFault);
      }
    } catch (const Error&) {
      return;  // the context has ended
    }
  }
}

void ZooKeeperDiscovery::join(const Context& context, const std::string& address, const Heartbeat& heartbeat,
                              const OnTrouble& trouble) {
  const std::string checked = joinable_address(address);
  const std::string path = folder_ + "/" + checked;
  ZooKeeperSession session(hosts_, heartbeat.ttl);
  const auto beat = [&](const Context& patient) {
    const auto found = session.get(patient, path);
    if (found && found->owner == session.id() && found->data == checked) return;
    // Who joined before us, and died, left a node that ends soon: it is made ours, at no moment off the list.
    const bool ours = found ? session.take_over(patient, path, checked) : session.create(patient, path, checked, true);
    if (!ours) throw Error(Kind::kConflict, "'" + path + "' in ZooKeeper has just been changed by somebody else");
  };
  const Heartbeat often{.every = std::min(heartbeat.every, kLongestPause), .ttl = heartbeat.ttl};
  keep_beating(context, heartbeat.ttl > heartbeat.every ? often : heartbeat, beat, trouble);
}

void ZooKeeperDiscovery::leave(const Context& context, const std::string& address) {
  ZooKeeperSession(hosts_, kReaderSession).remove(context, folder_ + "/" + checked_address(address));
}

}  // namespace berth::swarm
