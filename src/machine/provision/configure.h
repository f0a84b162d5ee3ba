// What an engine is told: its options as files of its host, made without running anything.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "machine/host.h"
#include "machine/provision/facts.h"
#include "machine/provision/install.h"

namespace berth::machine {

// Names of the files on hosts, as docker-machine has them.
inline constexpr std::string_view kRemoteCa = "/etc/docker/ca.pem";
inline constexpr std::string_view kRemoteCertificate = "/etc/docker/server.pem";
inline constexpr std::string_view kRemoteKey = "/etc/docker/server-key.pem";

// What an engine answers with over TLS. PEM.
struct ServerCredentials {
  std::string ca;
  std::string certificate;
  std::string key;
};

struct EngineWishes {
  EngineOptions options;
  std::string provider;                  // the driver's name, for the engine's label
  int port = 2376;                       // for TLS
  std::optional<ServerCredentials> tls;  // nothing: no open port, the engine is reached over ssh
};

// A file on the host. Its folder is made when missing.
struct RemoteFile {
  std::string path;
  std::string bytes;
  int mode = 0644;
  bool operator==(const RemoteFile&) const = default;
};

// The files that make the engine what was wished, merged with what the host has. Throws kInvalid when the host's
// daemon.json is no JSON object; kConflict when an option is set there to something else and can't be merged.
std::vector<RemoteFile> engine_files(const HostFacts& facts, const EngineWishes& wishes);

// All files in one tar archive, for the standard input of the step.
std::string archive_of(const std::vector<RemoteFile>& files);

// Puts the files of the archive in place and starts the engine, or restarts it where a file changed and it ran:
// containers run on meanwhile (live restore) where the engine can do that. `user` may use the engine afterwards; empty
// for root.
Step activation(const HostFacts& facts, const EngineWishes& wishes, const std::string& user);

}  // namespace berth::machine
