// Nodes that list themselves in Consul.
#pragma once

#include <string>
#include <string_view>

#include "http/client.h"
#include "swarm/discovery/discovery.h"

namespace berth::swarm {

// Keys PREFIX/PATH/ADDRESS of Consul's key/value store with the value ADDRESS, acquired by a session that removes them
// when it ends. Source: Consul's HTTP API v1, "KV store", "Sessions" and "Blocking queries"; keys as classic Swarm has
// them. What is there and is no address is left out with a warning in the log.
class ConsulDiscovery : public Discovery {
 public:
  // `place` is "HOST:PORT/PREFIX". Throws kInvalid; kUnsupported for several hosts, as each has its own agent.
  ConsulDiscovery(std::string_view place, std::string_view path, const store::TlsMaterial& tls);
  std::string_view scheme() const override { return "consul"; }
  EngineAddresses list(const Context& context) override;
  void watch(const Context& context, const OnChange& changed, const OnTrouble& trouble) override;
  void join(const Context& context, const std::string& address, const Heartbeat& heartbeat,
            const OnTrouble& trouble) override;
  void leave(const Context& context, const std::string& address) override;

 private:
  struct Answer {
    int status = 0;
    std::string body;
    std::uint64_t index = 0;  // of the store when it answered
  };
  struct Listing {
    EngineAddresses addresses;
    std::uint64_t index = 0;
  };
  // Throws kUnauthorized, kForbidden, kUnavailable and others by the status, unless it is 404.
  Answer call(const Context& context, std::string method, const std::string& target, std::string body = {});
  // With an index, waits until the list is another than it was then, or a while.
  Listing list_after(const Context& context, std::uint64_t index);
  std::string target_of(const std::string& key) const;
  // The session that holds the key; empty when none does.
  std::string session_of(const Context& context, const std::string& key);
  std::string make_session(const Context& context, std::chrono::milliseconds ttl);
  bool renew_session(const Context& context, const std::string& session);

  const std::string host_;
  http::Client client_;
  std::string prefix_;  // "PREFIX/PATH/"
};

}  // namespace berth::swarm
