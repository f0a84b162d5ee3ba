#include "base/error.h"
#include "base/strings.h"
#include "engine/endpoint.h"

namespace berth::engine {

namespace {

[[noreturn]] void refuse(std::string_view host, std::string_view reason) {
  throw Error(Kind::kInvalid, "'" + std::string(host) + "' isn't an engine's address: " + std::string(reason) +
                                  "; expected ssh://[USER@]HOST[:PORT][/SOCKET]");
}

struct SshAddress {
  std::string user;
  std::string host;
  std::string port;
  std::string socket;  // of the engine there; empty: what the docker command there finds
};

SshAddress parse(std::string_view text) {
  constexpr std::string_view scheme = "ssh://";
  if (!text.starts_with(scheme)) refuse(text, "it doesn't begin with ssh://");
  const auto [authority, path] = cut(text.substr(scheme.size()), '/');
  SshAddress out;
  std::string_view place = authority;
  if (const std::size_t at = place.rfind('@'); at != std::string_view::npos) {
    out.user = place.substr(0, at);
    if (out.user.find(':') != std::string::npos) refuse(text, "a password can't be given, use a key");
    place = place.substr(at + 1);
  }
  const std::size_t colon = place.rfind(':');
  if (colon != std::string_view::npos && !place.ends_with(']')) {
    out.port = place.substr(colon + 1);
    if (!parse_integer(out.port)) refuse(text, "'" + out.port + "' isn't a port");
    place = place.substr(0, colon);
  }
  if (place.starts_with('[') && place.ends_with(']')) place = place.substr(1, place.size() - 2);
  out.host = place;
  // What begins with '-' would be an option to ssh.
  if (out.host.empty() || out.host.front() == '-' || out.user.starts_with('-')) refuse(text, "it names no host");
  if (path && !path->empty()) out.socket = "/" + std::string(*path);
  return out;
}

}  // namespace

std::vector<std::string> ssh_command(const Endpoint& endpoint, const Path& control_folder) {
  const SshAddress address = parse(endpoint.host);
  net::SshHost host = endpoint.ssh;
  host.host = address.host;
  host.user = address.user;
  host.port = static_cast<int>(parse_integer(address.port).value_or(0));
  std::vector<std::string> argv = net::ssh_argv(host, control_folder, net::SshMode::kPiped);
  argv.emplace_back("docker");
  if (!address.socket.empty()) argv.insert(argv.end(), {"--host", net::shell_quote("unix://" + address.socket)});
  argv.insert(argv.end(), {"system", "dial-stdio"});
  return argv;
}

}  // namespace berth::engine
