#include "cli/swarm/sources.h"

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/strings.h"
#include "machine/machines.h"

namespace berth::cli {

namespace {

constexpr std::string_view kEnginePort = ":2376";

// "10.0.0.5:2376". A machine that is stopped keeps the address it had, so that the pool knows its node as one that is
// away; empty for one that never had any.
std::string address_of(const machine::Machines& machines, const machine::Host& host, const Context& context) {
  try {
    const std::string url = machines.driver(host)->url(context);
    return url.starts_with("tcp://") ? url.substr(6) : url;
  } catch (const Error&) {
    const std::string ip = text_of(parse_json(host.driver), "IPAddress");
    return ip.empty() ? ip : ip + std::string(kEnginePort);
  }
}

// The machines that have an engine with an address.
swarm::EngineAddresses machine_addresses(const machine::Machines& machines, const Context& context) {
  swarm::EngineAddresses addresses;
  for (const std::string& name : machines.store().list()) {
    try {
      const machine::Host host = machines.store().load(name);
      std::string address = address_of(machines, host, context);
      if (address.empty()) continue;
      const Path folder = host.auth.store_path.empty() ? machines.store().folder(name) : Path(host.auth.store_path);
      addresses.push_back({std::move(address), folder, name});
    } catch (const Error& e) {
      log(LogLevel::kDebug, e.within("machine '" + name + "'").message());
    }
  }
  return addresses;
}

swarm::DiscoveryOptions options_of(const Invocation& invocation) {
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
  return options;
}

}  // namespace

std::string discovery_argument(const Invocation& invocation) {
  if (!invocation.arguments.rest.empty()) return invocation.arguments.rest[0];
  std::string url = invocation.environment.get_or("SWARM_DISCOVERY", "");
  if (url.empty()) {
    throw Error(Kind::kInvalid,
                "discovery required: name the nodes, such as 10.0.0.5:2376,10.0.0.6:2376, or where they "
                "are listed: file://, etcd://, zk://, consul:// or machine://");
  }
  return url;
}

Flag discovery_option_flag() {
  return texts_flag("discovery-opt", 0, "Discovery options: kv.path=, kv.cacertfile=, kv.certfile=, kv.keyfile=")
      .named("list");
}

std::unique_ptr<swarm::Discovery> discovery_source(const Invocation& invocation, const std::string& url) {
  return swarm::discovery_of(url, options_of(invocation));
}

swarm::Renewing certificate_renewing(const Invocation& invocation, const std::string& url) {
  if (!url.starts_with("machine://")) return {};
  const Path storage = machine::HostStore::default_storage(invocation.environment);
  const auto machines = std::make_shared<const machine::Machines>(storage, invocation.environment);
  return {.due =
              [machines](const swarm::EngineAddress& node) {
                return machines->certificate_warning(machines->store().load(node.name));
              },
          .renew =
              [machines](const Context& context, const swarm::EngineAddress& node) {
                machines->renew_certificates(context, node.name, [&node](std::string_view step) {
                  log(LogLevel::kDebug, "machine '" + node.name + "': " + std::string(step));
                });
              }};
}

std::unique_ptr<store::Store> replication_store(const Invocation& invocation, const std::string& url) {
  return swarm::replication_store(url, options_of(invocation));
}

}  // namespace berth::cli
