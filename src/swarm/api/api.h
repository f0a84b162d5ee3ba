// The Docker API over the pool.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "http/server.h"
#include "swarm/pool/pool.h"

namespace berth::swarm {

class ExecIndex;

// What a client may have to be allowed to.
enum class Access { kRead, kOperate, kAdmin };

struct Call;

// One method and path of the API.
struct Route {
  std::string_view method;
  // "{name}" stands for one or more segments, as names hold slashes: "node1/web", "registry:5000/team/app:2".
  std::string_view path;
  Access access;
  void (*handle)(Call&);
};

// Every route there is; the first that matches is taken. What is not here is refused.
const std::vector<Route>& routes();

struct ApiOptions {
  std::string version;  // of Berth
  std::string name;     // of the manager, as `docker info` shows it
  placement::RequestOptions requests;
};

// Any thread.
class Api {
 public:
  Api(Pool& pool, ApiOptions options);
  ~Api();

  // For http::Server.
  void handle(const Context& context, http::Exchange& exchange);

  const ApiOptions& options() const { return options_; }
  ExecIndex& execs() { return *execs_; }

 private:
  Pool& pool_;
  const ApiOptions options_;
  std::unique_ptr<ExecIndex> execs_;
};

}  // namespace berth::swarm
