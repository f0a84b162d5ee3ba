// From the body of POST /containers/create to what the fleet keeps of it.
#pragma once

#include <memory>

#include <boost/json/fwd.hpp>

#include "node.h"

namespace berth::fleet {

struct CreateRequest {
  std::shared_ptr<const Spec> spec;
  std::shared_ptr<const Labels> labels;
};

// All that the body has is kept, with dockerd 28.5's defaults for what it lacks. Throws kInvalid, and kNotFound when
// the engine does not have the image.
CreateRequest read_create(Node& node, const boost::json::value& body);

}  // namespace berth::fleet
