#include <memory>

#include "base/error.h"
#include "base/parallel.h"
#include "cli/machine/commands.h"
#include "cli/machine/driver_flags.h"
#include "cli/machine/session.h"
#include "machine/swarm_role.h"

namespace berth::cli {

namespace {

constexpr int kPreCreateFailed = 3;
constexpr const char* kDefaultDriver = "local";

std::vector<Flag> create_flags() {
  std::vector<Flag> flags = {
      text_flag("driver", 'd', "Driver to create machine with")
          .with_default(kDefaultDriver)
          .from_environment("MACHINE_DRIVER"),
      texts_flag("engine-env", 0, "Specify environment variables to set in the engine"),
      text_flag("engine-from", 0,
                "Where the engine comes from: 'distribution', 'docker' (Docker's repository), the URL of a mirror of "
                "that, or a file or folder of packages here"),
      texts_flag("engine-insecure-registry", 0, "Specify insecure registries to allow with the created engine"),
      text_flag("engine-install-url", 0, "Custom URL to use for engine installation")
          .from_environment("MACHINE_DOCKER_INSTALL_URL"),
      texts_flag("engine-label", 0, "Specify labels for the created engine"),
      texts_flag("engine-opt", 0, "Specify arbitrary flags to include with the created engine in the form flag=value"),
      texts_flag("engine-registry-mirror", 0, "Specify registry mirrors to use")
          .from_environment("ENGINE_REGISTRY_MIRROR"),
      text_flag("engine-storage-driver", 0, "Specify a storage driver to use with the engine"),
      text_flag("engine-via", 0, "How the engine is reached: by TLS, or over ssh without an open port")
          .with_default("tls")
          .one_of({"tls", "ssh"}),
      flag("swarm", 0, "Configure Machine to join a Swarm cluster"),
      text_flag("swarm-addr", 0, "addr to advertise for Swarm (default: detect and use the machine IP)"),
      text_flag("swarm-discovery", 0,
                "Discovery service to use with Swarm (default for local machines: machine://, all of them)"),
      flag("swarm-experimental", 0, "Enable Swarm experimental features (which are always on)"),
      text_flag("swarm-host", 0, "ip/socket to listen on for Swarm master")
          .with_default(std::string(machine::kSwarmHost)),
      text_flag("swarm-image", 0, "Not supported: berth itself is what runs").from_environment("MACHINE_SWARM_IMAGE"),
      texts_flag("swarm-join-opt", 0, "Define arbitrary flags for Swarm join"),
      flag("swarm-master", 0, "Configure Machine to be a Swarm master"),
      texts_flag("swarm-opt", 0, "Define arbitrary flags for Swarm master"),
      text_flag("swarm-strategy", 0, "Define a default scheduling strategy for Swarm").with_default("spread"),
      texts_flag("tls-san", 0, "Support extra SANs for TLS certs"),
  };
  for (const auto& [driver, options] : flags_of_drivers()) {
    for (const machine::DriverFlag& option : options) flags.push_back(flag_of(option));
  }
  return flags;
}

// Shows the flags of the driver that is meant, and no other's. Those of a plugin are asked of it.
void adapt_to_driver(Command& command, DriverFlagTable& table, const Environment& environment,
                     const std::vector<std::string>& words) {
  const std::string driver = meant_driver(words, environment, kDefaultDriver);
  for (const auto& [other, options] : table) {
    if (other == driver) continue;
    for (const machine::DriverFlag& option : options) {
      for (Flag& flag : command.flags) flag.hidden = flag.hidden || flag.name == option.name;
    }
  }
  if (table.contains(driver)) return;
  table[driver] = machine::driver_flags(Context(), driver, environment);
  for (const machine::DriverFlag& option : table[driver]) {
    std::erase_if(command.flags, [&](const Flag& flag) { return flag.name == option.name; });
    command.flags.push_back(flag_of(option));
  }
}

machine::SwarmOptions swarm_of(const Arguments& arguments) {
  if (!arguments.text("swarm-image").empty()) {
    throw Error(
        Kind::kUnsupported,
        "--swarm-image (or $MACHINE_SWARM_IMAGE) names the image of classic Swarm: here berth itself runs on the "
        "machine, leave it out");
  }
  machine::SwarmOptions swarm;
  swarm.agent = arguments.on("swarm");
  swarm.master = arguments.on("swarm-master");
  swarm.address = arguments.text("swarm-addr");
  swarm.discovery = arguments.text("swarm-discovery");
  swarm.host = arguments.text("swarm-host");
  swarm.strategy = arguments.text("swarm-strategy");
  swarm.arbitrary_flags = arguments.texts("swarm-opt");
  swarm.arbitrary_join_flags = arguments.texts("swarm-join-opt");
  swarm.is_experimental = arguments.on("swarm-experimental");
  return swarm;
}

machine::CreateRequest request_of(const Arguments& arguments, const DriverFlagTable& table, const std::string& name) {
  machine::CreateRequest request;
  request.name = name;
  request.driver = arguments.text("driver");
  request.options = driver_options(arguments, table, request.driver);
  request.engine.arbitrary_flags = arguments.texts("engine-opt");
  request.engine.env = arguments.texts("engine-env");
  request.engine.insecure_registry = arguments.texts("engine-insecure-registry");
  request.engine.labels = arguments.texts("engine-label");
  request.engine.registry_mirror = arguments.texts("engine-registry-mirror");
  request.engine.storage_driver = arguments.text("engine-storage-driver");
  request.engine.install_url = arguments.text("engine-install-url");
  request.engine.install_from = arguments.text("engine-from");
  if (arguments.text("engine-via") == "ssh") request.engine.via = "ssh";
  request.tls_sans = arguments.texts("tls-san");
  request.swarm = swarm_of(arguments);
  return request;
}

int create(Invocation& invocation, const DriverFlagTable& table) {
  if (invocation.arguments.rest.empty()) throw Error(Kind::kInvalid, "Error: No machine name specified");
  const machine::Machines machines = machines_of(invocation);
  std::vector<machine::CreateRequest> requests;
  for (const std::string& name : invocation.arguments.rest) {
    for (const auto& other : requests) {
      if (other.name == name) throw Error(Kind::kInvalid, "machine '" + name + "' is named twice");
    }
    requests.push_back(request_of(invocation.arguments, table, name));
    machines.check_request(requests.back());
  }

  invocation.terminal.out_line("Running pre-create checks...");
  try {
    machines.pre_create_check(invocation.context, requests.front());
  } catch (const Error& e) {
    if (e.kind() == Kind::kCancelled) throw;
    invocation.terminal.err_line("Error with pre-create check: \"" + e.message() + "\"");
    return kPreCreateFailed;
  }

  const bool several = requests.size() > 1;
  throw_all(for_each_parallel(requests, 16, [&](const machine::CreateRequest& request) {
    try {
      machines.create(invocation.context, request, say_about(invocation, request.name, several));
    } catch (const Error& e) {
      const std::string advice = machines.store().exists(request.name) ? "; '" + machine_program(invocation) + " rm " +
                                                                             request.name + "' removes what was made"
                                                                       : "";
      throw Error(e.kind(), "Error creating machine '" + request.name + "': " + e.message() + advice);
    }
  }));
  std::vector<std::string> names;
  for (const machine::CreateRequest& request : requests) names.push_back(request.name);
  warn_of_certificates(invocation, machines, names);
  invocation.terminal.out_line(
      "To see how to connect your Docker Client to the Docker Engine running on this machine, "
      "run: " +
      machine_program(invocation) + " env " + requests.front().name);
  return 0;
}

}  // namespace

Command machine_create_command() {
  Command command;
  command.name = "create";
  command.usage = "[OPTIONS] MACHINE...";
  command.summary = "Create a machine";
  command.flags = create_flags();
  const auto table = std::make_shared<DriverFlagTable>(flags_of_drivers());
  command.adapt = [table](Command& self, const Environment& environment, const std::vector<std::string>& words) {
    adapt_to_driver(self, *table, environment, words);
  };
  command.run = [table](Invocation& invocation) { return create(invocation, *table); };
  return command;
}

}  // namespace berth::cli
