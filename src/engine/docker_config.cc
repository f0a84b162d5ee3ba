#include "engine/docker_config.h"

#include "base/error.h"
#include "base/files.h"
#include "engine/endpoint.h"

namespace berth::engine {

json::value docker_config(const Environment& environment) {
  const Path file = docker_config_folder(environment) / "config.json";
  const auto text = read_file_if_exists(file);
  if (!text) return nullptr;
  return within("'" + file.string() + "'", [&] { return parse_json(*text); });
}

}  // namespace berth::engine
