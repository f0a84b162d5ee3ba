#include "engine/endpoint.h"

#include <algorithm>

#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "engine/docker_config.h"

namespace berth::engine {

namespace {

constexpr std::string_view kDefaultSocket = "unix:///var/run/docker.sock";
constexpr std::string_view kDefaultContext = "default";
constexpr std::string_view kPort = "2375";
constexpr std::string_view kTlsPort = "2376";

[[noreturn]] void refuse(std::string_view host, std::string_view reason) {
  throw Error(Kind::kInvalid, "'" + std::string(host) + "' isn't an engine's address: " + std::string(reason));
}

// "host:port" of a tcp address, with what was left out.
std::string complete_tcp(std::string_view host, std::string_view address, bool tls) {
  const auto [authority, path] = cut(address, '/');
  std::string name(authority);
  std::string port(tls ? kTlsPort : kPort);
  const std::size_t colon = name.rfind(':');
  if (colon != std::string::npos && !name.ends_with(']')) {
    port = name.substr(colon + 1);
    name = name.substr(0, colon);
    const auto number = parse_integer(port);
    if (!number || *number < 1 || *number > 65'535) refuse(host, "'" + port + "' isn't a port");
  }
  if (name.empty()) name = "localhost";
  if (path && !path->empty()) refuse(host, "a path after the port isn't supported");
  return name + ":" + port;
}

std::string complete(std::string_view host, bool tls) {
  if (host.empty()) return std::string(kDefaultSocket);
  const std::size_t mark = host.find("://");
  const std::string_view scheme = mark == std::string_view::npos ? "tcp" : host.substr(0, mark);
  const std::string_view rest = mark == std::string_view::npos ? host : host.substr(mark + 3);
  if (scheme == "unix") return rest.empty() ? std::string(kDefaultSocket) : "unix://" + std::string(rest);
  if (scheme == "tcp") return "tcp://" + complete_tcp(host, rest, tls);
  if (scheme == "http") return "http://" + complete_tcp(host, rest, false);
  if (scheme == "https") return "https://" + complete_tcp(host, rest, true);
  if (scheme == "ssh") {
    ssh_command({.host = std::string(host)}, {});  // checks it
    return std::string(host);
  }
  if (scheme == "npipe") {
    throw Error(
        Kind::kUnsupported,
        "'" + std::string(host) + "': named pipes are Windows only; use a tcp:// or ssh:// address of that engine");
  }
  refuse(host, "use unix://, tcp://, http://, https:// or ssh://");
}

bool is_network(std::string_view host) { return !host.starts_with("unix://") && !host.starts_with("ssh://"); }

std::string read_pem(const Path& path, std::string_view doing) {
  return within(doing, [&] { return read_file(path); });
}

// Of --tls, --tlsverify and their variables. Any value of DOCKER_TLS_VERIFY but none at all turns TLS on, "0" too: so
// does docker.
std::optional<TlsMaterial> tls_of(const EndpointArguments& arguments, const Environment& environment) {
  const bool verify = arguments.tls_verify.value_or(!environment.get_or("DOCKER_TLS_VERIFY", "").empty());
  const bool tls = arguments.tls.value_or(!environment.get_or("DOCKER_TLS", "").empty());
  if (!tls && !verify && !arguments.tls_verify) return std::nullopt;

  const Path folder = environment.get_or("DOCKER_CERT_PATH", docker_config_folder(environment).string());
  const auto read = [&](const std::string& given, std::string_view name, bool required) -> std::string {
    constexpr std::string_view doing = "reading the TLS certificates (see DOCKER_CERT_PATH)";
    if (!given.empty()) return read_pem(given, doing);
    if (required) return read_pem(folder / name, doing);
    return read_file_if_exists(folder / name).value_or("");
  };
  return TlsMaterial{.ca = read(arguments.tls_ca_cert, "ca.pem", verify),
                     .cert = read(arguments.tls_cert, "cert.pem", false),
                     .key = read(arguments.tls_key, "key.pem", false),
                     .skip_verify = !verify};
}

std::string current_context(const EndpointArguments& arguments, const Environment& environment) {
  if (!arguments.context.empty()) return arguments.context;
  if (!arguments.host.empty() || !environment.get_or("DOCKER_HOST", "").empty()) return std::string(kDefaultContext);
  if (std::string named = environment.get_or("DOCKER_CONTEXT", ""); !named.empty()) return named;
  const std::string named = text_of(docker_config(environment), "currentContext");
  return named.empty() ? std::string(kDefaultContext) : named;
}

Endpoint from_store(const std::string& name, const Environment& environment) {
  const Path contexts = docker_config_folder(environment) / "contexts";
  const std::string digest = sha256_hex(name);
  const Path file = contexts / "meta" / digest / "meta.json";
  const auto text = read_file_if_exists(file);
  if (!text) {
    throw Error(Kind::kNotFound, "there is no docker context '" + name +
                                     "'; `docker context ls` shows those there are (also look at DOCKER_CONTEXT)");
  }
  const json::value meta = within("docker context '" + name + "'", [&] { return parse_json(*text); });
  const json::value* endpoints = find(meta, "Endpoints");
  const json::value* docker = endpoints == nullptr ? nullptr : find(*endpoints, "docker");
  if (docker == nullptr) throw Error(Kind::kInvalid, "docker context '" + name + "' has no docker endpoint");

  const Path folder = contexts / "tls" / digest / "docker";
  TlsMaterial tls{.ca = read_file_if_exists(folder / "ca.pem").value_or(""),
                  .cert = read_file_if_exists(folder / "cert.pem").value_or(""),
                  .key = read_file_if_exists(folder / "key.pem").value_or(""),
                  .skip_verify = flag_of(*docker, "SkipTLSVerify")};
  const bool has_tls = tls != TlsMaterial{};
  Endpoint out{.host = complete(text_of(*docker, "Host"), has_tls), .context = name};
  if (has_tls && is_network(out.host)) out.tls = std::move(tls);
  return out;
}

}  // namespace

bool is_local(const Endpoint& endpoint) { return endpoint.host.starts_with("unix://"); }

std::string socket_of(const Endpoint& endpoint) {
  const std::string_view address = is_local(endpoint) ? endpoint.host : kDefaultSocket;
  return std::string(address.substr(std::string_view("unix://").size()));
}

Path docker_config_folder(const Environment& environment) {
  if (std::string folder = environment.get_or("DOCKER_CONFIG", ""); !folder.empty()) return folder;
  return Path(environment.home()) / ".docker";
}

Endpoint endpoint_of(std::string_view host) {
  return {.host = complete(host, false), .context = std::string(kDefaultContext)};
}

Endpoint find_endpoint(const EndpointArguments& arguments, const Environment& environment) {
  if (!arguments.host.empty() && !arguments.context.empty()) {
    throw Error(Kind::kInvalid, "--host and --context can't be used together");
  }
  const std::string context = current_context(arguments, environment);
  if (context != kDefaultContext) return from_store(context, environment);

  const std::string host = arguments.host.empty() ? environment.get_or("DOCKER_HOST", "") : arguments.host;
  // Certificates are only read where they are of use: a socket needs none.
  Endpoint out{.host = complete(trim(host), false), .context = context};
  if (!is_network(out.host)) return out;
  out.tls = tls_of(arguments, environment);
  out.host = complete(trim(host), out.tls.has_value());
  return out;
}

}  // namespace berth::engine
