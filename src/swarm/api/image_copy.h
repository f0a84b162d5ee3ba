// Images from engine to engine.
#pragma once

#include <string>

#include "base/context.h"
#include "http/client.h"
#include "swarm/pool/pool.h"

namespace berth::swarm {

// Sends the image from one engine to the other, as `docker save` and `docker load` do, with bounded memory. Layers that
// the receiver has already are left out of the archive where that names them by digest (engines from 25 on). Throws the
// engines' errors.
void copy_image(const Context& context, const Pool& pool, const NodePtr& from, const NodePtr& to,
                const std::string& name);

// Follows an engine's stream of progress to its end. Throws what it says went wrong.
void finish_progress(const Context& context, http::Response& response);

}  // namespace berth::swarm
