// Whether the parts of an application fit each other.
#pragma once

#include "compose/project.h"
#include "yaml/diagnostic.h"

namespace berth::compose {

// References to what does not exist, attributes that contradict one another, cycles in depends_on. Looks at enabled
// services only; nothing is changed.
void check_consistency(const Project& project, yaml::Findings& findings);

// Cycles alone, each once.
void check_cycles(const Project& project, yaml::Findings& findings);

}  // namespace berth::compose
