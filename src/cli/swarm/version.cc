#include "cli/version.h"

#include "base/json.h"
#include "cli/swarm/commands.h"
#include "engine/types.h"

namespace berth::cli {

namespace {

int show_version(Invocation& invocation) {
  const std::string own(version());
  if (invocation.arguments.text("format") == "json") {
    invocation.terminal.out_line(format_json(json::object{
        {"Version", own}, {"ApiVersion", engine::kNewestApi.text()}, {"MinAPIVersion", engine::kOldestApi.text()}}));
  } else {
    invocation.terminal.out_line("swarm version " + own + " (berth; Docker API " + engine::kOldestApi.text() + " to " +
                                 engine::kNewestApi.text() + ")");
  }
  return 0;
}

}  // namespace

Command swarm_version_command() {
  Command command;
  command.name = "version";
  command.usage = "[OPTIONS]";
  command.summary = "Show the version, and those of the Docker API that a manager serves";
  command.at_most = 0;
  command.flags = {
      text_flag("format", 'f', "Output: pretty or json").with_default("pretty").one_of({"pretty", "json"})};
  command.run = show_version;
  return command;
}

}  // namespace berth::cli
