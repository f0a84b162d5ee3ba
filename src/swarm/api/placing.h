// Finding the node of a container that is to be created.
#pragma once

#include <memory>
#include <string>

#include "swarm/api/call.h"
#include "swarm/placement/request.h"

namespace berth::swarm {

// Gives the place back unless the container was made.
class Held {
 public:
  Held(Pool& pool, Reservation reservation) : pool_(pool), reservation_(std::move(reservation)) {}
  ~Held() {
    if (!fulfilled_) pool_.release(reservation_);
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  const Reservation& operator*() const { return reservation_; }
  void fulfil(const std::string& container) {
    pool_.fulfil(reservation_, container);
    fulfilled_ = true;
  }

 private:
  Pool& pool_;
  Reservation reservation_;
  bool fulfilled_ = false;
};
using HeldPtr = std::unique_ptr<Held>;

// Finds a place where the image is or comes to be, see ImageMeans. A container that compose makes to take another one's
// place goes where that is, and may have its ports. Throws kInternal with placement's refusal, kConflict when the name
// is taken, kNotFound, in the engine's words so that clients pull, when the image can't be had.
HeldPtr place(const Call& call, const placement::Request& request);

// Sees to it that the node has the request's image, with the client's credentials; see ImageSupply::bring.
bool bring_image(const Call& call, const NodePtr& node, const placement::Request& request);

}  // namespace berth::swarm
