#include "cli/compose/builder.h"

#include "base/process.h"
#include "converge/programs.h"
#include "engine/docker_config.h"
#include "engine/endpoint.h"

namespace berth::cli {

namespace {

// Source: docker/cli, cli-plugins/manager.
constexpr std::string_view kSystemFolders[] = {"/usr/local/lib/docker/cli-plugins",
                                               "/usr/local/libexec/docker/cli-plugins", "/usr/lib/docker/cli-plugins",
                                               "/usr/libexec/docker/cli-plugins"};

}  // namespace

std::vector<Path> plugin_folders(const Environment& environment) {
  std::vector<Path> folders;
  for (std::string& folder : texts_of(engine::docker_config(environment), "cliPluginsExtraDirs")) {
    folders.emplace_back(std::move(folder));
  }
  folders.push_back(engine::docker_config_folder(environment) / "cli-plugins");
  folders.insert(folders.end(), std::begin(kSystemFolders), std::end(kSystemFolders));
  return folders;
}

bool wants_buildkit(const Environment& environment) { return environment.get_or("DOCKER_BUILDKIT", "1") != "0"; }

std::optional<Path> find_buildx(const Environment& environment) {
  if (!wants_buildkit(environment)) return std::nullopt;
  const converge::Programs programs{.plugin_folders = plugin_folders(environment), .engine_host = {}};
  if (const auto plugin = programs.find_plugin("buildx")) return plugin;
  return find_program("docker-buildx", environment);
}

}  // namespace berth::cli
