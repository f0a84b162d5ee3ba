// A build by BuildKit, as data.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/files.h"

namespace berth::buildkit {

using Attributes = std::map<std::string, std::string, std::less<>>;

// Where the cache of a build comes from or goes to. Source: BuildKit's cache backends.
struct CacheEntry {
  std::string type;  // "registry", "inline", "gha"
  Attributes attributes;
  bool operator==(const CacheEntry&) const = default;
};

struct Secret {
  Path file;            // on this computer
  std::string content;  // where there is no file
  bool operator==(const Secret&) const = default;
};

// Source: what moby.buildkit.v1.Control's Solve takes, and the attributes that the frontend "dockerfile.v0" has.
struct BuildRequest {
  std::string frontend = "dockerfile.v0";
  Attributes attributes;                  // of the frontend
  std::vector<std::string> extra_hosts;   // "name=address"; the address may be "host-gateway"
  std::vector<std::string> entitlements;  // "network.host", "security.insecure"
  std::vector<std::string> tags;          // names of the image
  std::vector<CacheEntry> cache_from;
  std::vector<CacheEntry> cache_to;
  std::map<std::string, Path> folders;    // that the build may read, by the names it knows them by: "context"
  std::string dockerfile;                 // text of the only file, "Dockerfile", in the folder "dockerfile"
  std::map<std::string, Secret> secrets;  // by id
  std::map<std::string, Path> ssh;        // by id: an agent's socket or a private key; empty: the user's agent
  bool operator==(const BuildRequest&) const = default;
};

}  // namespace berth::buildkit
