// Configuration hashes, equal to those of docker compose 2.40, so that either tool sees what the other made as
// unchanged. They are kept in the label com.docker.compose.config-hash. 64 lower-case hexadecimal digits.
#pragma once

#include <string>
#include <string_view>

#include "compose/project.h"

namespace berth::compose {

// Attributes of a service whose change needs no new container. Nor does deploy.replicas.
inline constexpr std::string_view kNotHashed[] = {"build", "pull_policy", "pull_refresh_after",
                                                  "scale", "depends_on",  "profiles"};

// Of a service, without what does not need a new container.
std::string service_hash(const Service& service);
std::string network_hash(const Network& network);
std::string volume_hash(const Volume& volume);

}  // namespace berth::compose
