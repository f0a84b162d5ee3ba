// Seeing to it that a node has the image of the container that is placed there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "swarm/api/call.h"

namespace berth::swarm {

// What is done about an image that the chosen node doesn't have.
enum class ImageMeans {
  kCopy,   // from a node that has it, through the manager
  kPull,   // from its registry
  kPlace,  // the container goes where the image is
};

// "copy,pull,place": in the order in which they are tried; empty: nothing is done. Throws kInvalid with the words there
// are.
std::vector<ImageMeans> parse_image_means(std::string_view text);

// Sends the image from one engine to the other, as `docker save` and `docker load` do, with bounded memory. Layers that
// the receiver has are left out where the archive names them (engines from 25 on). Throws the engines' errors.
void copy_image(const Context& context, const Pool& pool, const Node& from, const Node& to, const std::string& name);

// Brings the image to the node, by copying or pulling, in the order of `means`. Those who want the same at the same
// time share the work. False when all failed; the log says why. Throws kCancelled.
bool bring_image(const Call& call, const NodePtr& node, const std::string& name, const std::vector<ImageMeans>& means);

}  // namespace berth::swarm
