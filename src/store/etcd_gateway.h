// Calls to an etcd cluster by its JSON gateway, whichever of its members answers.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/fwd.hpp>

#include "base/context.h"
#include "base/error.h"
#include "http/client.h"
#include "net/tls.h"

namespace berth::store {

struct EtcdEndpoint {
  std::string host;
  std::uint16_t port = 2379;
};

// May a call be sent a second time, when it is not known whether the first was heard?
enum class Repeat { kYes, kNo };

// Keeps to a member while it answers and goes on to the next when not. Any thread. Source: etcd API v3, "gRPC gateway".
class EtcdGateway {
 public:
  EtcdGateway(std::vector<EtcdEndpoint> endpoints, const std::optional<net::TlsContext>& tls);
  ~EtcdGateway();

  // Posts `body` to "/v3/PATH" and returns the answer. A member that can't be reached, or does not answer within
  // two seconds, is passed over for the next; with kNo only when the call was surely not heard. Errors as of Store,
  // kNotFound as etcd says it.
  boost::json::value call(const Context& context, std::string_view path, const boost::json::value& body, Repeat repeat);

  // An answer that goes on and on: one `{"result": ...}` after the other.
  struct Stream {
    http::Response response;
    std::size_t member = 0;
  };
  // The same, and returns once the answer begins. A member that has no leader refuses, and ends the stream when it
  // loses its leader.
  Stream open(const Context& context, std::string_view path, const boost::json::value& body);
  // Whether that member says, within two seconds, that it works and has a leader. When not, calls begin with another.
  bool works(const Context& context, std::size_t member);

 private:
  struct Member;
  // Runs `attempt` on the members in turn, beginning with the current one, each at most once.
  template <typename Attempt>
  auto with_member(const Context& context, Repeat repeat, Attempt attempt);
  void pass_over(std::size_t member);

  std::vector<std::unique_ptr<Member>> members_;
  std::atomic<std::size_t> current_ = 0;
};

// The error that an answer of the gateway tells: {"code": 5, "message": ...}, or the "error" of a stream's last
// message.
Error etcd_error(const boost::json::value& said);

}  // namespace berth::store
