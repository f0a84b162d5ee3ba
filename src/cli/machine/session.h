// What the commands of `berth machine` share: the store they work on, and the machines that are meant.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "cli/command.h"
#include "machine/machines.h"

namespace berth::cli {

// The machines of --storage-path, $MACHINE_STORAGE_PATH or ~/.docker/machine.
machine::Machines machines_of(const Invocation& invocation);

// How the user calls this tree, for advice: "berth machine", "docker machine", "docker-machine".
std::string machine_program(const Invocation& invocation);

// The one machine that the command line names; "default" when it names none and there is such a machine. Throws
// kInvalid otherwise, in docker-machine's words.
std::string named_machine(const Invocation& invocation, const machine::Machines& machines);
// The same for commands that take several.
std::vector<std::string> named_machines(const Invocation& invocation, const machine::Machines& machines);

// Lines of steps on standard output, with the machine's name in front where there are several: "(dev) Starting ...".
machine::Say say_about(Invocation& invocation, const std::string& name, bool several);

// Does `work` on every named machine at once. All must exist, or nothing is done. Throws one Error with the messages of
// all that failed, a line each.
void on_each_machine(
    Invocation& invocation,
    const std::function<void(const machine::Machines&, const std::string& name, const machine::Say& say)>& work);

// Warns, on standard error, of certificates of these machines that end within 30 days. Machines that cannot be read are
// passed over.
void warn_of_certificates(Invocation& invocation, const machine::Machines& machines,
                          const std::vector<std::string>& names);

// Throws the errors of `outcomes` as one, a line each; does nothing when there are none.
void throw_all(const std::vector<std::optional<Error>>& outcomes);

// A command that does one thing to each of several machines.
Command machine_action(std::string name, std::string summary,
                       void (machine::Machines::*action)(const Context&, const std::string&, const machine::Say&) const,
                       std::string closing_line = {});

}  // namespace berth::cli
