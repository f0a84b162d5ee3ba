// One request to the pool's Docker API.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/fwd.hpp>

#include "base/context.h"
#include "engine/types.h"
#include "http/server.h"
#include "http/url.h"
#include "swarm/access/caller.h"
#include "swarm/pool/pool.h"

namespace berth::swarm {

class Api;
class Trace;

// Filters of a list call, by name: {"label": ["a=b"], "status": ["running"]}.
using FilterMap = std::map<std::string, std::vector<std::string>, std::less<>>;

struct Call {
  const Context& context;  // also cancelled when the client goes away
  http::Exchange& exchange;
  Api& api;
  Pool& pool;
  std::string version;    // "1.41" of "/v1.41/...", empty without
  http::Target target;    // its path is without the version
  std::string raw_query;  // as the client wrote it; what an engine is sent
  std::string name;       // what stands for {name} in the route; percent-decoded
  const Caller& caller;
  Trace& trace;  // which nodes it asked

  std::string query(std::string_view parameter) const { return target.get(parameter); }
  // As engines read a flag: absent, "", "0", "no", "false" and "none" are false.
  bool flag(std::string_view parameter) const;
  // The parameter `filters`. Throws kInvalid when it is malformed.
  FilterMap filters() const;
  // The client's version, the pool's own without one.
  engine::ApiVersion api_version() const;
  // Whether the client named this version or a later one.
  bool at_least(int minor) const { return api_version() >= engine::ApiVersion{1, minor}; }

  // Answers as the API does: JSON, or nothing (204 and others).
  void json(int status, std::string_view body) const;
  void json(int status, const boost::json::value& body) const;
  void empty(int status) const;
  // {"message": ...} with this status.
  void refuse(int status, std::string_view message) const;
};

}  // namespace berth::swarm
