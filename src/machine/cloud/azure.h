// Driver `azure`: virtual machines of Microsoft Azure (Resource Manager).
#pragma once

#include "machine/cloud/provider.h"

namespace berth::machine {

std::vector<DriverFlag> azure_flags();
std::unique_ptr<Provider> make_azure(CloudSite& site, const boost::json::value& record);

}  // namespace berth::machine
