#include "machine/driver.h"

#include <algorithm>

#include "base/error.h"
#include "base/strings.h"
#include "machine/cloud/cloud_driver.h"
#include "machine/cloud/digitalocean.h"
#include "machine/cloud/hetzner.h"
#include "machine/local_driver.h"
#include "machine/none_driver.h"

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
    {"digitalocean", digitalocean_flags, make_cloud<make_digitalocean>},
    {"hetzner", hetzner_flags, make_cloud<make_hetzner>},
    {"local", LocalDriver::flags, make<LocalDriver>},
    {"none", NoneDriver::flags, make<NoneDriver>},
};

const Entry& entry_of(std::string_view driver) {
  for (const Entry& entry : kDrivers) {
    if (entry.name == driver) return entry;
  }
  throw Error(Kind::kNotFound,
              "Driver \"" + std::string(driver) + "\" not found. Drivers are: " + join(driver_names(), ", "));
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

std::vector<DriverFlag> driver_flags(std::string_view driver) { return entry_of(driver).flags(); }

std::unique_ptr<Driver> make_driver(std::string_view driver, const Site& site, std::string_view record) {
  return entry_of(driver).make(site, record);
}

}  // namespace berth::machine
