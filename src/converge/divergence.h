// Whether a container is still what its service asks for.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "compose/project.h"
#include "converge/observe.h"

namespace berth::converge {

struct Wanted {
  const compose::Service* service = nullptr;
  std::string hash;        // of the service, references resolved
  std::string fields;      // see fields.h
  engine::ImageId image;   // what the service's image name stands for now
  std::string image_news;  // Image::news of it
  // Ids of the networks that are there, by key; not those that are going to be created.
  const std::map<std::string, engine::NetworkId, std::less<>>* networks = nullptr;
};

// Why the container has to be recreated: "image changed", "config changed: ports", "secret 'token'
// changed", "variables of provider 'db' changed", "network 'front' changed",
// "volume 'data' changed"; empty when it hasn't.
std::vector<std::string> divergence(const compose::Project& project, const Wanted& wanted,
                                    const engine::ContainerSummary& container);

// Volumes of the container that nobody gave a name, at mount points where the service or its image has a volume
// without a name: what its successor takes over.
std::vector<engine::Mount> anonymous_volumes(const compose::Service& service, const Image* image,
                                             const engine::ContainerSummary& container);

// Whether a volume's name is one that the engine made up.
bool is_anonymous_volume(const engine::MountPoint& mount);

}  // namespace berth::converge
