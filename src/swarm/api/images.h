// Which nodes have an image.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "swarm/api/call.h"

namespace berth::swarm {

// How engines list what people call "redis", "docker.io/library/redis" or "sha256:ab12...": words for Pool::holders(),
// the likeliest first.
std::vector<std::string> image_words(std::string_view name);

// The nodes known to have it, healthy or not; empty when there is none.
std::vector<NodePtr> holders_of_image(const Pool& pool, std::string_view name);

// "redis" -> "redis:latest", as engines say which image they miss.
std::string full_image_name(std::string_view name);

struct FoundImage {
  std::string name;            // without a node's name in front
  std::vector<NodePtr> nodes;  // healthy ones that have it; at least one
};

// By name, id or its beginning, also "node/name" for that node's. Waits for what is known to have changed when it isn't
// there at first. Throws kNotFound in the engine's own words, kUnavailable when none that has it can be asked.
FoundImage image_of(const Call& call, std::string_view name);

// "/images/NAME/json", with what has to be encoded.
std::string image_path(std::string_view name, std::string_view rest);

}  // namespace berth::swarm
