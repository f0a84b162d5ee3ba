// Waiting for containers to be healthy, running or done, by the engine's events.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <thread>
#include <vector>

#include "base/context.h"
#include "base/guarded.h"
#include "converge/plan.h"
#include "engine/client.h"

namespace berth::converge {

// Listens from its making on, so that what happens afterwards is never missed: a wait registers first, looks at its
// containers once, and then only listens. A gap in the events makes it look again. No polling.
class Watch {
 public:
  // Called when a wait is over: without an error when its condition holds. On the thread that add() or look_at() is
  // called on, or the watch's own; never twice for one operation, and not after the watch is gone.
  using Settled = std::function<void(OperationNumber, std::optional<Error>)>;

  // Throws what Client::events throws.
  Watch(const Context& context, engine::Client& client, Settled settled);
  // Waits that are not over are forgotten.
  ~Watch();

  // From here on it is settled by what happens, and may be dropped; what holds already is seen by look_at() only.
  void add(OperationNumber number, const WaitFor& wait, const std::vector<engine::ContainerId>& ids);
  // Asks the engine what the container is now.
  void look_at(const engine::ContainerId& id);
  // Forgets the wait; false when it is over already.
  bool drop(OperationNumber number);

 private:
  enum class Verdict { kNotYet, kHolds };
  struct Waiting {
    WaitFor wait;
    std::map<engine::ContainerId, Verdict> containers;
  };
  struct Table {
    std::map<OperationNumber, Waiting> waits;
    std::optional<Error> broken;  // the events ended: nothing can be waited for any more
  };

  void listen(engine::EventStream events);
  void handle(const engine::Event& event);
  // Asks `verdict_of` (which may throw an Error: the wait fails) for each wait on the container.
  void judge(const engine::ContainerId& id, const std::function<Verdict(const WaitFor&)>& verdict_of);
  void settle_all(const Error& error);

  engine::Client& client_;
  CancelSource cancel_;
  Settled settled_;
  Guarded<Table> table_;
  std::jthread thread_;
};

}  // namespace berth::converge
