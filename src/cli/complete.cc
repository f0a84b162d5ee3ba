#include <filesystem>

#include "cli/completion.h"
#include "compose/load.h"
#include "machine/host_store.h"

namespace berth::cli {

namespace {

std::vector<std::string> service_names(const Invocation& invocation) {
  compose::LoadOptions options;
  options.environment = invocation.environment;
  options.current_dir = std::filesystem::current_path().string();
  options.profiles = {"*"};
  const compose::Loaded loaded = compose::load(options, compose::DiskReader());
  std::vector<std::string> names;
  if (!loaded.project) return names;
  for (const auto& [name, service] : loaded.project->services) names.push_back(name);
  return names;
}

std::vector<std::string> names_of(const std::string& kind, const Invocation& invocation) {
  if (kind == "service") return service_names(invocation);
  if (kind == "machine") {
    return machine::HostStore(machine::HostStore::default_storage(invocation.environment)).list();
  }
  return {};
}

}  // namespace

Command complete_command() {
  Command command;
  command.name = "__complete";
  command.usage = "service|machine";
  command.summary = "Print the names that a shell can complete here";
  command.hidden = true;
  command.at_least = 1;
  command.at_most = 1;
  command.run = [](Invocation& invocation) {
    for (const std::string& name : names_of(invocation.arguments.rest[0], invocation)) {
      invocation.terminal.out_line(name);
    }
    return 0;
  };
  return command;
}

}  // namespace berth::cli
