#include "base/json.h"
#include "cli/machine/commands.h"
#include "cli/machine/session.h"
#include "cli/template.h"

namespace berth::cli {

Command machine_inspect_command() {
  Command command;
  command.name = "inspect";
  command.usage = "[OPTIONS] [MACHINE]";
  command.summary = "Inspect information about a machine";
  command.completes = "machine";
  command.flags = {text_flag("format", 'f', "Format the output using the given go template")};
  command.run = [](Invocation& invocation) {
    const machine::Machines machines = machines_of(invocation);
    const machine::Host host = machines.store().load(named_machine(invocation, machines));
    const std::string record = machine::format_host(host);
    const std::string format = invocation.arguments.text("format");
    TemplateOptions options;
    options.strict = false;
    invocation.terminal.out_line(format.empty() ? record : Template(format).render(parse_json(record), options));
    return 0;
  };
  return command;
}

}  // namespace berth::cli
