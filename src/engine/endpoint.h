// Which engine to talk to, found as the docker command finds it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/environment.h"
#include "base/files.h"
#include "engine/types.h"
#include "net/ssh.h"

namespace berth::engine {

// Certificates in PEM; the text, not the files' names.
struct TlsMaterial {
  std::string ca;
  std::string cert;
  std::string key;
  bool skip_verify = false;
  bool operator==(const TlsMaterial&) const = default;
};

// Where an engine is.
struct Endpoint {
  std::string host;  // unix:///var/run/docker.sock, tcp://host:2376, ssh://user@host:22/run/docker.sock
  std::optional<TlsMaterial> tls;
  std::string context;  // name of the docker context it comes from; "default" without one
  net::SshHost ssh;     // of an ssh:// address: key and known hosts, where the user's ssh has others
  bool operator==(const Endpoint&) const = default;
};

// What the command line says; empty where it says nothing.
struct EndpointArguments {
  std::string host;     // -H, --host
  std::string context;  // -c, --context
  std::optional<bool> tls;
  std::optional<bool> tls_verify;
  std::string tls_ca_cert;  // paths
  std::string tls_cert;
  std::string tls_key;
};

// In the docker command's order: -H; --context; DOCKER_HOST; DOCKER_CONTEXT; currentContext of config.json; the unix
// socket. With TLS from DOCKER_TLS_VERIFY and DOCKER_CERT_PATH unless a context says otherwise. Throws kInvalid (both
// -H and --context; a malformed address), kNotFound (no such context, no certificate), kUnsupported (npipe://).
Endpoint find_endpoint(const EndpointArguments& arguments, const Environment& environment);

// An endpoint of this address, without TLS material: for tests and machines. Checks and completes it: "host:2375"
// becomes "tcp://host:2375". Throws as find_endpoint.
Endpoint endpoint_of(std::string_view host);

// Whether it is reached by a unix socket: its engine is on this computer, as far as anyone can tell, and mounts our
// files.
bool is_local(const Endpoint& endpoint);

// Where the engine's own host has its socket: where we have it, if we reach it by one, else the usual place.
std::string socket_of(const Endpoint& endpoint);

// $DOCKER_CONFIG, else ~/.docker.
Path docker_config_folder(const Environment& environment);

// Command line of the system's ssh that carries a connection to the engine of `endpoint` (an ssh:// address) on its
// standard input and output. One connection a host is shared through a control socket in `control_folder`.
std::vector<std::string> ssh_command(const Endpoint& endpoint, const Path& control_folder);

}  // namespace berth::engine
