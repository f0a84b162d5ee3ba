// The tags !reset and !override: what a later file takes away from the ones before it.
#pragma once

#include <string>
#include <vector>

#include "yaml/node.h"

namespace berth::compose {

// The keys from the root down to the attribute that goes.
using ResetPath = std::vector<std::string>;

// Takes the nodes tagged !reset out of `document`, and the tag from those that say !override; returns where both stood,
// so that the same attributes can be removed from the model before the document is merged into it.
std::vector<ResetPath> take_resets(yaml::Node& document);

// Removes the attributes from `model`. Paths that go through a list are not followed, as in the reference.
void apply_resets(const std::vector<ResetPath>& paths, yaml::Node& model);

// The same for one service that is about to be extended by `services.NAME` of the document with these resets.
void apply_resets_of_service(const std::vector<ResetPath>& paths, std::string_view name, yaml::Node& service);

}  // namespace berth::compose
