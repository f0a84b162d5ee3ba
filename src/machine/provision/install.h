// How an engine gets onto a host: scripts for its package manager, made without running anything.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "machine/provision/facts.h"

namespace berth::machine {

// Where the engine comes from: --engine-from and --engine-install-url.
struct EngineSource {
  enum class Kind {
    kDistribution,  // the packages of the host's own distribution
    kDocker,        // Docker's package repository
    kScript,        // a script by URL, as docker-machine ran it
    kFiles,         // packages, or Docker's archive of programs, that Berth sends
  };
  Kind kind = Kind::kDistribution;
  std::string url;                 // of kScript; of kDocker: a mirror, empty for download.docker.com
  std::vector<std::string> files;  // of kFiles: their names, in kFilesFolder on the host
};

// Folder on the host to which files are sent.
inline constexpr std::string_view kFilesFolder = "/var/lib/berth-engine";

// One thing that is done on a host, by root's /bin/sh. May be done again whenever it was cut short.
struct Step {
  std::string title;  // for people: "Installing Docker from Debian's packages..."
  std::string script;
  std::chrono::minutes limit{20};
};

// Steps that leave a dockerd on the host, not yet running where it can be helped. Empty when there is one. Throws
// kUnsupported for a family we do not know or that has no such source, kConflict when its disk is too full.
std::vector<Step> installation(const HostFacts& facts, const EngineSource& source);

// Brings the engine's packages, whichever of them are installed, up to date. Throws kUnsupported where the family has
// none, or the engine did not come from packages.
Step upgrade_step(const HostFacts& facts);

}  // namespace berth::machine
