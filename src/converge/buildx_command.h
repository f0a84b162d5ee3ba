// Builds with BuildKit, as the command lines of docker's buildx plugin: it speaks BuildKit's protocol, and knows what
// it can do today.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "compose/project.h"
#include "yaml/diagnostic.h"

namespace berth::converge {

// `docker buildx build` of one image, as data.
struct BuildxCommand {
  std::vector<std::string> arguments;              // from "build" on
  std::string dockerfile;                          // given in place: its standard input; empty: none
  std::map<std::string, std::string> environment;  // secrets that are no files, under variables of their own
};

// What `build` is given over the compose files.
struct BuildxFlags {
  compose::OptionalTextMap args;
  bool no_cache = false;
  bool pull = false;
  bool push = false;   // to the image's registry, instead of loading it into the engine
  bool check = false;  // look the Dockerfile over, build nothing
  std::string builder;
  std::string provenance;
  std::string sbom;
  std::vector<std::string> ssh;
};

// How to build the image of a service that has a build section. Paths are as the project has them. Throws kInvalid (a
// secret without content), kUnsupported (a secret that is external, isolation).
BuildxCommand buildx_command(const compose::Project& project, const compose::Service& service,
                             const BuildxFlags& flags);

// Build attributes in use that the engine's classic builder cannot act on, with their places: those without which an
// image would be another one, and those that are passed over with a warning.
std::vector<yaml::Diagnostic> needs_of_buildkit(const compose::Project& project);
std::vector<yaml::Diagnostic> wishes_of_buildkit(const compose::Project& project);

}  // namespace berth::converge
