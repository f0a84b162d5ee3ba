#include "base/error.h"
#include "cli/compose/commands.h"

namespace berth::cli {

Command bridge_command() {
  Command command;
  command.name = "bridge";
  command.usage = "CMD [OPTIONS]";
  command.summary = "Convert compose files into another model (not supported: --help says what to do instead)";
  command.stops_at_first_argument = true;
  command.run = [](Invocation& invocation) -> int {
    throw Error(Kind::kUnsupported, "bridge is not supported: run the transformation's image yourself, as `" +
                                        invocation.program + " bridge --help` shows");
  };
  return command;
}

}  // namespace berth::cli
