#include "machine/generic_driver.h"

#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "machine/ssh_session.h"
#include "net/dial.h"

namespace berth::machine {

namespace {

using namespace std::chrono_literals;

constexpr auto kStateLimit = 5s;
constexpr auto kRestartLimit = 5min;

[[noreturn]] void refuse(const char* action) {
  throw Error(Kind::kUnsupported, std::string("generic driver does not support ") + action);
}

std::int64_t port_of(const DriverOptions& options, const char* flag) {
  const auto port = parse_integer(options.text(flag));
  if (!port || *port < 1 || *port > 65535) {
    throw Error(Kind::kInvalid, std::string("--") + flag + " '" + options.text(flag) + "' is not a port");
  }
  return *port;
}

}  // namespace

std::vector<DriverFlag> GenericDriver::flags() {
  using Type = DriverFlag::Type;
  return {
      {.name = "generic-engine-port",
       .type = Type::kInteger,
       .help = "Docker engine port",
       .default_text = "2376",
       .environment = "GENERIC_ENGINE_PORT"},
      {.name = "generic-ip-address", .help = "IP Address of machine", .environment = "GENERIC_IP_ADDRESS"},
      {.name = "generic-ssh-key",
       .help = "SSH private key path (if not provided, default SSH key will be used)",
       .environment = "GENERIC_SSH_KEY"},
      {.name = "generic-ssh-port",
       .type = Type::kInteger,
       .help = "SSH port",
       .default_text = "22",
       .environment = "GENERIC_SSH_PORT"},
      {.name = "generic-ssh-user", .help = "SSH user", .default_text = "root", .environment = "GENERIC_SSH_USER"},
  };
}

GenericDriver::GenericDriver(Site site, std::string_view record) : site_(std::move(site)) {
  const json::value value = parse_json(record);
  base_ = read_base_driver(value);
  base_.machine_name = site_.name;
  if (base_.store_path.empty()) base_.store_path = site_.folder.parent_path().parent_path();
  if (const auto port = integer_of(value, "EnginePort"); port != 0) engine_port_ = port;
  key_ = berth::text_of(value, "SSHKey");
}

std::string GenericDriver::record() const {
  json::object record = base_driver_json(base_);
  record["EnginePort"] = engine_port_;
  record["SSHKey"] = key_;
  return format_json(record);
}

void GenericDriver::configure(const DriverOptions& options) {
  base_.ip_address = options.text("generic-ip-address");
  if (base_.ip_address.empty()) {
    throw Error(Kind::kInvalid, "generic driver requires the --generic-ip-address option");
  }
  base_.ssh_user = options.text("generic-ssh-user");
  base_.ssh_port = port_of(options, "generic-ssh-port");
  engine_port_ = port_of(options, "generic-engine-port");
  key_ = options.text("generic-ssh-key");
}

void GenericDriver::pre_create_check(const Context&) {
  if (key_.empty() || ::access(key_.c_str(), R_OK) == 0) return;
  throw Error(Kind::kNotFound, "SSH key does not exist: \"" + key_ + "\"");
}

void GenericDriver::create(const Context&) {
  if (key_.empty()) {
    site_.say("No SSH key specified. Assuming an existing key at the default location.");
    return;
  }
  site_.say("Importing SSH key...");
  const Path copy = site_.folder / Path(key_).filename();
  write_file(copy, read_file(key_), 0600);
  if (const auto public_part = read_file_if_exists(key_ + ".pub"))
    write_file(copy.string() + ".pub", *public_part, 0600);
  base_.ssh_key_path = copy;
  site_.save(record());
}

void GenericDriver::start(const Context&) { refuse("start"); }
void GenericDriver::stop(const Context&) { refuse("stop"); }

void GenericDriver::run_as_root(const Context& context, const std::string& command) {
  const SshTarget target = *ssh(context);
  SshSession session(ssh_host_of(target, site_.folder, true, site_.environment));
  try {
    const Output output = session.run_as_root(context, command);
    if (output.status.ok()) return;
    throw Error(Kind::kInternal, "'" + command + "' on the host: " + std::string(trim(output.err)));
  } catch (const Error& e) {
    if (e.kind() != Kind::kUnavailable) throw;  // the host went away before it answered: that is what was asked
  }
}

void GenericDriver::kill(const Context& context) { run_as_root(context, "shutdown -P now"); }

void GenericDriver::restart(const Context& context) {
  const SshTarget target = *ssh(context);
  const Context limited = context.with_timeout(kRestartLimit);
  constexpr const char* kBoot = "cat /proc/sys/kernel/random/boot_id; stat -c %Y /proc/1";
  std::string before;
  {
    SshSession session(ssh_host_of(target, site_.folder, true, site_.environment));
    before = session.run(limited, kBoot).out;
  }
  run_as_root(limited, "shutdown -r now");
  // Until it is down its sshd may answer still.
  for (;;) {
    SshSession session(ssh_host_of(target, site_.folder, true, site_.environment));
    session.await(limited, true);
    if (session.run(limited, kBoot).out != before) return;
    limited.sleep_for(200ms);
  }
}

State GenericDriver::state(const Context& context) {
  try {
    net::dial_tcp(context.with_timeout(kStateLimit), base_.ip_address, static_cast<std::uint16_t>(base_.ssh_port));
    return State::kRunning;
  } catch (const Error& e) {
    context.check();
    if (e.kind() == Kind::kCancelled) throw;
    return State::kStopped;
  }
}

std::string GenericDriver::url(const Context&) {
  const bool ipv6 = base_.ip_address.find(':') != std::string::npos;
  return "tcp://" + (ipv6 ? "[" + base_.ip_address + "]" : base_.ip_address) + ":" + std::to_string(engine_port_);
}

std::optional<SshTarget> GenericDriver::ssh(const Context&) {
  return SshTarget{.host = base_.ip_address,
                   .port = static_cast<int>(base_.ssh_port),
                   .user = base_.ssh_user,
                   .key = base_.ssh_key_path};
}

}  // namespace berth::machine
