// A client's session with ZooKeeper.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "net/stream.h"

namespace berth::swarm {

struct ZooKeeperHost {
  std::string name;
  std::uint16_t port = 2181;
};

// One request at a time, on one thread. Source: ZooKeeper 3.8's zookeeper.jute. Every call connects when there is no
// connection, to the hosts in turn, and takes the session up again where the servers still have it, else
// begins another. Throws kUnavailable when no server answers or the connection breaks off (the next call connects
// anew), kForbidden (ACL), kInternal, kCancelled, kTimeout.
class ZooKeeperSession {
 public:
  // `timeout`: for how long the servers keep the session without hearing of it; they may choose another.
  ZooKeeperSession(std::vector<ZooKeeperHost> hosts, std::chrono::milliseconds timeout)
      : hosts_(std::move(hosts)), wanted_timeout_(timeout) {}
  // Lets the connection go; the session, and its ephemeral nodes, live on for the timeout.
  ~ZooKeeperSession() = default;

  struct Found {
    std::string data;
    std::int64_t owner = 0;  // id of the session whose end removes it; 0: none
  };

  // 0 before the first connection.
  std::int64_t id() const { return id_; }
  // Names of its children, nothing when there is no such node. With `watch`, await_change() tells of the next change.
  std::optional<std::vector<std::string>> children(const Context& context, const std::string& path, bool watch);
  std::optional<Found> get(const Context& context, const std::string& path);
  // Makes the node and those above it. False when it is there already.
  bool create(const Context& context, const std::string& path, std::string_view data, bool ephemeral);
  // False when it was not there.
  bool remove(const Context& context, const std::string& path);
  // Removes and makes it again as ours, in one step. False when it is not as it was any more.
  bool take_over(const Context& context, const std::string& path, std::string_view data);
  // Waits for what children() watches to change, and keeps the session up meanwhile.
  void await_change(const Context& context);

 private:
  enum class Operation : std::int32_t {
    kCreate = 1,
    kDelete = 2,
    kExists = 3,
    kGetData = 4,
    kGetChildren = 8,
    kPing = 11,
    kMulti = 14
  };
  struct Reply {
    std::int32_t error = 0;
    std::string body;
  };
  void connect(const Context& context);
  // False when the servers have ended the session: the next connection begins another.
  bool greet(const Context& context);
  Reply call(const Context& context, Operation operation, const std::string& body);
  void send(const Context& context, const std::string& payload);
  std::string receive(const Context& context);
  // True when the frame was for nobody: a ping's answer, or a watch's event, which is noted.
  bool take_aside(const std::string& frame);

  const std::vector<ZooKeeperHost> hosts_;
  const std::chrono::milliseconds wanted_timeout_;
  std::size_t next_host_ = 0;
  std::unique_ptr<net::Stream> stream_;
  std::chrono::milliseconds timeout_{};
  std::int64_t id_ = 0;
  std::string password_ = std::string(16, '\0');
  std::int64_t last_change_ = 0;
  std::int32_t last_call_ = 0;
  bool changed_ = false;
};

}  // namespace berth::swarm
