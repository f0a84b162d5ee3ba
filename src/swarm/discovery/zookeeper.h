// Nodes that list themselves in ZooKeeper.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "swarm/discovery/discovery.h"
#include "swarm/discovery/zookeeper_session.h"

namespace berth::swarm {

// Ephemeral nodes /PREFIX/PATH/ADDRESS with the data ADDRESS, where classic Swarm has them. What is there and is no
// address is left out with a warning in the log.
class ZooKeeperDiscovery : public Discovery {
 public:
  // `place` is "HOST:PORT,HOST/PREFIX". Throws kInvalid.
  ZooKeeperDiscovery(std::string_view place, std::string_view path);
  std::string_view scheme() const override { return "zk"; }
  EngineAddresses list(const Context& context) override;
  void watch(const Context& context, const OnChange& changed, const OnTrouble& trouble) override;
  // How long the entry stays after the joiner's end is what the servers make of the ttl: 40 seconds at most by default.
  void join(const Context& context, const std::string& address, const Heartbeat& heartbeat,
            const OnTrouble& trouble) override;
  void leave(const Context& context, const std::string& address) override;

 private:
  using Values = std::map<std::string, std::string>;  // data of nodes, by name
  // Asks for what `known` lacks.
  EngineAddresses list_with(const Context& context, ZooKeeperSession& session, bool watch, Values& known) const;

  std::vector<ZooKeeperHost> hosts_;
  std::string folder_;  // "/PREFIX/PATH"
};

}  // namespace berth::swarm
