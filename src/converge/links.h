// Links between containers (`links`, `external_links`), as docker compose gives them to the engine.
#pragma once

#include <string>
#include <vector>

#include "converge/start_order.h"

namespace berth::converge {

// "container:alias" texts for a container with that number; `replicas` are the containers planned so far.
std::vector<std::string> links_of(const compose::Project& project, const compose::Service& service, int number,
                                  const Replicas& replicas);

}  // namespace berth::converge
