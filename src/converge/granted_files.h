// Whether the secrets and configs of a container are still those of its service.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compose/project.h"

namespace berth::converge {

// A short digest of each secret and config whose content is known, as the label io.berth.compose.files has it:
// "config app=1f3c9a02 secret token=77be01aa"; empty when there is none. 32 bits: enough to see a change, too few to
// find a secret by.
std::string granted_files(const compose::Project& project, const compose::Service& service);

// "secret 'token' changed" for each whose digest differs from the label's. What only one of them knows is no change.
std::vector<std::string> changed_files(std::string_view label, std::string_view wanted);

}  // namespace berth::converge
