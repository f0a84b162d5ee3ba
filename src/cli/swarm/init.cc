// init: a swarm of what this machine has, at once.
#include <string>
#include <vector>

#include <unistd.h>

#include "base/error.h"
#include "base/strings.h"
#include "cli/swarm/commands.h"
#include "cli/swarm/own_manager.h"
#include "cli/swarm/sources.h"
#include "engine/client.h"

namespace berth::cli {

namespace {

// The machines of this host, else its own engine. Throws kUnavailable, saying how to get one, when there is neither.
std::string what_is_there(const Invocation& invocation) {
  constexpr std::string_view kMachines = "machine://";
  if (!discovery_source(invocation, std::string(kMachines))->list(invocation.context).empty()) {
    return std::string(kMachines);
  }
  engine::EndpointArguments none;
  Environment plain = invocation.environment;
  for (const char* name : {"DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"}) plain.unset(name);
  none.host = "unix:///var/run/docker.sock";
  const engine::Endpoint endpoint = engine::find_endpoint(none, plain);
  engine::Client(endpoint).ping(invocation.context);
  return endpoint.host;
}

// What was given here, as `manage` takes it.
std::vector<std::string> words_for_manage(const Invocation& invocation) {
  std::vector<std::string> words;
  for (const Flag& flag : swarm_manage_command().flags) {
    if (!invocation.arguments.given(flag.name)) continue;
    if (flag.type == Flag::Type::kBool) {
      words.push_back("--" + flag.name + (invocation.arguments.on(flag.name) ? "" : "=false"));
    } else {
      for (const std::string& value : invocation.arguments.texts(flag.name)) {
        words.push_back("--" + flag.name + "=" + value);
      }
    }
  }
  return words;
}

int init(Invocation& invocation) {
  const OwnManager manager(invocation.environment);
  if (manager.running()) {
    throw Error(Kind::kConflict, "a swarm of this machine is there already, at " + manager.address() +
                                     ": end it with `swarm leave`, or start another manager with `swarm manage`");
  }
  const std::string discovery =
      invocation.arguments.rest.empty() ? what_is_there(invocation) : invocation.arguments.rest[0];
  discovery_source(invocation, discovery);  // says what is wrong with it
  const Path self = std::filesystem::read_symlink("/proc/self/exe");
  std::vector<std::string> command = {self, "swarm", "manage", "--host=" + manager.address()};
  const std::vector<std::string> words = words_for_manage(invocation);
  command.insert(command.end(), words.begin(), words.end());
  command.push_back(discovery);
  manager.start(invocation.context, command);
  Terminal& terminal = invocation.terminal;
  const std::string program =
      invocation.program.ends_with("swarm") ? invocation.program : invocation.program + " swarm";
  terminal.out_line("Swarm initialized: a manager for " + discovery + " runs on this machine.\n");
  terminal.out_line("To use it, run:\n\n    export DOCKER_HOST=" + manager.address() + "\n    docker info\n");
  terminal.out_line("'" + program +
                    " leave' ends it; containers run on. It does not start again by itself when this "
                    "machine boots.\nIts log is " +
                    manager.log().string());
  return 0;
}

}  // namespace

Command swarm_init_command() {
  Command command;
  command.name = "init";
  command.usage = "[OPTIONS] [DISCOVERY]";
  command.summary = "Make a swarm of what this machine has, and leave its manager running";
  command.at_most = 1;
  command.flags = swarm_manage_command().flags;
  command.run = init;
  return command;
}

}  // namespace berth::cli
