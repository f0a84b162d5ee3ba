// Options of drivers, as flags of `create`.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/command.h"
#include "machine/driver.h"

namespace berth::cli {

// Flags of all drivers of ours, and of the plugin that is meant, by driver.
using DriverFlagTable = std::map<std::string, std::vector<machine::DriverFlag>>;
DriverFlagTable flags_of_drivers();

Flag flag_of(const machine::DriverFlag& option);

// The driver that the words of `create` name, or the variable, or `fallback`.
std::string meant_driver(const std::vector<std::string>& words, const Environment& environment,
                         const std::string& fallback);

// What was given to the driver's flags, or their defaults. An option of another driver would have no effect: kInvalid.
machine::DriverOptions driver_options(const Arguments& arguments, const DriverFlagTable& table,
                                      const std::string& driver);

}  // namespace berth::cli
