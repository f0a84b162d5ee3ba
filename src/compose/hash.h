// Configuration hashes, equal to those of docker compose 2.40, so that either tool sees what the other made as
// unchanged. They are kept in the label com.docker.compose.config-hash. 64 lower-case hexadecimal digits.
#pragma once

#include <string>
#include <string_view>

#include "compose/project.h"

namespace berth::compose {

// Of a service, without what does not need a new container: build, pull_policy, scale, depends_on, profiles.
std::string service_hash(const Service& service);
std::string network_hash(const Network& network);
std::string volume_hash(const Volume& volume);

}  // namespace berth::compose
