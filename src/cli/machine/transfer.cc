// The commands `export` and `import`.
#include "machine/transfer.h"

#include "base/error.h"
#include "base/strings.h"
#include "cli/machine/commands.h"
#include "cli/machine/session.h"

namespace berth::cli {

namespace {

std::vector<Flag> passphrase_flags() {
  return {text_flag("passphrase-file", 0, "Read the passphrase from the first line of a file").completing("file")};
}

// From the file, the variable, or the terminal; asked twice where a mistake would lock the file for ever.
std::string passphrase(Invocation& invocation, bool twice) {
  if (const std::string file = invocation.arguments.text("passphrase-file"); !file.empty()) {
    return std::string(trim(cut(read_file(file), '\n').first));
  }
  if (const auto given = invocation.environment.get("MACHINE_PASSPHRASE")) return *given;
  Terminal& terminal = invocation.terminal;
  if (!terminal.in_is_terminal()) {
    throw Error(Kind::kInvalid,
                "no passphrase: give one with --passphrase-file or MACHINE_PASSPHRASE, or run it on a terminal");
  }
  const std::string typed = terminal.ask_secret("Passphrase: ");
  if (twice && terminal.ask_secret("Once more: ") != typed) throw Error(Kind::kInvalid, "the two are not the same");
  return typed;
}

int export_them(Invocation& invocation) {
  const machine::Machines machines = machines_of(invocation);
  const std::string file = invocation.arguments.text("output");
  if (file.empty()) throw Error(Kind::kInvalid, "say where to: --output FILE, or - for standard output");
  if (file == "-" && invocation.terminal.out_is_terminal()) {
    throw Error(Kind::kInvalid, "the file is not text: --output FILE, or send it elsewhere");
  }
  std::vector<std::string> names = invocation.arguments.rest;
  if (names.empty()) names = machines.store().list();
  if (names.empty()) throw Error(Kind::kNotFound, "there are no machines to export");
  // What cannot be done is said before the passphrase is asked for.
  for (const std::string& name : names) machines.store().load(name);
  const std::string sealed = machine::export_machines(machines.store(), names, passphrase(invocation, true));
  if (file == "-") {
    invocation.terminal.out(sealed);
    return 0;
  }
  write_file(file, sealed, 0600);
  invocation.terminal.out_line("Exported " + join(names, ", ") + " to " + file);
  return 0;
}

int import_them(Invocation& invocation) {
  const machine::Machines machines = machines_of(invocation);
  std::vector<std::string> names = invocation.arguments.rest;
  const std::string file = names.front();
  names.erase(names.begin());
  const std::string sealed = read_file(file == "-" ? "/dev/stdin" : file);
  const machine::Imported imported = within("'" + file + "'", [&] {
    return machine::import_machines(machines.store(), sealed, passphrase(invocation, false), names);
  });
  invocation.terminal.out_line("Imported " + join(imported.names, ", "));
  if (imported.certificates) invocation.terminal.out_line("Their certificate authority is this store's now.");
  return 0;
}

}  // namespace

Command machine_export_command() {
  Command command;
  command.name = "export";
  command.usage = "[OPTIONS] [MACHINE...]";
  command.summary = "Write machines, with their keys, to one encrypted file";
  command.completes = "machine";
  command.flags = passphrase_flags();
  command.flags.push_back(text_flag("output", 'o', "File to write, - for standard output").completing("file"));
  command.run = export_them;
  return command;
}

Command machine_import_command() {
  Command command;
  command.name = "import";
  command.usage = "[OPTIONS] FILE [MACHINE...]";
  command.summary = "Add the machines of a file that export wrote";
  command.completes = "file";
  command.at_least = 1;
  command.flags = passphrase_flags();
  command.run = import_them;
  return command;
}

}  // namespace berth::cli
