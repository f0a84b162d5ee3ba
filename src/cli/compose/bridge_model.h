// The compose file that transformations of `bridge` read.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "compose/project.h"

namespace berth::cli {

// What the file is told that the project's own files do not say.
struct BridgeFindings {
  std::map<std::string, std::vector<std::string>> exposed;  // ports of the services' images: "80/tcp"
  std::map<std::string, std::string> secrets;               // contents, by name
  std::map<std::string, std::string> configs;
};

// The canonical text of the project with each service's image and all ports that it listens on, and with what secrets
// and configs hold.
std::string bridge_model(const compose::Project& project, const BridgeFindings& findings);

}  // namespace berth::cli
