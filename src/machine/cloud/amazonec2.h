// Driver `amazonec2`: instances of Amazon EC2. Flags and record are those of docker-machine's driver.
#pragma once

#include "machine/cloud/provider.h"

namespace berth::machine {

std::vector<DriverFlag> amazonec2_flags();
std::unique_ptr<Provider> make_amazonec2(CloudSite& site, const boost::json::value& record);

}  // namespace berth::machine
