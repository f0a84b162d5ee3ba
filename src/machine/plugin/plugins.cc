#include "machine/plugin/plugins.h"

#include <algorithm>

#include "base/process.h"
#include "machine/plugin/lines_driver.h"
#include "machine/plugin/plugin_driver.h"

namespace berth::machine {

namespace {

// Drivers that docker-machine serves itself, as a plugin of its own. Source: libmachine/drivers/plugin/localbinary.
constexpr std::string_view kCoreDrivers[] = {
    "amazonec2", "azure",     "digitalocean", "exoscale",   "generic",      "google",          "hyperv",       "none",
    "openstack", "rackspace", "softlayer",    "virtualbox", "vmwarefusion", "vmwarevcloudair", "vmwarevsphere"};

bool is_this_program(const Path& program) {
  std::error_code ignored;
  return std::filesystem::equivalent(program, "/proc/self/exe", ignored);
}

}  // namespace

std::optional<Plugin> find_plugin(std::string_view driver, const Environment& environment) {
  const std::string name(driver);
  if (name.empty() || name.find('/') != std::string::npos) return std::nullopt;
  if (const auto program = find_program("berth-machine-driver-" + name, environment)) {
    return Plugin{name, *program, Plugin::Protocol::kJsonLines};
  }
  if (const auto program = find_program("docker-machine-driver-" + name, environment)) {
    return Plugin{name, *program, Plugin::Protocol::kGoRpc};
  }
  if (std::find(std::begin(kCoreDrivers), std::end(kCoreDrivers), driver) == std::end(kCoreDrivers))
    return std::nullopt;
  const auto program = find_program("docker-machine", environment);
  if (!program || is_this_program(*program)) return std::nullopt;
  return Plugin{name, *program, Plugin::Protocol::kGoRpc};
}

std::vector<DriverFlag> plugin_flags(const Context& context, const Plugin& plugin, const Environment& environment) {
  if (plugin.protocol == Plugin::Protocol::kJsonLines) return LinesDriver::flags(context, plugin.program, environment);
  return PluginDriver::flags(context, plugin.program, plugin.driver, environment);
}

std::unique_ptr<Driver> make_plugin_driver(const Plugin& plugin, const Site& site, std::string_view record) {
  if (plugin.protocol == Plugin::Protocol::kJsonLines) {
    return std::make_unique<LinesDriver>(site, plugin.program, record);
  }
  return std::make_unique<PluginDriver>(site, plugin.driver, plugin.program, record);
}

}  // namespace berth::machine
