// Driver `digitalocean`: droplets, by DigitalOcean's API v2. Flags and record are those of docker-machine's driver.
#pragma once

#include "machine/cloud/provider.h"

namespace berth::machine {

std::vector<DriverFlag> digitalocean_flags();
std::unique_ptr<Provider> make_digitalocean(CloudSite& site, const boost::json::value& record);

}  // namespace berth::machine
