#include "cli/version.h"

#include "base/error.h"
#include "base/json.h"
#include "cli/compose/commands.h"
#include "converge/labels.h"

namespace berth::cli {

namespace {

// Programs ask for this version to know which commands and options they may use, so it is docker compose's.
int show_version(Invocation& invocation) {
  const std::string compatible = converge::label::kComposeVersion;
  const std::string format = invocation.arguments.text("format");
  Terminal& terminal = invocation.terminal;
  if (invocation.arguments.on("short")) {
    terminal.out_line(compatible);
  } else if (format == "json") {
    terminal.out_line(format_json(json::object{{"version", compatible}, {"berth", version()}}));
  } else if (format.empty() || format == "pretty") {
    terminal.out_line("Docker Compose version " + compatible + " (Berth " + std::string(version()) + ")");
  } else {
    throw Error(Kind::kInvalid, "format value \"" + format + "\" could not be parsed: use pretty or json");
  }
  return 0;
}

}  // namespace

Command compose_version_command() {
  Command command;
  command.name = "version";
  command.usage = "[OPTIONS]";
  command.summary = "Show the version of Docker Compose that Berth is compatible with, and Berth's own";
  command.at_most = 0;
  command.flags = {
      text_flag("format", 'f', "Format the output. Values: [pretty | json]. (Default: pretty)"),
      flag("short", 0, "Shows only Compose's version number"),
  };
  command.run = show_version;
  return command;
}

}  // namespace berth::cli
