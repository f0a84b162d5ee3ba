// A container's use of its engine as `stats` shows it. Source: docker stats.
#pragma once

#include <string>

#include <boost/json/fwd.hpp>

#include "engine/containers.h"

namespace berth::cli {

// The fields of `docker stats --format`; "--" where there is no sample (yet).
boost::json::value stats_row(const engine::ContainerSummary& container, const engine::Stats* sample, bool truncate);
boost::json::value stats_headers();

}  // namespace berth::cli
