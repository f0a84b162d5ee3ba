// What `ls` and `active` know about each machine.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"
#include "machine/machines.h"

namespace berth::cli {

struct MachineRow {
  machine::Host host;  // only its name when the record cannot be read
  std::string name;
  std::string driver_name;
  machine::State state = machine::State::kNone;
  std::string url;
  std::string docker_version;  // "v28.5.2", "Unknown"; empty when it was not asked
  std::string error;
  bool active_host = false;
  bool active_swarm = false;
  std::chrono::milliseconds response_time{0};
};

// --filter name=REGEXP, driver=, state=, label=NAME=VALUE, swarm=MASTER; values of one key are alternatives.
// Source: docker-machine commands/ls.go.
class MachineFilters {
 public:
  // Throws kInvalid in docker-machine's words, also for a malformed expression.
  explicit MachineFilters(const std::vector<std::string>& filters);

  // All but the state, which only the driver knows.
  bool match(const machine::Host& host, const std::map<std::string, std::string>& swarm_masters) const;
  bool match_state(machine::State state) const;
  bool any() const { return !wanted_.empty(); }
  bool needs_state() const { return wanted_.contains("state"); }

 private:
  const std::vector<std::string>* values(const char* key) const;
  std::map<std::string, std::vector<std::string>, std::less<>> wanted_;
};

// Names of the swarm masters by their discovery.
std::map<std::string, std::string> swarm_masters(const std::vector<machine::Host>& hosts);

// What is known of a machine before it was asked.
MachineRow row_of(const machine::Host& host);

enum class Asked { kState, kStateAndEngine };
// Asks every machine at the same time; one that has not answered after `timeout` has state Timeout. Calls `take` with
// those that have answered since, each time at least one; sorted by name, on this thread. Rows that come within moments
// of one another are taken together. Throws what `take` throws, kCancelled.
void ask_machines(const Invocation& invocation, const machine::Machines& machines,
                  const std::vector<machine::Host>& hosts, Asked asked, std::chrono::seconds timeout,
                  const std::function<void(std::vector<MachineRow> rows)>& take);

}  // namespace berth::cli
