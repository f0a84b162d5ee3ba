// Containers of a dead node, made anew elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/context.h"
#include "swarm/api/image_supply.h"
#include "swarm/placement/request.h"
#include "swarm/pool/pool.h"

namespace berth::swarm {

struct RescheduleOptions {
  // For containers that say nothing themselves (com.docker.swarm.reschedule-policies, env reschedule:...).
  placement::Reschedule by_default = placement::Reschedule::kOff;
  // How long a node may be away before its containers are taken for lost.
  std::chrono::milliseconds patience{2'000};
  // A hung engine's containers still run: they get more time.
  std::chrono::milliseconds patience_with_hung{20'000};
  // Whether this manager is the one that acts; unset: always. One that does not only learns what it would need.
  std::function<bool()> leads;
};

// What it takes to make a container again: the body of POST /containers/create and what follows it.
struct Recipe {
  std::string name;
  std::string create_body;
  std::map<std::string, std::string> connects;  // network -> body of POST /networks/{network}/connect
  bool operator==(const Recipe&) const = default;
};

// From the text of GET /containers/{id}/json. Labels, environment, mounts by name, ports, aliases and fixed addresses
// are kept; what the engine made up itself (the host name after the id, addresses) is not. The label
// com.docker.swarm.generation is one higher. Throws kInvalid when the text is no container's.
Recipe recipe_of(std::string_view inspected);

// Keeps the recipes of the containers that are to be rescheduled, as a dead engine cannot be asked for them, and makes
// what was lost anew: with its name, labels, networks, ports and constraints, and started if it ran. Copies that a node
// still has when it returns are removed.
class Rescheduler {
 public:
  // Both must outlive it.
  Rescheduler(Pool& pool, ImageSupply& images, RescheduleOptions options)
      : pool_(pool), images_(images), options_(std::move(options)) {}

  // Until the context ends. On one thread.
  void run(const Context& context);

 private:
  void step(const Context& context);
  bool wants(const Container& container) const;
  void learn(const Context& context);
  void remove_stale(const Context& context);
  void rescue(const Context& context, const Node& node);
  bool is_lost(const Node& node) const;
  bool leads() const { return !options_.leads || options_.leads(); }
  void remake(const Context& context, const Container& lost, const Recipe& recipe);

  Pool& pool_;
  ImageSupply& images_;
  const RescheduleOptions options_;
  std::map<std::string, Recipe> recipes_;  // by container id
};

}  // namespace berth::swarm
