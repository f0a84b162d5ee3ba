// What it takes to make a container again.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace berth::swarm {

// The body of POST /containers/create and what follows it.
struct Recipe {
  std::string name;
  std::string create_body;
  std::map<std::string, std::string> connects;  // network -> body of POST /networks/{network}/connect
  std::string files;  // a tar archive, below "/", of what is copied in before the start; empty: nothing
  bool operator==(const Recipe&) const = default;
};

// From the text of GET /containers/{id}/json. Labels, environment, mounts by name, ports, aliases and fixed addresses
// are kept; what the engine made up itself (the host name after the id, addresses) and what it would fill in again is
// not. The label com.docker.swarm.generation is one higher, com.docker.swarm.id says where the container comes from.
// Throws kInvalid when the text is no container's.
Recipe recipe_of(std::string_view inspected);

}  // namespace berth::swarm
