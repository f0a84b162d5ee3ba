#include "base/error.h"
#include "base/parallel.h"
#include "cli/machine/commands.h"
#include "cli/machine/session.h"

namespace berth::cli {

namespace {

constexpr int kPreCreateFailed = 3;

std::vector<Flag> create_flags() {
  std::vector<Flag> flags = {
      text_flag("driver", 'd', "Driver to create machine with")
          .with_default("local")
          .from_environment("MACHINE_DRIVER")
          .one_of(machine::driver_names()),
      texts_flag("engine-env", 0, "Specify environment variables to set in the engine"),
      texts_flag("engine-insecure-registry", 0, "Specify insecure registries to allow with the created engine"),
      text_flag("engine-install-url", 0, "Custom URL to use for engine installation")
          .from_environment("MACHINE_DOCKER_INSTALL_URL"),
      texts_flag("engine-label", 0, "Specify labels for the created engine"),
      texts_flag("engine-opt", 0, "Specify arbitrary flags to include with the created engine in the form flag=value"),
      texts_flag("engine-registry-mirror", 0, "Specify registry mirrors to use")
          .from_environment("ENGINE_REGISTRY_MIRROR"),
      text_flag("engine-storage-driver", 0, "Specify a storage driver to use with the engine"),
      texts_flag("tls-san", 0, "Support extra SANs for TLS certs"),
  };
  for (const std::string& driver : machine::driver_names()) {
    for (const machine::DriverFlag& f : machine::driver_flags(driver)) {
      using Type = machine::DriverFlag::Type;
      Flag added = f.type == Type::kBool      ? flag(f.name, 0, f.help)
                   : f.type == Type::kInteger ? integer_flag(f.name, 0, f.help)
                   : f.type == Type::kTexts   ? texts_flag(f.name, 0, f.help)
                                              : text_flag(f.name, 0, f.help);
      flags.push_back(std::move(added).with_default(f.default_text).from_environment(f.environment));
    }
  }
  return flags;
}

// An option of another driver than the one asked for would have no effect: said, not ignored.
machine::DriverOptions driver_options(const Arguments& arguments, const std::string& driver) {
  machine::DriverOptions options;
  for (const std::string& other : machine::driver_names()) {
    for (const machine::DriverFlag& f : machine::driver_flags(other)) {
      if (other == driver) {
        using Type = machine::DriverFlag::Type;
        if (f.type == Type::kTexts)
          options.set(f.name, arguments.texts(f.name));
        else
          options.set(f.name,
                      {f.type == Type::kBool ? (arguments.on(f.name) ? "true" : "false") : arguments.text(f.name)});
      } else if (arguments.given(f.name)) {
        throw Error(Kind::kInvalid, "--" + f.name + " is an option of driver '" + other + "', not of '" + driver + "'");
      }
    }
  }
  return options;
}

machine::CreateRequest request_of(const Arguments& arguments, const std::string& name) {
  machine::CreateRequest request;
  request.name = name;
  request.driver = arguments.text("driver");
  request.options = driver_options(arguments, request.driver);
  request.engine.arbitrary_flags = arguments.texts("engine-opt");
  request.engine.env = arguments.texts("engine-env");
  request.engine.insecure_registry = arguments.texts("engine-insecure-registry");
  request.engine.labels = arguments.texts("engine-label");
  request.engine.registry_mirror = arguments.texts("engine-registry-mirror");
  request.engine.storage_driver = arguments.text("engine-storage-driver");
  request.engine.install_url = arguments.text("engine-install-url");
  request.tls_sans = arguments.texts("tls-san");
  return request;
}

int create(Invocation& invocation) {
  if (invocation.arguments.rest.empty()) throw Error(Kind::kInvalid, "Error: No machine name specified");
  const machine::Machines machines = machines_of(invocation);
  std::vector<machine::CreateRequest> requests;
  for (const std::string& name : invocation.arguments.rest) {
    for (const auto& other : requests) {
      if (other.name == name) throw Error(Kind::kInvalid, "machine '" + name + "' is named twice");
    }
    requests.push_back(request_of(invocation.arguments, name));
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
  command.run = create;
  return command;
}

}  // namespace berth::cli
