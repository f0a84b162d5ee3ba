#include "cli/plugin.h"

#include <algorithm>
#include <map>

#include "base/files.h"
#include "base/strings.h"
#include "cli/commands.h"
#include "cli/version.h"

namespace berth::cli {

namespace {

// The docker CLI's global options that it hands on to a plugin, and the variable that says the same; empty: ignored.
struct DockerOption {
  std::string_view name;
  std::string_view shorthand;
  std::string_view variable;
  bool takes_value;
};
constexpr DockerOption kDockerOptions[] = {
    {"--config", "", "DOCKER_CONFIG", true},   {"--context", "-c", "DOCKER_CONTEXT", true},
    {"--debug", "-D", "BERTH_DEBUG", false},   {"--host", "-H", "DOCKER_HOST", true},
    {"--log-level", "-l", "", true},           {"--tls", "", "DOCKER_TLS", false},
    {"--tlscacert", "", "BERTH_TLS_CA", true}, {"--tlscert", "", "BERTH_TLS_CERT", true},
    {"--tlskey", "", "BERTH_TLS_KEY", true},   {"--tlsverify", "", "DOCKER_TLS_VERIFY", false},
};

const DockerOption* option_named(std::string_view name) {
  const auto found =
      std::find_if(std::begin(kDockerOptions), std::end(kDockerOptions), [&](const DockerOption& option) {
        return option.name == name || (!option.shorthand.empty() && option.shorthand == name);
      });
  return found == std::end(kDockerOptions) ? nullptr : found;
}

// Takes docker's options and the plugin's own name off the words; false when this is not a call by the docker CLI.
bool take_docker_options(std::string_view plugin, Personality& personality) {
  const auto& words = personality.words;
  std::size_t at = 0;
  std::vector<std::pair<std::string, std::string>> variables;
  for (; at < words.size() && !words[at].empty() && words[at][0] == '-'; ++at) {
    const auto [name, value] = cut(words[at], '=');
    const DockerOption* option = option_named(name);
    if (option == nullptr) return false;
    std::string text = value ? std::string(*value) : "1";
    if (option->takes_value && !value) {
      if (++at >= words.size()) return false;
      text = words[at];
    }
    if (!option->variable.empty()) variables.emplace_back(option->variable, text);
  }
  if (at >= words.size() || words[at] != plugin) return false;
  personality.variables = std::move(variables);
  personality.words.erase(personality.words.begin(), personality.words.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  return true;
}

std::string metadata(std::string_view description) {
  return "{\"SchemaVersion\":\"0.1.0\",\"Vendor\":\"Berth\",\"Version\":\"v" + std::string(version()) +
         "\",\"ShortDescription\":\"" + std::string(description) + "\"}\n";
}

}  // namespace

Environment Personality::apply(const Environment& environment) const {
  Environment result = environment;
  result.unset("DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND");  // else plugins that we run take us for docker's CLI
  for (const auto& [name, value] : variables) {
    result.set(name, value);
    // As the docker CLI has it: an option beats the other variable that would choose the endpoint.
    if (name == "DOCKER_CONTEXT") result.unset("DOCKER_HOST");
    if (name == "DOCKER_HOST") result.unset("DOCKER_CONTEXT");
  }
  return result;
}

Personality personality_of(std::string_view called_as, std::vector<std::string> words, Terminal& terminal) {
  const std::string name = Path(called_as).filename().string();
  Personality personality{{}, name, std::move(words), {}, false};
  for (const std::string plugin : {"compose", "machine"}) {
    if (name != "docker-" + plugin) continue;
    personality.root = plugin == "compose" ? compose_command() : machine_command();
    if (!personality.words.empty() && personality.words[0] == "docker-cli-plugin-metadata") {
      terminal.out(metadata(plugin == "compose" ? "Docker Compose" : "Docker Machine"));
      personality.finished = true;
    } else if (take_docker_options(plugin, personality)) {
      personality.program = "docker " + plugin;
    }
    return personality;
  }
  personality.program = "berth";
  personality.root = berth_command();
  return personality;
}

}  // namespace berth::cli
