// A short hash of each attribute of a service, kept in a label of its containers: docker compose keeps one hash of all,
// which can't tell what changed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compose/service.h"

namespace berth::converge {

// "command=1f3c9a02,image=77de01b2,...": attributes that make a new container necessary, by name.
std::string fields_of(const compose::Service& service);

// Names of the attributes in which two such texts differ; none when one of them is empty.
std::vector<std::string> changed_fields(std::string_view before, std::string_view after);

}  // namespace berth::converge
