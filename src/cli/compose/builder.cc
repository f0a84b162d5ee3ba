#include "cli/compose/builder.h"

#include <filesystem>

#include <unistd.h>

#include "base/process.h"
#include "engine/endpoint.h"

namespace berth::cli {

namespace {

constexpr std::string_view kProgram = "docker-buildx";
// Source: docker/cli, cli-plugins/manager.
constexpr std::string_view kSystemFolders[] = {"/usr/local/lib/docker/cli-plugins",
                                               "/usr/local/libexec/docker/cli-plugins", "/usr/lib/docker/cli-plugins",
                                               "/usr/libexec/docker/cli-plugins"};

}  // namespace

std::vector<Path> plugin_folders(const Environment& environment) {
  std::vector<Path> folders = {engine::docker_config_folder(environment) / "cli-plugins"};
  folders.insert(folders.end(), std::begin(kSystemFolders), std::end(kSystemFolders));
  return folders;
}

std::optional<Path> find_buildx(const Environment& environment) {
  if (environment.get_or("DOCKER_BUILDKIT", "1") == "0") return std::nullopt;
  for (const Path& folder : plugin_folders(environment)) {
    const Path program = folder / kProgram;
    if (::access(program.c_str(), X_OK) == 0) return program;
  }
  return find_program(kProgram, environment);
}

}  // namespace berth::cli
