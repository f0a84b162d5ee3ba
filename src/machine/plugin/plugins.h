// Drivers that are programs on $PATH.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "machine/driver.h"

namespace berth::machine {

struct Plugin {
  enum class Protocol {
    kJsonLines,  // berth-machine-driver-NAME, see docs/machine-drivers.md
    kGoRpc,      // docker-machine-driver-NAME, and docker-machine itself for the drivers it brings
  };
  std::string driver;
  Path program;
  Protocol protocol = Protocol::kGoRpc;
};

// The program of a driver; ours before docker-machine's. Nothing where there is none. A docker-machine on $PATH that is
// this very program is none.
std::optional<Plugin> find_plugin(std::string_view driver, const Environment& environment);

// Starts the plugin and asks it.
std::vector<DriverFlag> plugin_flags(const Context& context, const Plugin& plugin, const Environment& environment);

// Starts nothing yet.
std::unique_ptr<Driver> make_plugin_driver(const Plugin& plugin, const Site& site, std::string_view record);

}  // namespace berth::machine
