// The data of a container's named volumes, brought to another engine: for a move (swarm/mover.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/context.h"
#include "swarm/pool/pool.h"

namespace berth::swarm {

// Of the containers that hold the volumes of a move at both engines while they are copied. They are never started.
inline constexpr char kVolumeHolderLabel[] = "com.docker.swarm.holds-volumes";

// The container's volumes whose bytes are on its node alone and have a name that someone gave them.
std::vector<std::string> volumes_to_move(const Pool& pool, const Container& container);

// Why these cannot go with the container, for people; nothing: they can, or there are none.
std::optional<std::string> reason_for_volumes_to_stay(const Pool& pool, const Container& container);

// What a lost container's volumes are to be waited for, for people; nothing: it may be made anew without. `names` are
// its named volumes, `policy` is its label com.docker.swarm.volumes.
std::optional<std::string> reason_to_wait_for_volumes(const Pool& pool, const std::vector<std::string>& names,
                                                      const std::string& policy);

// Copies through the manager, as archives, with bounded memory: files, folders, links, devices and pipes with owner,
// mode and time; of extended attributes the capabilities, as engines' archives have it. The volumes and what holds them
// carry the container's id, so that whoever finds them after a manager has died can tell what they are. One thread.
class VolumeCopy {
 public:
  // All must outlive it. `image` is the container's, which both engines have.
  VolumeCopy(Pool& pool, const Container& container, NodePtr from, NodePtr to, std::string image)
      : pool_(pool), container_(container), from_(std::move(from)), to_(std::move(to)), image_(std::move(image)) {}

  // Makes the empty volumes, and what holds them. Throws kConflict when the node has one of that name already.
  void prepare(const Context& context, const std::vector<std::string>& volumes);
  // Copies, and compares what has arrived with what was sent. The container must not run. Throws kInternal when they
  // differ, and the engines' errors.
  void run(const Context& context) const;
  // The volumes have an owner now.
  void release(const Context& context);
  // Removes the copies, as the move was given up. Errors are logged.
  void drop(const Context& context);
  // Removes the originals, as the move is done. Errors are logged.
  void remove_originals(const Context& context) const;

 private:
  std::string make_holder(const Context& context, const NodePtr& node, const std::string& name) const;
  void remove(const Context& context, const NodePtr& node, const std::string& path) const;

  Pool& pool_;
  const Container& container_;
  NodePtr from_;
  NodePtr to_;
  std::string image_;
  std::vector<std::string> volumes_;
  std::vector<std::string> made_;
  std::string source_;  // ids of the holders
  std::string target_;
};

}  // namespace berth::swarm
