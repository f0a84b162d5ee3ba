// Connecting to the engine beside other work.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <thread>

#include "base/context.h"
#include "engine/client.h"

namespace berth::cli {

// Makes a client and shakes hands with its engine on a thread of its own, so that both are done when the compose files
// are read: the keys and the handshake of TLS take as long as a call. Used by one thread; destroyed early, it gives up
// at once.
class EarlyEngine {
 public:
  using Make = std::function<std::unique_ptr<engine::Client>()>;

  // `make` is called on the other thread.
  EarlyEngine(const Context& context, Make make);
  ~EarlyEngine();
  EarlyEngine(const EarlyEngine&) = delete;
  EarlyEngine& operator=(const EarlyEngine&) = delete;

  // Waits for the client, with its API version agreed on. Once. Throws what `make` and Client::api_version throw.
  std::unique_ptr<engine::Client> take();

 private:
  CancelSource cancel_;
  std::unique_ptr<engine::Client> client_;
  std::exception_ptr error_;
  std::jthread thread_;
};

}  // namespace berth::cli
