// Images pinned to what their tags mean now.
#pragma once

#include <string>

#include "cli/compose/session.h"

namespace berth::cli {

// Writes each service's image in full, with the digest that its registry has for it. Throws as remote::with_digest.
void pin_images(Session& session, compose::Project& project);

// A compose file of the services' images alone, to go over others.
std::string images_override(const compose::Project& project);

}  // namespace berth::cli
