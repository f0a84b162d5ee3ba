// For tests: an engine on a unix socket that only knows containers' lives, and remembers what it was asked.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/guarded.h"
#include "engine/client.h"
#include "http/server.h"

namespace berth::converge::testing {

class FakeEngine {
 public:
  FakeEngine();
  ~FakeEngine();

  engine::Client& client() { return *client_; }

  // Called before a call ("start web", "create db", ...) is answered, on its own thread; may block, or throw the Error
  // to answer.
  std::function<void(const Context&, const std::string& call)> before;
  // Answers to lists, by path: {"containers/json", "[...]"}.
  std::map<std::string, std::string> lists;
  // Whether a started container becomes healthy at once.
  bool healthy_at_once = true;

  // Calls in the order of their arrival ("list containers/json", "start web", "json web" for an inspection); without
  // pings and events.
  std::vector<std::string> calls();
  std::size_t pings() const { return pings_; }
  std::size_t count(const std::string& call);
  // The most calls that were being answered at a time.
  std::size_t most_at_once();
  // Changes a container's health, and says so to who listens.
  void set_health(const std::string& name, const std::string& status, const std::string& output = {});
  void exit(const std::string& name, int code);
  // Waits until the call has arrived.
  void wait_for_call(const std::string& call);

 private:
  struct Container {
    std::string state = "created";
    std::string health = "starting";
    std::string output;
    int exit_code = 0;
  };
  struct State {
    std::vector<std::string> calls;
    std::size_t now = 0;
    std::size_t most = 0;
    std::map<std::string, Container> containers;
    std::vector<std::string> events;  // lines, all since the beginning
  };

  void handle(const Context& context, http::Exchange& exchange);
  void answer(const Context& context, http::Exchange& exchange, const std::string& verb, const std::string& name);
  void stream_events(const Context& context, http::Exchange& exchange);
  std::string inspect(const std::string& name);
  void emit(State& state, const std::string& action, const std::string& name, int exit_code = 0);

  TemporaryFolder folder_;
  std::atomic<std::size_t> pings_ = 0;
  Guarded<State> state_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<engine::Client> client_;
};

}  // namespace berth::converge::testing
