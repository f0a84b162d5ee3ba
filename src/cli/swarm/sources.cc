#include "cli/swarm/sources.h"

#include "base/error.h"
#include "base/log.h"
#include "base/strings.h"
#include "machine/machines.h"

namespace berth::cli {

namespace {

// The machines that have an engine with an address; a machine that is stopped has one as well where its driver knows
// it.
swarm::EngineAddresses machine_addresses(const machine::Machines& machines, const Context& context) {
  swarm::EngineAddresses addresses;
  for (const std::string& name : machines.store().list()) {
    try {
      const machine::Host host = machines.store().load(name);
      std::string url = machines.driver(host)->url(context);
      if (url.starts_with("tcp://")) url = url.substr(6);
      addresses.push_back({std::move(url),
                           host.auth.store_path.empty() ? machines.store().folder(name) : Path(host.auth.store_path),
                           name});
    } catch (const Error& e) {
      log(LogLevel::kDebug, e.within("machine '" + name + "'").message());
    }
  }
  return addresses;
}

}  // namespace

std::unique_ptr<swarm::Discovery> discovery_source(const Invocation& invocation, const std::string& url) {
  swarm::DiscoveryOptions options;
  for (const std::string& option : invocation.arguments.texts("discovery-opt")) {
    const auto [name, value] = cut(option, '=');
    if (!value) throw Error(Kind::kInvalid, "--discovery-opt '" + option + "' is not NAME=VALUE");
    options.options.emplace(name, *value);
  }
  const Path storage = machine::HostStore::default_storage(invocation.environment);
  const auto machines = std::make_shared<const machine::Machines>(storage, invocation.environment);
  options.machines.folder = machines->store().machines();
  options.machines.list = [machines, context = invocation.context] { return machine_addresses(*machines, context); };
  return swarm::discovery_of(url, options);
}

}  // namespace berth::cli
