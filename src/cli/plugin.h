// Which program we are: `berth`, one of the names people already type, or a plugin of the docker CLI.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/environment.h"
#include "cli/command.h"

namespace berth::cli {

struct Personality {
  Command root;
  std::string program;             // as the user calls it: "berth", "docker compose", "docker-machine"
  std::vector<std::string> words;  // without the docker CLI's own options
  std::vector<std::pair<std::string, std::string>> variables;  // what those options say, as docker's variables
  bool finished = false;                                       // the plugin metadata was asked for and printed

  // `environment` with the variables set, and without the one that tells plugins who runs them.
  Environment apply(const Environment& environment) const;
};

// `called_as` is argv[0]. Called as docker-compose or docker-machine it is that tree; by the docker CLI
// (`docker-compose [docker's options] compose ...`) likewise, its options turned into DOCKER_HOST, DOCKER_CONTEXT, ....
// Source: docker/cli cli-plugins/manager (metadata: SchemaVersion 0.1.0).
Personality personality_of(std::string_view called_as, std::vector<std::string> words, Terminal& terminal);

}  // namespace berth::cli
