// The Docker API over the pool.
#pragma once

#include <chrono>
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
#include "swarm/api/request_metrics.h"
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

// Whose objects a route is about: how the scope of a caller is kept.
enum class Reach {
  kEveryone,   // nobody's: the same whoever asks
  kNarrowed,   // those that its parameter `filters` selects; the scope's labels are added to it
  kContainer,  // {name}, which is only found in the scope; so the next ones
  kExec,
  kNetwork,
  kVolume,
  kMade,   // what is made: it gets the scope's labels
  kWhole,  // more than a scope can hold: refused
};

struct AuditEntry;
struct Call;
struct Caller;
struct Routed;
class AuditLog;
class Callers;
class Rates;

// One method and path of the API.
struct Route {
  std::string_view method;
  // "{name}" stands for one or more segments, as names hold slashes: "node1/web", "registry:5000/team/app:2".
  std::string_view path;
  Access access;
  void (*handle)(Call&);
  Reach reach = Reach::kWhole;
  bool uploads = false;  // its body may be an archive
};

// Every route there is; the first that matches is taken. What is not here is refused.
const std::vector<Route>& routes();

// What one client may ask of a manager.
struct RequestLimits {
  std::uint64_t body = std::uint64_t{8} << 20;  // bytes of a request that is no upload
  std::uint64_t upload = 0;                     // of one that is; 0: no limit
  std::chrono::milliseconds body_time{60'000};  // in which a body that is no upload must have come
  std::chrono::milliseconds pause{300'000};     // between two pieces of an upload
  double requests_per_second = 0;               // of each client but those of a unix socket; 0: no limit
};

struct ApiOptions {
  RequestLimits limits;
  std::string audit_file;       // see AuditLog
  std::string own_certificate;  // see Callers
  std::string revoked_file;     // see Revoked; empty: none is
  std::string version;          // of Berth
  std::string name;             // of the manager, as `docker info` shows it
  placement::RequestOptions requests;
  SettingsKeeper* settings = nullptr;  // none: nodes cannot be changed
  Mover* mover = nullptr;              // none: containers stay where they are
  Drainer* drainer = nullptr;
  // Takes an engine's address off discovery. Throws kUnsupported where that can't be done.
  std::function<void(const Context&, const std::string& address)> leave;
  // Told before the client is answered that a container which is made anew when its node dies was removed for him.
  std::function<void(const Context&, const std::string& engine, const std::string& container)> removed;
  std::vector<ImageMeans> missing_image = {ImageMeans::kCopy, ImageMeans::kPull};
  // Of replicated managers: the address of the one that leads, empty when none does; nothing when this one does.
  std::function<std::optional<std::string>()> primary;
};

// Any thread.
class Api {
 public:
  Api(Pool& pool, ApiOptions options);
  ~Api();

  // For http::Server: admit(), then answer().
  void handle(const Context& context, http::Exchange& exchange);
  // Whether the caller may ask this now; answers him when not. Before a request is handed on, too.
  bool admit(const Context& context, http::Exchange& exchange);
  // Answers what was admitted.
  void answer(const Context& context, http::Exchange& exchange);
  // Has `request` say for whom it is, as the leader believes it from a manager.
  void speak_for(const http::Exchange& exchange, http::Request& request) const;

  const ApiOptions& options() const { return options_; }
  // False for a manager that another one leads.
  bool leads() const { return !options_.primary || !options_.primary(); }
  SettingsKeeper* settings() const { return options_.settings; }
  void leave(const Context& context, const std::string& address) const;
  // The node's engine has removed this container, one of Pool::rescheduled(), as a client asked for.
  void told_removed(const Context& context, const Node& node, const std::string& container) const;
  const RequestMetrics& requests() const { return requests_; }
  NodeMemory& execs() { return *execs_; }
  // Nodes of clients that build with BuildKit.
  NodeMemory& builders() { return *builders_; }
  ImageSupply& images() { return *images_; }
  const AuditLog& audit() const { return *audit_; }
  // For what several calls want done at once.
  SharedWork& shared_work() { return *shared_work_; }

 private:
  void call_route(const Context& context, http::Exchange& exchange, const Caller& caller, Routed routed);
  void handle_call(Call& call, const Route& route, AuditEntry entry) const;
  bool is_within_rate(const Context& context, http::Exchange& exchange, const Caller& caller);

  Pool& pool_;
  const ApiOptions options_;
  std::unique_ptr<Callers> callers_;
  std::unique_ptr<Rates> rates_;
  std::unique_ptr<Rates> told_rates_;  // of lines about those who ask too often
  std::unique_ptr<AuditLog> audit_;
  RequestMetrics requests_;
  std::unique_ptr<NodeMemory> execs_;
  std::unique_ptr<NodeMemory> builders_;
  std::unique_ptr<ImageSupply> images_;
  std::unique_ptr<SharedWork> shared_work_;
};

}  // namespace berth::swarm
