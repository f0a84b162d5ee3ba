// Variables that a service gets besides those of its file.
#pragma once

#include <string>

#include "compose/service.h"

namespace berth::compose {

// Sets a variable of the service's environment, in its tree too, over what is there.
void set_variable(Service& service, std::string name, std::string value);

}  // namespace berth::compose
