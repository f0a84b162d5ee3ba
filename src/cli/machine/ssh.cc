#include "net/ssh.h"

#include <unistd.h>

#include "base/error.h"
#include "base/process.h"
#include "base/strings.h"
#include "cli/machine/commands.h"
#include "cli/machine/session.h"

namespace berth::cli {

namespace {

int ssh(Invocation& invocation) {
  const machine::Machines machines = machines_of(invocation);
  std::vector<std::string> words = invocation.arguments.rest;
  std::string name = words.empty() ? "" : words.front();
  if (!name.empty()) words.erase(words.begin());
  if (name.empty()) {
    if (!machines.store().exists("default")) {
      throw Error(Kind::kInvalid, "Error: No machine name(s) specified and no \"default\" machine exists");
    }
    name = "default";
  }
  const machine::Host host = machines.store().load(name);
  if (machines.driver(host)->state(invocation.context) != machine::State::kRunning) {
    throw Error(Kind::kUnavailable, "Error: Cannot run SSH command: Host \"" + name + "\" is not running");
  }
  const net::SshHost target = machines.ssh_host(invocation.context, host);
  std::vector<std::string> argv = net::ssh_argv(target, net::ssh_control_folder(), net::SshMode::kInteractive);
  // As ssh itself: words are joined by blanks, and what the shell there makes of them is the user's business.
  if (!words.empty()) argv.push_back(join(words, " "));
  SpawnOptions options;
  options.in = Stdio::kInherit;
  return spawn(argv, options).wait(invocation.context).code;
}

}  // namespace

Command machine_ssh_command() {
  Command command;
  command.name = "ssh";
  command.usage = "[MACHINE] [COMMAND...]";
  command.summary = "Log into or run a command on a machine with SSH";
  command.completes = "machine";
  command.stops_at_first_argument = true;
  command.graceful = true;  // a Ctrl-C is for the program there
  command.run = ssh;
  return command;
}

}  // namespace berth::cli
