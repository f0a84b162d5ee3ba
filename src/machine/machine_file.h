// Machines as a YAML file asks for them: what `berth machine apply` reads.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/environment.h"
#include "machine/machines.h"
#include "yaml/diagnostic.h"

namespace berth::machine {

// Engine label by which machines know the file that asked for them.
constexpr std::string_view kApplyLabel = "com.berth.machine.apply";

struct MachineFile {
  std::string name;                       // of the whole: the file's `name`, else `fallback_name`
  std::vector<CreateRequest> machines;    // one for each, counts written out, in the file's order
  std::vector<yaml::Position> positions;  // of the machines' entries
  std::vector<yaml::Diagnostic> faults;   // when there are any the rest is not to be used
};

// Gives the flags of a driver; throws kNotFound for one that is not known.
using FlagsOf = std::function<std::vector<DriverFlag>(const std::string& driver)>;

// Reads `text`; finds all faults it can. An option that the file does not give has the value of its variable in
// `environment`, else its default, as on the command line. src/cli/machine/apply.md has the format.
MachineFile read_machine_file(std::string_view text, std::string_view file_name, const std::string& fallback_name,
                              const FlagsOf& flags_of, const Environment& environment);

}  // namespace berth::machine
