// Containers of a project that none of its services has.
#pragma once

#include <vector>

#include "compose/project.h"
#include "converge/observe.h"

namespace berth::converge {

// Of services that are not in the file, disabled ones included; and one-off containers that have ended.
std::vector<const engine::ContainerSummary*> orphans_of(const compose::Project& project, const State& state);

}  // namespace berth::converge
