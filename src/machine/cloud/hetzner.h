// Driver `hetzner`: servers of Hetzner Cloud, by its API v1. Flags and record are those of
// docker-machine-driver-hetzner.
#pragma once

#include "machine/cloud/provider.h"

namespace berth::machine {

std::vector<DriverFlag> hetzner_flags();
std::unique_ptr<Provider> make_hetzner(CloudSite& site, const boost::json::value& record);

}  // namespace berth::machine
