// What the builders ask of a build.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "buildkit/request.h"
#include "compose/project.h"

namespace berth::converge {

// What builds images.
enum class Builder {
  kClassic,   // the engine's classic one
  kBuildKit,  // the engine's own BuildKit, spoken to by us
  kBuildx,    // docker's buildx plugin
};

// Ends of messages that refuse what one needs.
inline constexpr std::string_view kHowToGetBuildKit =
    "unset DOCKER_BUILDKIT, or take an engine of version 18.09 or later";
inline constexpr std::string_view kHowToGetBuildx = "install it (docker-buildx, docker-buildx-plugin)";

// Whether a build's context is fetched by the builder: a git or http address.
bool is_remote(std::string_view context);

// The platform of the service, or DOCKER_DEFAULT_PLATFORM; empty: the engine's own.
std::string platform_of(const compose::Project& project, const compose::Service& service);
// Those that the build names, else the service's.
std::vector<std::string> build_platforms(const compose::Project& project, const compose::Service& service);

// Names of the image that a service with a build section builds: its own and the build's further tags.
std::vector<std::string> built_names(const compose::Project& project, const compose::Service& service);

// Variables of the file under those of the command line. One without a value is taken from where compose runs, and left
// out where it is not known there either.
compose::TextMap build_args(const compose::Project& project, const compose::Build& build,
                            const compose::OptionalTextMap& over);
// Those of the build, and whose image it is.
compose::TextMap build_labels(const compose::Project& project, const compose::Service& service);
// On this disk, or below a context that the builder fetches; empty: the builder's default.
std::string dockerfile_path(const compose::Build& build);
// By id. Throws kInvalid for one without content, kUnsupported for one that is external.
std::map<std::string, buildkit::Secret> build_secrets(const compose::Project& project, const compose::Service& service);
// Stages that are built without the cache.
std::vector<std::string> no_cache_filter(const compose::Service& service);

}  // namespace berth::converge
