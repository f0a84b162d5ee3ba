// `use_api_socket` written out: an engine has no such thing, so a service that asks for it gets an ordinary mount,
// config and variable, as docker compose 2.40 has it.
#pragma once

#include <string>

#include "compose/project.h"

namespace berth::compose {

// Whether an enabled service asks for it.
bool uses_api_socket(const Project& project);

// Every enabled service that asks for it gets `socket`, a path of the engine's host, at /var/run/docker.sock, and
// `docker_config`, a config.json with what registries want, below /run/secrets/docker, which DOCKER_CONFIG names unless
// the service sets it itself.
void write_out_api_socket(Project& project, const std::string& socket, const std::string& docker_config);

}  // namespace berth::compose
