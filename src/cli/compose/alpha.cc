#include "base/error.h"
#include "cli/compose/commands.h"
#include "cli/compose/session.h"
#include "cli/compose/viz_text.h"

namespace berth::cli {

namespace {

int viz(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  VizOptions options;
  options.networks = arguments.on("networks");
  options.ports = arguments.on("ports");
  options.images = arguments.on("image");
  const long long size = arguments.integer("indentation-size").value_or(1);
  if (size < 0) throw Error(Kind::kInvalid, "invalid --indentation-size: it has to be 0 or more");
  options.indentation = std::string(static_cast<std::size_t>(size), arguments.on("spaces") ? ' ' : '\t');
  Session session(invocation);
  invocation.terminal.out_line(viz_text(session.project(), options));
  return 0;
}

Command viz_command() {
  Command command;
  command.name = "viz";
  command.usage = "[OPTIONS]";
  command.summary = "Generate a graphviz graph from your compose file";
  command.at_most = 0;
  command.flags = {
      flag("image", 0, "Include service's image name in output graph"),
      integer_flag("indentation-size", 0, "Number of tabs or spaces to use for indentation").with_default("1"),
      flag("networks", 0, "Include service's attached networks in output graph"),
      flag("ports", 0, "Include service's exposed ports in output graph"),
      flag("spaces", 0,
           "If given, space character ' ' will be used to indent, otherwise tab character '\\t' will be used"),
  };
  command.run = viz;
  return command;
}

}  // namespace

Command alpha_command() {
  Command command;
  command.name = "alpha";
  command.usage = "[OPTIONS] COMMAND";
  command.summary = "Experimental commands";
  command.hidden = true;  // as in docker compose
  command.children = {viz_command()};
  return command;
}

}  // namespace berth::cli
