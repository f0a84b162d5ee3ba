// A bad way to a good engine: what stands between is slow, answers with errors, or is cut.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/context.h"
#include "base/files.h"
#include "net/listener.h"
#include "net/stream.h"

namespace berth::scenario {

// Listens on a unix socket and hands every call on to the engine, one call a connection (the engine is asked to close
// it), so that hijacked and streamed calls are nothing special. Ends all connections when it goes.
class BadProxy {
 public:
  struct Call {
    std::string method;
    std::string target;  // "/v1.51/containers/create?name=web"
    int number = 0;      // of all calls, from 1
  };
  // What happens to a call before the engine hears of it.
  struct Fate {
    std::chrono::milliseconds delay{0};
    bool fails = false;  // answered with 500, the engine hears nothing
  };
  // Called on many threads at a time.
  using Rule = std::function<Fate(const Call&)>;

  BadProxy(Path engine_socket, Rule rule);
  ~BadProxy();
  BadProxy(const BadProxy&) = delete;
  BadProxy& operator=(const BadProxy&) = delete;

  std::string docker_host() const { return listener_.address(); }
  int calls() const { return calls_; }
  int failed() const { return failed_; }

  // Breaks all connections there are, in the middle of what they say; later ones are as before.
  void cut();

 private:
  void accept_all();
  void serve(net::Stream& client, const Context& context);

  TemporaryFolder folder_;
  Path engine_;
  Rule rule_;
  net::Listener listener_;
  CancelSource everything_;
  std::mutex mutex_;
  CancelSource connections_;
  std::atomic<int> calls_ = 0;
  std::atomic<int> failed_ = 0;
  std::vector<std::jthread> servers_;
  std::jthread acceptor_;
};

}  // namespace berth::scenario
