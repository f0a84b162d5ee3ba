// Real Docker Engines for scenario tests: Debian's (20.10) and the newest there is.
#pragma once

#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace berth::scenario {

enum class Generation { kOld, kNew };

// For test names: "Old", "New".
std::string name_of(const testing::TestParamInfo<Generation>& info);

// Address of an engine of that generation with the images of tools/test-image: the one of BERTH_TEST_ENGINE_OLD or
// _NEW, else one of its own that is started once a program and stopped at its end, in a network namespace and folder of
// its own. Nothing, with `reason` said, where none can be had (not root, no dockerd).
std::optional<std::string> engine_host(Generation generation, std::string& reason);

}  // namespace berth::scenario
