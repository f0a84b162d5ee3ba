// The manager's connections to one engine.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/guarded.h"
#include "engine/endpoint.h"
#include "engine/system.h"
#include "http/client.h"
#include "net/pump.h"
#include "swarm/pool/container.h"
#include "swarm/pool/node.h"

namespace berth::swarm {

// Who hears of an engine. Called on the pump's thread: must not wait.
class LinkListener {
 public:
  virtual ~LinkListener() = default;
  // An event, as the engine wrote it.
  virtual void on_event(NodeNumber node, std::string_view json) = 0;
  virtual void on_pong(NodeNumber node) = 0;
  // A stream that keeps the link broke off. Once after each connect().
  virtual void on_lost(NodeNumber node, const std::string& reason) = 0;
};

// Lists that an engine keeps besides its containers, as it writes them.
enum class Listing { kImages, kNetworks, kVolumes };
inline constexpr Listing kListings[] = {Listing::kImages, Listing::kNetworks, Listing::kVolumes};

// What was seen of an engine at one time.
struct EngineView {
  engine::Info info;
  engine::ApiVersion api_version;
  std::string builder_version;
  std::vector<ContainerPtr> containers;
  std::string listings[std::size(kListings)];  // JSON arrays
};

// Two streams that stay (events, and a line for pings) and a client with connections of its own for calls. All but
// client() from one thread at a time.
class EngineLink {
 public:
  // All references must outlive it. `listener` is not called once the link is gone.
  // Connections of the client that are idle are bounded by `idle`, together with those of other links.
  EngineLink(NodeNumber number, engine::Endpoint endpoint, net::Pump& pump, LinkListener& listener,
             std::shared_ptr<http::IdleShare> idle);
  ~EngineLink();
  EngineLink(const EngineLink&) = delete;
  EngineLink& operator=(const EngineLink&) = delete;

  // Connects anew and looks at everything: what happens after the look comes as events. Throws kUnavailable and
  // kTimeout when the engine can't be reached, kUnauthorized when it refuses our certificate, kUnsupported when its API
  // is too old, what its answers throw.
  EngineView connect(const Context& context);
  void disconnect();

  // Asks for a sign of life, which comes as on_pong(). Any thread; false when the link is broken.
  bool ping();

  // Those of `ids` that the engine still has.
  std::vector<ContainerPtr> containers(const Context& context, const std::vector<std::string>& ids);
  std::string listing(const Context& context, Listing listing);

  // For calls of any thread. Their paths name their API version.
  http::Client& client() { return client_; }
  // Asks for `path` (without version) in the engine's own version, with a JSON body unless it is empty; the answer's
  // body. Throws the engine's error. Any thread once connected.
  std::string call(const Context& context, const std::string& method, const std::string& path, std::string body = {});
  std::string get(const Context& context, const std::string& path) { return call(context, "GET", path); }

 private:
  struct Streams {
    std::optional<net::Pump::Handle> events;
    std::optional<net::Pump::Handle> ping;
  };
  // Says what the engine can.
  void negotiate(const Context& context, EngineView& view);
  net::Pump::Handle open_stream(const Context& context, std::unique_ptr<net::Pump::Receiver> receiver);
  void open_events(const Context& context);

  const NodeNumber number_;
  const engine::Endpoint endpoint_;
  net::Pump& pump_;
  LinkListener& listener_;
  const net::Dialer dialer_;
  http::Client client_;
  Guarded<engine::ApiVersion> api_version_;
  Guarded<Streams> streams_;
};

}  // namespace berth::swarm
