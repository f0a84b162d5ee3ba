#include "base/error.h"
#include "base/process.h"
#include "cli/machine/commands.h"
#include "cli/machine/remote_path.h"
#include "cli/machine/session.h"

namespace berth::cli {

namespace {

int run_program(const Invocation& invocation, const std::vector<std::string>& argv, const char* package) {
  if (!find_program(argv[0], invocation.environment)) {
    throw Error(Kind::kNotFound, "You must have a copy of the " + argv[0] +
                                     " binary locally to use this: install it (Debian: apt-get install " +
                                     std::string(package) + ")");
  }
  SpawnOptions options;
  options.in = Stdio::kInherit;
  return spawn(argv, options).wait(invocation.context).code;
}

End end_of(const Invocation& invocation, const machine::Machines& machines, const std::string& text) {
  End end{parse_place(text), {}};
  if (end.place.machine.empty()) return end;
  const machine::Host host = machines.store().load(end.place.machine);
  end.host = machines.ssh_host(invocation.context, host);
  return end;
}

int copy(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  if (arguments.rest.size() != 2) {
    throw Error(Kind::kInvalid,
                "Improper number of arguments: source and destination are needed, each [[user@]machine:][path]");
  }
  const machine::Machines machines = machines_of(invocation);
  End from = end_of(invocation, machines, arguments.rest[0]);
  End to = end_of(invocation, machines, arguments.rest[1]);
  if (from.host && to.host) {
    // One ssh asks for both: it knows either host by either's file.
    auto& known = from.host->known_hosts;
    known.insert(known.end(), to.host->known_hosts.begin(), to.host->known_hosts.end());
  }
  const CopyOptions options{arguments.on("recursive"), arguments.on("delta"), arguments.on("quiet")};
  return run_program(invocation, copy_argv(from, to, options, net::ssh_control_folder()),
                     options.delta ? "rsync" : "openssh-client");
}

int mount(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  if (arguments.rest.empty() || arguments.rest.size() > 2) {
    throw Error(Kind::kInvalid, "Improper number of arguments: [user@]machine:[path] and a folder here are needed");
  }
  const machine::Machines machines = machines_of(invocation);
  const End from = end_of(invocation, machines, arguments.rest[0]);
  if (!from.host) throw Error(Kind::kInvalid, "'" + arguments.rest[0] + "' is on no machine: write it as MACHINE:PATH");
  const std::string to = arguments.rest.size() == 2 ? arguments.rest[1] : from.place.path;
  if (arguments.on("unmount")) return run_program(invocation, {"fusermount", "-u", to}, "fuse3");
  return run_program(invocation, mount_argv(from, to, net::ssh_control_folder()), "sshfs");
}

}  // namespace

Command machine_scp_command() {
  Command command;
  command.name = "scp";
  command.usage = "[OPTIONS] [[USER@]MACHINE:][PATH] [[USER@]MACHINE:][PATH]";
  command.summary = "Copy files between machines";
  command.flags = {
      flag("recursive", 'r', "Copy files recursively (required to copy directories)"),
      flag("delta", 'd', "Reduce amount of data sent over network by sending only the differences (uses rsync)"),
      flag("quiet", 'q', "Disables the progress meter as well as warning and diagnostic messages from ssh"),
  };
  command.run = copy;
  return command;
}

Command machine_mount_command() {
  Command command;
  command.name = "mount";
  command.usage = "[OPTIONS] [USER@]MACHINE:[PATH] [PATH]";
  command.summary = "Mount or unmount a directory from a machine with SSHFS";
  command.flags = {flag("unmount", 'u', "Unmount instead of mount")};
  command.run = mount;
  return command;
}

}  // namespace berth::cli
