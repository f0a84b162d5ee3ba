// What a request asks for, and whether its caller may.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/guarded.h"
#include "http/message.h"
#include "http/url.h"
#include "swarm/access/caller.h"
#include "swarm/api/api.h"
#include "swarm/pool/node.h"

namespace berth::swarm {

struct Call;

// The route of a request; pure.
struct Routed {
  const Route* route = nullptr;  // null: there is none
  bool other_method = false;     // there is one for this path, of another method
  std::string version;           // "1.41" of "/v1.41/...", empty without
  http::Target target;           // its path is without the version
  std::string name;              // what stands for {name}
};

// Throws kInvalid for a target that is malformed or has "." or ".." among its segments, which others might resolve.
Routed route_of(const http::Request& request);

// Why the caller may not use the route; nothing when he may.
std::optional<std::string> refusal(const Caller& caller, const Route& route);

// What a change is about, as its audit line has it; of the query's values only names.
std::string object_of(const Routed& routed);

// Has the call's filters select objects of its caller's scope only, in what we read and in what engines are sent.
void narrow(Call& call);

// The nodes that a call asked. Any thread.
class Trace {
 public:
  void on(const Node& node);
  std::vector<std::string> nodes();

 private:
  Guarded<std::vector<std::string>> nodes_;
};

}  // namespace berth::swarm
