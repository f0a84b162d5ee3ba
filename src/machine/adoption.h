// Taking in a host that runs an engine already: looked at first, changed in nothing, given back by `rm`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "machine/machines.h"

namespace berth::machine {

struct AdoptRequest {
  std::string name;
  std::string host;
  int port = 22;
  std::string user;  // empty: what ssh's configuration says
  std::string key;   // path; empty: what ssh finds by itself
};

// Of "[USER@]HOST[:PORT]". Throws kInvalid.
AdoptRequest parse_adoption(std::string_view name, std::string_view host);

// What a look found, in lines for people.
struct Adoption {
  std::vector<std::string> findings;
  std::vector<std::string> plan;  // what adopt() would do
  std::string obstacle;           // why it can't; empty when it can
};

// Reads from the host, changes nothing anywhere. Throws as SshSession::run; kInvalid, kConflict for the name.
Adoption look_before_adoption(const Context& context, const Machines& machines, const AdoptRequest& request);

// Stores the machine, of driver `generic` with the engine over ssh, and proves that the engine answers; stores nothing
// when it does not. Runs nothing on the host that changes it.
void adopt(const Context& context, const Machines& machines, const AdoptRequest& request, const Say& say);

}  // namespace berth::machine
