// Containers made anew on another node: the one piece of code that rescheduling, drains and rebalancing share.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/guarded.h"
#include "swarm/access/audit.h"
#include "swarm/api/image_supply.h"
#include "swarm/placement/rebalance.h"
#include "swarm/placement/request.h"
#include "swarm/pool/pool.h"
#include "swarm/recipe.h"
#include "swarm/volume_copy.h"

namespace berth::swarm {

struct MoverOptions {
  std::chrono::milliseconds health_limit{120'000};  // for the new container to become healthy
  // One without a health check must run for so long.
  std::chrono::milliseconds steady_time{1'000};
  // Whether this manager is the one that acts; unset: always.
  std::function<bool()> leads;
  Changed changed;  // unset: nobody is told
};

// For plans of moves over the pool, which outlives what is returned: Mover::reason_to_stay() and
// reason_for_volumes_to_stay() of a container by its id.
placement::Stays containers_that_stay(const Pool& pool);
placement::Stays volumes_that_stay(const Pool& pool);

// A move is start-first: the new container is made under a name of its own (name_while_replacing()) and started, and
// when it is healthy the old one is stopped and removed, and the new one gets the name. Whatever moment a manager dies
// at, the engines hold all that is needed to go on or back: finish_leftovers(). One with named volumes is stopped
// first: its data is copied (swarm/volume_copy.h), and the originals go when the new one is healthy. Any thread; one
// container is moved by one at a time.
class Mover {
 public:
  // What the move is at: "creating", "waiting until healthy" ...
  using Say = std::function<void(std::string_view step)>;

  // Both must outlive it.
  Mover(Pool& pool, ImageSupply& images, MoverOptions options)
      : pool_(pool), images_(images), options_(std::move(options)) {}

  // Why the container is left where it is by drains and rebalancing, for people; nothing: it may move. See also
  // reason_for_volumes_to_stay().
  static std::optional<std::string> reason_to_stay(const Container& container);

  // Moves a running container to the node of that name. Throws kConflict when it may not move or is being moved,
  // kUnavailable when there is no place, or it does not become healthy, and the engines' errors; then all is as it was.
  void move(const Context& context, const ContainerPtr& container, const std::string& to, const Say& say);

  // Makes a container anew whose node is lost, and starts it if it ran. Throws as move() does, and the engine's errors.
  void remake(const Context& context, const ContainerPtr& lost, const Recipe& recipe);

  // Ends the moves that an earlier manager has left unfinished: the new container takes the old one's place where that
  // has gone, else it goes, too. Call when all nodes have been looked at.
  void finish_leftovers(const Context& context);

 private:
  class Claim;
  struct Made;
  Reservation place(const Container& old, const placement::Request& request);
  Made make(const Context& context, const Container& old, const Recipe& recipe, const placement::Request& request,
            const std::string& name, bool start);
  void undo(const Context& context, NodeNumber node, const std::string& id);
  void await_health(const Context& context, NodeNumber node, const std::string& id) const;
  // Where the data of a container with volumes is brought before it is made there: its old one is stopped then.
  void bring_data(const Context& context, const Container& old, VolumeCopy& copy,
                  const std::vector<std::string>& volumes, const placement::Request& request, const NodePtr& to,
                  const Say& say);
  bool start_again(const Context& context, const Container& old) const;
  void replace(const Context& context, const Container& old, const Made& made, const VolumeCopy* copy);
  void finish(const Context& context, const ContainerPtr& leftover);
  void take_back(const Context& context, const Container& leftover, const Container& old);
  void take_over(const Context& context, const Container& leftover);
  void remove_unfinished_copies(const Context& context);
  void check_leads() const;
  std::string node_name(NodeNumber number) const;  // empty once it is gone

  Pool& pool_;
  ImageSupply& images_;
  const MoverOptions options_;
  Guarded<std::set<std::string>> at_work_;  // ids of old containers
  Context::Clock::time_point next_finish_{};
  Context::Clock::time_point next_copies_{};
};

}  // namespace berth::swarm
