// The short form of a service's mounts: "data:/var/lib/data:ro", "./src:/app:z", "/tmp/x".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "compose/service.h"
#include "yaml/node.h"

namespace berth::compose {

// Reads `spec` into `mount` (kind, source, target, read_only, nocopy, propagation, selinux, create_host_path). Returns
// what is wrong with it, or nothing. Options that are not known are passed over, as the reference does.
std::optional<std::string> parse_short_volume(std::string_view spec, Mount& mount);

// The long form of a short one, as a mapping; nothing, with the problem, when it is malformed.
std::optional<yaml::Node> long_volume(const yaml::Node& spec, std::string& problem);

}  // namespace berth::compose
