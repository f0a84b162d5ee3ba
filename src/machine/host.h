// A machine's record, as docker-machine writes it to config.json.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"

namespace berth::machine {

// How the engine is set up. Source: docker-machine libmachine/engine.
struct EngineOptions {
  std::vector<std::string> arbitrary_flags;  // --engine-opt: "flag=value" or "flag"
  std::vector<std::string> dns;
  std::string graph_dir;
  std::vector<std::string> env;  // "NAME=value"
  bool ipv6 = false;
  std::vector<std::string> insecure_registry;
  std::vector<std::string> labels;  // "name=value"
  std::string log_level;
  std::string storage_driver;  // empty: the engine chooses
  bool selinux_enabled = false;
  bool tls_verify = true;
  std::vector<std::string> registry_mirror;
  std::string install_url;
  // Berth's own; left out of the record where empty.
  std::string install_from;  // "distribution", "docker", the URL of a mirror of it, or a path here
  std::string via;           // "ssh": no open port, the engine is reached over ssh; empty: TLS
  bool operator==(const EngineOptions&) const = default;
};

// Source: docker-machine libmachine/swarm.
struct SwarmOptions {
  bool is_swarm = false;
  std::string address;
  std::string discovery;
  bool agent = false;
  bool master = false;
  std::string host;
  std::string image;
  std::string strategy;
  std::int64_t heartbeat = 0;
  double overcommit = 0;
  std::vector<std::string> arbitrary_flags;
  std::vector<std::string> arbitrary_join_flags;
  std::vector<std::string> env;
  bool is_experimental = false;
  bool operator==(const SwarmOptions&) const = default;
};

// Where the certificates are. Source: docker-machine libmachine/auth.
struct AuthOptions {
  std::string cert_dir;
  std::string ca_cert_path;
  std::string ca_private_key_path;
  std::string ca_cert_remote_path;
  std::string server_cert_path;
  std::string server_key_path;
  std::string client_key_path;
  std::string server_cert_remote_path;
  std::string server_key_remote_path;
  std::string client_cert_path;
  std::vector<std::string> server_cert_sans;
  std::string store_path;
  bool operator==(const AuthOptions&) const = default;
};

// A value. What the driver keeps is text that only the driver reads, so that machines of drivers we do not know
// survive being read and written.
struct Host {
  static constexpr int kConfigVersion = 3;

  std::string name;
  std::string driver_name;
  std::string driver = "{}";  // JSON object
  EngineOptions engine;
  SwarmOptions swarm;
  AuthOptions auth;
  bool operator==(const Host&) const = default;
};

// Text of config.json: version 3, indented by four blanks, members in docker-machine's order.
std::string format_host(const Host& host);

// Throws kInvalid for what is not JSON or no record; kUnsupported for a version other than 3, saying what to do.
Host parse_host(std::string_view text);

// docker-machine's rule: letters, digits, '-' and '.', the first a letter or digit.
bool is_valid_host_name(std::string_view name);

}  // namespace berth::machine
