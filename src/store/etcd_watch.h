// Changes in etcd as they come.
#pragma once

#include <memory>
#include <string>

#include "http/json_stream.h"
#include "store/etcd_codec.h"
#include "store/etcd_gateway.h"

namespace berth::store {

// One streamed call, made again at another member from the last revision on when it breaks, or when a member that has
// been silent for a while turns out to be gone or cut off from its cluster.
class EtcdWatch : public Watch {
 public:
  EtcdWatch(EtcdGateway& gateway, const std::string& root, std::string prefix, Revision after)
      : gateway_(gateway), codec_(root), prefix_(std::move(prefix)), after_(after) {}

  Changes next(const Context& context) override;

 private:
  struct Connection {
    explicit Connection(EtcdGateway::Stream opened);
    EtcdGateway::Stream stream;
    http::JsonStream messages;
    bool proved = false;  // it was of use for a while
  };

  void connect(const Context& context);
  // The next message, nothing when the connection broke. Throws kUnavailable when it never worked.
  std::optional<boost::json::value> message(const Context& context);
  void broke(const Error& error);
  // Nothing when the message tells of no change.
  std::optional<Changes> changes_of(const boost::json::value& result);

  EtcdGateway& gateway_;
  const EtcdCodec codec_;
  const std::string prefix_;
  Revision after_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace berth::store
