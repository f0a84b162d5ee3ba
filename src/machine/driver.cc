#include "machine/driver.h"

#include <algorithm>

#include "base/error.h"
#include "base/strings.h"
#include "machine/cloud/amazonec2.h"
#include "machine/cloud/azure.h"
#include "machine/cloud/cloud_driver.h"
#include "machine/cloud/digitalocean.h"
#include "machine/cloud/google.h"
#include "machine/cloud/hetzner.h"
#include "machine/cloud/openstack.h"
#include "machine/cloud/vmwarevsphere.h"
#include "machine/generic_driver.h"
#include "machine/local_driver.h"
#include "machine/none_driver.h"
#include "machine/plugin/plugins.h"
#include "machine/qemu_driver.h"

namespace berth::machine {

namespace {

struct Entry {
  std::string_view name;
  std::vector<DriverFlag> (*flags)();
  std::unique_ptr<Driver> (*make)(const Site& site, std::string_view record);
};

template <typename T>
std::unique_ptr<Driver> make(const Site& site, std::string_view record) {
  return std::make_unique<T>(site, record);
}

template <ProviderMaker kMaker>
std::unique_ptr<Driver> make_cloud(const Site& site, std::string_view record) {
  return std::make_unique<CloudDriver>(kMaker, site, record);
}

// The only list of drivers: a new one needs its line here.
constexpr Entry kDrivers[] = {
    {"amazonec2", amazonec2_flags, make_cloud<make_amazonec2>},
    {"azure", azure_flags, make_cloud<make_azure>},
    {"digitalocean", digitalocean_flags, make_cloud<make_digitalocean>},
    {"google", google_flags, make_cloud<make_google>},
    {"hetzner", hetzner_flags, make_cloud<make_hetzner>},
    {"generic", GenericDriver::flags, make<GenericDriver>},
    {"openstack", openstack_flags, make_cloud<make_openstack>},
    {"local", LocalDriver::flags, make<LocalDriver>},
    {"none", NoneDriver::flags, make<NoneDriver>},
    {"vmwarevsphere", vmwarevsphere_flags, make_cloud<make_vmwarevsphere>},
    {"qemu", QemuDriver::flags, make<QemuDriver>},
};

const Entry* find_entry(std::string_view driver) {
  for (const Entry& entry : kDrivers) {
    if (entry.name == driver) return &entry;
  }
  return nullptr;
}

[[noreturn]] void refuse_unknown(std::string_view driver) {
  const std::string name(driver);
  throw Error(Kind::kNotFound,
              "Driver \"" + name + "\" not found. Do you have the plugin binary \"docker-machine-driver-" + name +
                  "\" or \"berth-machine-driver-" + name +
                  "\" accessible in your PATH? Drivers without a plugin are: " + join(driver_names(), ", "));
}

}  // namespace

std::string_view text_of(State state) {
  constexpr std::string_view kTexts[] = {"",         "Running",  "Paused", "Saved",  "Stopped",
                                         "Stopping", "Starting", "Error",  "Timeout"};
  return kTexts[static_cast<std::size_t>(state)];
}

std::string DriverOptions::text(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() || found->second.empty() ? std::string() : found->second.back();
}

std::vector<std::string> DriverOptions::texts(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

std::vector<std::string> driver_names() {
  std::vector<std::string> names;
  for (const Entry& entry : kDrivers) names.emplace_back(entry.name);
  return names;
}

std::vector<DriverFlag> driver_flags(std::string_view driver) {
  const Entry* entry = find_entry(driver);
  if (entry == nullptr) refuse_unknown(driver);
  return entry->flags();
}

std::vector<DriverFlag> driver_flags(const Context& context, std::string_view driver, const Environment& environment) {
  if (const Entry* entry = find_entry(driver)) return entry->flags();
  const auto plugin = find_plugin(driver, environment);
  if (!plugin) refuse_unknown(driver);
  return plugin_flags(context, *plugin, environment);
}

std::unique_ptr<Driver> make_driver(std::string_view driver, const Site& site, std::string_view record) {
  if (const Entry* entry = find_entry(driver)) return entry->make(site, record);
  const auto plugin = find_plugin(driver, site.environment);
  if (!plugin) refuse_unknown(driver);
  return make_plugin_driver(*plugin, site, record);
}

}  // namespace berth::machine
