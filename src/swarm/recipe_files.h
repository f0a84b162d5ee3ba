// Files that were copied into a container before its start, such as the secrets of `berth compose`: no engine brings
// them along when the container is made anew.
#pragma once

#include <string>
#include <string_view>

#include "base/context.h"
#include "swarm/pool/pool.h"
#include "swarm/recipe.h"

namespace berth::swarm {

// recipe_of(inspected), with what the container has now of the files that its label io.berth.compose.copied names,
// asked of its engine. `inspected` is the text of GET /containers/{id}/json. Throws kUnsupported when they are more
// than half a mebibyte, more than a store takes; else as recipe_of(), and the engine's errors.
Recipe recipe_with_files(const Context& context, const Pool& pool, NodeNumber node, std::string_view inspected);

// Copies Recipe::files into a container that has not started yet.
void bring_files(const Context& context, const Pool& pool, NodeNumber node, const std::string& id,
                 const std::string& files);

}  // namespace berth::swarm
