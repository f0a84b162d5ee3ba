#include <cerrno>
#include <chrono>
#include <utility>

#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/strings.h"
#include "base/units.h"
#include "cli/swarm/certificates.h"
#include "cli/swarm/classic_flags.h"
#include "cli/swarm/commands.h"
#include "cli/swarm/own_manager.h"
#include "cli/swarm/sources.h"
#include "cli/version.h"
#include "swarm/discovery/address.h"
#include "swarm/manager.h"

namespace berth::cli {

namespace {

constexpr std::string_view kDefaultListen = "tcp://127.0.0.1:3376";

// "swarm.overcommit=0.05" and the like. Source: classic Swarm's --cluster-opt.
struct ClusterOptions {
  double overcommit = 0.05;
  bool cpu_shares_reserve = false;
  swarm::placement::Reschedule reschedule = swarm::placement::Reschedule::kOff;
};

ClusterOptions cluster_options(const std::vector<std::string>& given) {
  ClusterOptions options;
  for (const std::string& option : given) {
    const auto [name, value] = cut(option, '=');
    if (name == "swarm.overcommit") {
      const auto ratio = parse_number(value.value_or(""));
      if (!ratio || *ratio <= -1)
        throw Error(Kind::kInvalid, "--cluster-opt " + option + ": give a ratio such as 0.05");
      options.overcommit = *ratio;
    } else if (name == "swarm.cpushares") {
      if (value != "reserve" && value != "weight") {
        throw Error(Kind::kInvalid, "--cluster-opt " + option + ": give reserve or weight");
      }
      options.cpu_shares_reserve = value == "reserve";
    } else if (name == "swarm.reschedule") {
      if (value != "on-node-failure" && value != "off") {
        throw Error(Kind::kInvalid, "--cluster-opt " + option + ": give on-node-failure or off");
      }
      options.reschedule =
          value == "off" ? swarm::placement::Reschedule::kOff : swarm::placement::Reschedule::kOnNodeFailure;
    } else {
      throw Error(Kind::kInvalid,
                  "--cluster-opt '" + std::string(name) +
                      "' is not known; there are swarm.overcommit=RATIO, swarm.cpushares=reserve|weight and "
                      "swarm.reschedule=on-node-failure|off");
    }
  }
  return options;
}

struct Listen {
  std::string scheme;  // "tcp" or "unix"
  std::string host;
  std::uint16_t port = 0;
  Path path;
};

// "tcp://0.0.0.0:3376", ":3376", "unix:///run/berth.sock".
Listen parse_listen(const std::string& text) {
  if (text.starts_with("unix://")) return {"unix", "", 0, Path(text.substr(7))};
  if (text.find("://") != std::string::npos && !text.starts_with("tcp://")) {
    throw Error(Kind::kInvalid, "--host '" + text + "': give tcp://IP:PORT or unix:///PATH");
  }
  const std::string address = text.starts_with("tcp://") ? text.substr(6) : text;
  const std::size_t colon = address.rfind(':');
  const auto port = colon == std::string::npos ? std::nullopt : parse_integer(address.substr(colon + 1));
  if (!port || *port < 0 || *port > 65535) throw Error(Kind::kInvalid, "--host '" + text + "' has no port");
  std::string host = address.substr(0, colon);
  return {"tcp", host.empty() ? "0.0.0.0" : host, static_cast<std::uint16_t>(*port), {}};
}

std::vector<swarm::Door> open_doors(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  std::vector<std::string> hosts = arguments.texts("host");
  if (hosts.empty()) hosts.emplace_back(kDefaultListen);
  std::vector<swarm::Door> doors;
  for (const std::string& host : hosts) {
    const Listen listen = parse_listen(host);
    if (listen.scheme == "unix") {
      doors.push_back({net::Listener::unix_socket(listen.path, 0660), std::nullopt});
      continue;
    }
    std::optional<net::TlsContext> tls;
    if (arguments.on("no-tls")) {
      invocation.terminal.warn("WARNING: " + host +
                               " is open to everyone who can reach it, who is root on every node: "
                               "leave out --no-tls, or listen on a unix socket");
    } else {
      tls = server_tls(invocation, listen.host);
    }
    doors.push_back({net::Listener::tcp(listen.host, listen.port), std::move(tls)});
  }
  return doors;
}

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "";
}

std::unique_ptr<store::Store> open_store(Invocation& invocation, const std::string& discovery) {
  const std::string given = invocation.arguments.text("store");
  if (!given.empty()) return store::store_of(given);
  if (invocation.arguments.on("replication")) return replication_store(invocation, discovery);
  // Of a single manager: a file, which outlives it.
  const Path path = OwnManager::state_folder(invocation.environment) / "swarm.db";
  make_folder(path.parent_path(), 0700);
  try {
    return store::store_of("sqlite://" + path.native());
  } catch (const Error& e) {
    if (e.kind() != Kind::kConflict) throw;
    throw Error(Kind::kConflict, e.message() + "; give a second manager on this host another: --store sqlite:///PATH");
  }
}

std::size_t not_negative(const Arguments& arguments, const std::string& flag) {
  const long long number = arguments.integer(flag).value_or(0);
  if (number < 0) throw Error(Kind::kInvalid, "--" + flag + " cannot be negative");
  return static_cast<std::size_t>(number);
}

std::size_t at_least_one(const Arguments& arguments, const std::string& flag) {
  const std::size_t number = not_negative(arguments, flag);
  if (number == 0) throw Error(Kind::kInvalid, "--" + flag + " must be at least 1");
  return number;
}

std::uint64_t size_of(const Arguments& arguments, const std::string& flag) {
  const auto size = parse_bytes(arguments.text(flag));
  if (!size || count(*size) < 0) {
    throw Error(Kind::kInvalid, "--" + flag + " '" + arguments.text(flag) + "' is no size such as 8m");
  }
  return static_cast<std::uint64_t>(count(*size));
}

swarm::RequestLimits request_limits(const Arguments& arguments) {
  swarm::RequestLimits limits;
  limits.body = size_of(arguments, "max-body");
  if (limits.body == 0) throw Error(Kind::kInvalid, "--max-body must be more than 0");
  limits.upload = size_of(arguments, "max-upload");
  limits.requests_per_second = static_cast<double>(not_negative(arguments, "rate-limit"));
  return limits;
}

std::chrono::milliseconds write_timeout(const Arguments& arguments) {
  const auto time = parse_duration(arguments.text("write-timeout"));
  if (!time || *time <= time->zero()) throw Error(Kind::kInvalid, "--write-timeout should be a duration such as 5m");
  return std::chrono::duration_cast<std::chrono::milliseconds>(*time);
}

// A node takes a descriptor for its events and one for calls; clients take one each.
void raise_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    log(LogLevel::kWarning, system_error(errno, "raising the limit of open files").message());
  }
}

swarm::ManagerOptions manager_options(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const ClusterOptions cluster = cluster_options(arguments.texts("cluster-opt"));
  if (const std::string driver = arguments.text("cluster-driver"); driver != "swarm") {
    throw Error(Kind::kUnsupported, "--cluster-driver '" + driver +
                                        "' is not supported: there is swarm (classic Swarm's mesos-experimental "
                                        "is not offered)");
  }
  swarm::ManagerOptions options;
  options.pool.reschedule = cluster.reschedule;
  options.pool.endpoint_of = engine_endpoints(invocation);
  options.pool.overcommit = cluster.overcommit;
  set_refresh_interval(arguments, options.pool);
  options.pool.placement.strategy = swarm::placement::parse_strategy(arguments.text("strategy"));
  if (const auto filters = arguments.texts("filter"); !filters.empty()) {
    options.pool.placement.filters = swarm::placement::parse_filters(filters);
  }
  options.api.limits = request_limits(arguments);
  options.api.audit_file = arguments.text("audit-log");
  options.api.revoked_file = arguments.text("revoked");
  options.connections = {.all = at_least_one(arguments, "max-connections"),
                         .write = write_timeout(arguments),
                         .of_address = not_negative(arguments, "max-client-connections")};
  options.api.version = version();
  options.api.name = host_name();
  options.api.missing_image = swarm::parse_image_means(arguments.text("missing-image"));
  options.api.requests.cpu_shares_reserve = cluster.cpu_shares_reserve;
  return options;
}

// --replication and what belongs to it, in classic Swarm's words.
std::optional<swarm::ReplicationOptions> replication_options(Invocation& invocation, const std::string& url) {
  const Arguments& arguments = invocation.arguments;
  if (!arguments.on("replication")) return std::nullopt;
  const std::string address = arguments.text("addr").empty() ? arguments.text("advertise") : arguments.text("addr");
  if (address.empty()) throw Error(Kind::kInvalid, "--advertise address must be provided when using --replication");
  const auto ttl = parse_duration(arguments.text("replication-ttl"));
  if (!ttl || *ttl <= ttl->zero()) throw Error(Kind::kInvalid, "--replication-ttl should be a positive number");
  swarm::ReplicationOptions options;
  options.advertise = swarm::checked_address(address);
  options.ttl = std::chrono::duration_cast<std::chrono::milliseconds>(*ttl);
  options.store = open_store(invocation, url);
  options.dialer = manager_dialer(invocation);
  return options;
}

int manage(Invocation& invocation) {
  const std::string level = invocation.arguments.on("debug") ? "debug" : invocation.arguments.text("log-level");
  set_log_level(level == "debug"  ? LogLevel::kDebug
                : level == "info" ? LogLevel::kInfo
                : level == "warn" ? LogLevel::kWarning
                                  : LogLevel::kError);
  if (invocation.arguments.text("log-format") == "json") set_log_format(LogFormat::kJson);
  raise_descriptors();
  check_classic_flags(invocation);
  const std::string url = discovery_argument(invocation);
  auto discovery = discovery_source(invocation, url);
  swarm::ManagerOptions options = manager_options(invocation);
  std::vector<swarm::Door> doors = open_doors(invocation);
  for (const swarm::Door& door : doors) {
    if (door.tls) options.api.own_certificate = door.tls->certificate();
  }
  // After the doors: making their certificate makes the authority that managers know each other by.
  options.replication = replication_options(invocation, url);
  options.store = open_store(invocation, url);
  options.renewing = certificate_renewing(invocation, url);
  for (const swarm::Door& door : doors) {
    log(LogLevel::kInfo, "listening on " + door.listener.address() + (door.tls ? " with TLS" : ""));
  }
  swarm::Manager(std::move(discovery), std::move(doors), std::move(options)).run(invocation.interrupted);
  return 0;
}

}  // namespace

Command swarm_manage_command() {
  Command command;
  command.name = "manage";
  command.aliases = {"m"};
  command.usage = "[OPTIONS] DISCOVERY";
  command.summary = "Manage a swarm: serve the Docker API over all its engines";
  command.at_most = 1;
  command.graceful = true;
  command.flags = {
      texts_flag("host", 'H', "IP and port or socket to listen on (default \"" + std::string(kDefaultListen) + "\")")
          .named("list")
          .from_environment("SWARM_HOST"),
      text_flag("strategy", 0, "Placement strategy: spread, binpack or random").with_default("spread"),
      texts_flag("filter", 'f', "Filters to use (default all)").named("list"),
      texts_flag("cluster-opt", 0,
                 "Cluster options: swarm.overcommit=0.05, swarm.cpushares=weight, swarm.reschedule=off")
          .named("list"),
      text_flag("missing-image", 0,
                "How a node gets an image it lacks: copy (from another node), pull, place, in order")
          .with_default("copy,pull"),
      discovery_option_flag(),
      text_flag("cluster-driver", 'c', "Cluster driver to use").with_default("swarm"),
      text_flag("store", 0, "Where to keep what engines can't: sqlite:///PATH, etcd://HOST:PORT/PREFIX, memory:")
          .named("url"),
      flag("replication", 0, "Share the swarm with other managers, of which one leads"),
      text_flag("replication-ttl", 0, "After which another manager leads when the leader is gone")
          .with_default("2s")
          .named("duration"),
      text_flag("advertise", 0, "Address of this manager, where the other managers can reach it")
          .from_environment("SWARM_ADVERTISE"),
      text_flag("addr", 0, "The same as --advertise").unlisted(),
      text_flag("audit-log", 0, "Where changes are told, a JSON object a line: a file, or - (default in the log)")
          .completing("file"),
      text_flag("revoked", 0, "File of clients' certificates that are refused: on each line a name or serial:NUMBER")
          .completing("file"),
      text_flag("log-format", 0, "How log lines are written").with_default("text").one_of({"text", "json"}),
      text_flag("max-body", 0, "Largest body of a request that is no upload").with_default("8m").named("bytes"),
      text_flag("max-upload", 0, "Largest archive in a request: load, import, build, cp (default unlimited)")
          .with_default("0")
          .named("bytes"),
      integer_flag("rate-limit", 0, "Requests a second of each client on tcp; 0: unlimited").with_default("2000"),
      integer_flag("max-connections", 0, "Connections at a time to each --host; more wait").with_default("10000"),
      integer_flag("max-client-connections", 0, "Connections at a time of each IP address; 0: unlimited")
          .with_default("1000"),
      text_flag("write-timeout", 0, "In which a client must have taken 64 KiB of an answer")
          .with_default("5m")
          .named("duration"),
      flag("no-tls", 0, "Listen on tcp without TLS: everyone who can connect is root on every node"),
      flag("tls", 0, "Use TLS; implied by --tlsverify"),
      flag("tlsverify", 0, "Use TLS and verify the remote"),
      text_flag("tlscacert", 0, "Trust only clients and engines with certificates signed by this CA")
          .completing("file"),
      text_flag("tlscert", 0, "Path to the manager's TLS certificate").completing("file"),
      text_flag("tlskey", 0, "Path to the manager's TLS key").completing("file"),
  };
  for (Flag& one : classic_manage_flags()) command.flags.push_back(std::move(one));
  command.run = manage;
  return command;
}

}  // namespace berth::cli
