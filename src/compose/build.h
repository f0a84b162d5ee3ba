// How a service's image is built.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/units.h"
#include "compose/values.h"
#include "yaml/node.h"

namespace berth::compose {

struct BuildSecret {
  std::string source;  // key in Project::secrets
  std::string target;
};

struct Build {
  yaml::Position position;
  std::string context;     // absolute path, or a URL or Git reference that the engine fetches
  std::string dockerfile;  // relative to the context
  std::string dockerfile_inline;
  std::vector<std::string> entitlements;
  OptionalTextMap args;
  std::string provenance;
  std::string sbom;
  std::vector<std::pair<std::string, std::string>> ssh;  // id and path, the path may be empty
  TextMap labels;
  std::vector<std::string> cache_from;
  std::vector<std::string> cache_to;
  bool no_cache = false;
  TextMap additional_contexts;
  bool pull = false;
  std::vector<std::string> extra_hosts;  // "name=address"
  std::string isolation;
  std::string network;
  std::string target;
  std::vector<BuildSecret> secrets;
  Bytes shm_size{0};
  std::vector<std::string> tags;
  std::map<std::string, Ulimit, std::less<>> ulimits;
  std::vector<std::string> platforms;
  bool privileged = false;
};

}  // namespace berth::compose
