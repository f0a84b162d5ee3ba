#include "converge/build_source.h"

namespace berth::converge {

bool is_remote(std::string_view context) {
  return context.find("://") != std::string_view::npos || context.starts_with("git@") ||
         context.starts_with("github.com/");
}

std::string platform_of(const compose::Project& project, const compose::Service& service) {
  return service.platform.empty() ? project.environment.get_or("DOCKER_DEFAULT_PLATFORM", "") : service.platform;
}

}  // namespace berth::converge
