#include "base/files.h"
#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/man.h"
#include "cli/version.h"

namespace berth::cli {

namespace {

Command version_command() {
  Command command;
  command.name = "version";
  command.summary = "Show Berth's version";
  command.at_most = 0;
  command.run = [](Invocation& invocation) {
    invocation.terminal.out_line("berth version " + std::string(version()));
    return 0;
  };
  return command;
}

Command completion_command() {
  Command command;
  command.name = "completion";
  command.usage = "bash|zsh|fish";
  command.summary = "Print a shell's completion script (source <(berth completion bash))";
  command.at_least = 1;
  command.at_most = 2;  // hidden second word: the name to complete, for packages
  command.run = [](Invocation& invocation) {
    const auto& rest = invocation.arguments.rest;
    const std::string program = rest.size() > 1 ? rest[1] : "berth";
    const Command root = program == "docker-compose"   ? compose_command()
                         : program == "docker-machine" ? machine_command()
                                                       : berth_command();
    invocation.terminal.out(completion_script(rest[0], program, root));
    return 0;
  };
  return command;
}

// For packages: writes all man pages into a folder.
Command man_command() {
  Command command;
  command.name = "__man";
  command.usage = "FOLDER";
  command.summary = "Write a man page for every command";
  command.at_least = command.at_most = 1;
  command.hidden = true;
  command.run = [](Invocation& invocation) {
    const Path folder = invocation.arguments.rest[0];
    for (const auto& [name, text] : man_pages(berth_command())) write_file(folder / name, text);
    return 0;
  };
  return command;
}

}  // namespace

Command berth_command() {
  Command root;
  root.name = "berth";
  root.usage = "COMMAND";
  root.summary = "Take containers from a laptop to a cluster of any size";
  root.children.push_back(compose_command());
  root.children.push_back(machine_command());
  root.children.push_back(swarm_command());
  root.children.push_back(version_command());
  root.children.push_back(completion_command());
  root.children.push_back(complete_command());
  root.children.push_back(man_command());
  return root;
}

}  // namespace berth::cli
