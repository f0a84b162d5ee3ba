// What a host is, as one look at it over ssh tells.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace berth::machine {

// How the host's package manager and services work.
enum class Family { kUnknown, kDebian, kFedora, kRhel, kSuse, kAlpine, kArch, kFlatcar };
enum class Init { kNone, kSystemd, kOpenRc };

struct HostFacts {
  // os-release
  std::string id;
  std::vector<std::string> id_like;
  std::string version_id;
  std::string codename;
  std::string pretty_name;

  std::string architecture;  // uname -m
  std::string hostname;
  Init init = Init::kNone;

  std::string user;
  bool root = false;       // may run commands as root
  std::string root_error;  // why not, in sudo's words

  std::int64_t free_kilobytes = 0;  // below /var
  std::int64_t time = 0;            // the host's clock, seconds since 1970
  std::vector<std::string> locked;  // files of the package manager that another process has locked

  std::string dockerd;         // path; empty: no engine is installed
  std::string engine_version;  // of the engine that answers; empty: none does
  std::int64_t running_containers = 0;
  bool live_restore = false;
  bool swarm_active = false;                 // the engine is a member of a swarm of Docker's own
  std::string exec_start;                    // of the engine's service, but for Berth's part of it
  std::string daemon_json;                   // empty: there is none
  std::vector<std::string> listening_ports;  // TCP: "2376"
};

// A script for the host's sh that changes nothing and needs no root; its output is for read_facts.
std::string facts_script();
// Never throws: what a host does not tell stays empty.
HostFacts read_facts(std::string_view output);

Family family_of(const HostFacts& facts);
// For messages: "Debian GNU/Linux 12 (bookworm)".
std::string name_of(const HostFacts& facts);

}  // namespace berth::machine
