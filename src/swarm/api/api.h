// The Docker API over the pool.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "http/server.h"
#include "swarm/api/image_supply.h"
#include "swarm/pool/pool.h"

namespace berth::swarm {

class Drainer;
class ImageSupply;
class Mover;
class NodeMemory;
class SettingsKeeper;
class SharedWork;

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
  SettingsKeeper* settings = nullptr;  // none: nodes cannot be changed
  Mover* mover = nullptr;              // none: containers stay where they are
  Drainer* drainer = nullptr;
  // Takes an engine's address off discovery. Throws kUnsupported where that can't be done.
  std::function<void(const Context&, const std::string& address)> leave;
  std::vector<ImageMeans> missing_image = {ImageMeans::kCopy, ImageMeans::kPull};
  // Of replicated managers: the address of the one that leads, empty when none does; nothing when this one does.
  std::function<std::optional<std::string>()> primary;
};

// Any thread.
class Api {
 public:
  Api(Pool& pool, ApiOptions options);
  ~Api();

  // For http::Server.
  void handle(const Context& context, http::Exchange& exchange);

  const ApiOptions& options() const { return options_; }
  // False for a manager that another one leads.
  bool leads() const { return !options_.primary || !options_.primary(); }
  SettingsKeeper* settings() const { return options_.settings; }
  void leave(const Context& context, const std::string& address) const;
  NodeMemory& execs() { return *execs_; }
  // Nodes of clients that build with BuildKit.
  NodeMemory& builders() { return *builders_; }
  ImageSupply& images() { return *images_; }
  // For what several calls want done at once.
  SharedWork& shared_work() { return *shared_work_; }

 private:
  Pool& pool_;
  const ApiOptions options_;
  std::unique_ptr<NodeMemory> execs_;
  std::unique_ptr<NodeMemory> builders_;
  std::unique_ptr<ImageSupply> images_;
  std::unique_ptr<SharedWork> shared_work_;
};

}  // namespace berth::swarm
