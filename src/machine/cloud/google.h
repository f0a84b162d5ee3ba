// Driver `google`: instances of Google Compute Engine.
#pragma once

#include "machine/cloud/provider.h"

namespace berth::machine {

std::vector<DriverFlag> google_flags();
std::unique_ptr<Provider> make_google(CloudSite& site, const boost::json::value& record);

}  // namespace berth::machine
