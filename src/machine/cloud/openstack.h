// Driver `openstack`: servers of an OpenStack cloud (Keystone v3, Nova, Neutron, Glance).
#pragma once

#include "machine/cloud/provider.h"

namespace berth::machine {

std::vector<DriverFlag> openstack_flags();
std::unique_ptr<Provider> make_openstack(CloudSite& site, const boost::json::value& record);

}  // namespace berth::machine
