// Driver `vmwarevsphere`: virtual machines of a vCenter, cloned from a template.
#pragma once

#include "machine/cloud/provider.h"

namespace berth::machine {

std::vector<DriverFlag> vmwarevsphere_flags();
std::unique_ptr<Provider> make_vmwarevsphere(CloudSite& site, const boost::json::value& record);

}  // namespace berth::machine
