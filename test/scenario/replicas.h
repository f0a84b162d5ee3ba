// Replicated managers over simulated engines (bench/fleet) that can be killed, stopped and started again.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/process.h"

namespace berth::scenario {

struct Answer {
  int status = 0;  // 0: the server could not be reached, or broke off
  std::string body;
};

Answer ask(const std::string& host, std::uint16_t port, const std::string& method, const std::string& target,
           const std::string& body = {});

// A `berth swarm manage --replication`.
class Replica {
 public:
  // Starts it. What it says goes to `log`.
  Replica(std::string discovery, std::uint16_t port, Path log, std::vector<std::string> flags = {});

  void start();
  void kill() { process_.reset(); }
  void signal(int number) { process_->kill(number); }

  Answer ask(const std::string& method, const std::string& target, const std::string& body = {}) const {
    return scenario::ask("127.0.0.1", port_, method, target, body);
  }
  // "primary", "replica"; empty when it does not answer.
  std::string role() const;
  // How many nodes it sees healthy.
  std::size_t healthy() const;

 private:
  const std::string discovery_;
  const std::uint16_t port_;
  const Path log_;
  const std::vector<std::string> flags_;
  std::optional<Child> process_;
};

// How often each container's name is there, by what the engines at these addresses say themselves; those that do not
// answer have none.
std::map<std::string, int> names_on(const std::vector<std::string>& addresses);

// A network of loopback addresses that no other fleet of this computer is likely to have: its first address.
std::string fleet_base();

}  // namespace berth::scenario
