#include "base/error.h"
#include "cli/machine/commands.h"
#include "cli/machine/connection.h"
#include "cli/machine/session.h"
#include "cli/machine/shell.h"

namespace berth::cli {

namespace {

// Without SHELL, as in jobs of cron and CI, what evaluates the lines is a Bourne shell.
std::string shell_of(const Invocation& invocation) {
  if (const std::string given = invocation.arguments.text("shell"); !given.empty()) return given;
  return Path(invocation.environment.get_or("SHELL", "/bin/sh")).filename();
}

// The command line that the hint repeats.
std::string command_line(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  std::string line = machine_program(invocation) + " env";
  if (arguments.on("no-proxy")) line += " --no-proxy";
  if (arguments.on("swarm")) line += " --swarm";
  if (arguments.on("unset")) line += " --unset";
  if (arguments.given("shell")) line += " --shell=" + arguments.text("shell");
  for (const std::string& name : arguments.rest) line += " " + name;
  return line;
}

// The name people use for the variable here, and its value.
std::pair<std::string, std::string> no_proxy(const Environment& environment) {
  const std::string lower = environment.get_or("no_proxy", "");
  if (!lower.empty()) return {"no_proxy", lower};
  return {"NO_PROXY", environment.get_or("NO_PROXY", "")};
}

std::string unset_text(Invocation& invocation) {
  if (!invocation.arguments.rest.empty()) {
    throw Error(Kind::kInvalid, "Error: Expected no machine name when the -u flag is present");
  }
  std::vector<std::string> names = {"DOCKER_TLS_VERIFY", "DOCKER_HOST", "DOCKER_CERT_PATH", "DOCKER_MACHINE_NAME"};
  if (invocation.arguments.on("no-proxy")) names.push_back(no_proxy(invocation.environment).first);
  return unset_variables(shell_of(invocation), names);
}

std::string set_text(Invocation& invocation) {
  const machine::Machines machines = machines_of(invocation);
  const machine::Host host = machines.store().load(named_machine(invocation, machines));
  const std::string url = within("Error checking TLS connection", [&] {
    return checked_url(invocation, machines, host, invocation.arguments.on("swarm"));
  });
  Variables variables = {{"DOCKER_TLS_VERIFY", "1"},
                         {"DOCKER_HOST", url},
                         {"DOCKER_CERT_PATH", machines.store().folder(host.name)},
                         {"DOCKER_MACHINE_NAME", host.name}};
  // Over ssh there are no certificates; what another machine's environment left must not be taken for them.
  if (host.engine.via == "ssh") variables = {{"DOCKER_HOST", url}, {"DOCKER_MACHINE_NAME", host.name}};
  if (invocation.arguments.on("no-proxy")) {
    const std::string ip =
        within("Error getting host IP", [&] { return machines.driver(host)->ip(invocation.context); });
    auto [name, value] = no_proxy(invocation.environment);
    if (value.find(ip) == std::string::npos) value += (value.empty() ? "" : ",") + ip;
    variables.emplace_back(name, value);
  }
  return set_variables(shell_of(invocation), variables);
}

}  // namespace

Command machine_env_command() {
  Command command;
  command.name = "env";
  command.usage = "[OPTIONS] [MACHINE]";
  command.summary = "Display the commands to set up the environment for the Docker client";
  command.completes = "machine";
  command.flags = {
      flag("no-proxy", 0, "Add machine IP to NO_PROXY environment variable"),
      text_flag("shell", 0,
                "Force environment to be configured for a specified shell: [fish, cmd, powershell, tcsh, emacs], "
                "default is auto-detect"),
      flag("swarm", 0, "Display the Swarm config instead of the Docker daemon"),
      flag("unset", 'u', "Unset variables instead of setting them"),
  };
  command.run = [](Invocation& invocation) {
    const std::string text = invocation.arguments.on("unset") ? unset_text(invocation) : set_text(invocation);
    invocation.terminal.out(text + usage_hint(shell_of(invocation), command_line(invocation)));
    return 0;
  };
  return command;
}

}  // namespace berth::cli
