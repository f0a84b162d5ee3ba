#include "swarm/api/api.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "swarm/access/audit.h"
#include "swarm/access/rates.h"
#include "swarm/api/call.h"
#include "swarm/api/gate.h"
#include "swarm/api/node_memory.h"
#include "swarm/api/shared_work.h"

namespace berth::swarm {

namespace {

// Seconds' worth of requests that a client may make at once.
constexpr double kBurst = 5;

// Clients of newer versions than ours are told so, as engines do.
void check_version(const Call& call) {
  const auto version = engine::ApiVersion::parse(call.version);
  if (!version) return;
  if (*version > engine::kNewestApi) {
    throw Error(Kind::kInvalid, "client version " + call.version + " is too new. Maximum supported API version is " +
                                    engine::kNewestApi.text());
  }
  if (*version < engine::kOldestApi) {
    throw Error(Kind::kInvalid, "client version " + call.version + " is too old. Minimum supported API version is " +
                                    engine::kOldestApi.text() + ", please upgrade your client to a newer version");
  }
}

}  // namespace

Api::Api(Pool& pool, ApiOptions options)
    : pool_(pool),
      options_(std::move(options)),
      callers_(std::make_unique<Callers>(options_.own_certificate, options_.revoked_file)),
      rates_(
          std::make_unique<Rates>(options_.limits.requests_per_second, options_.limits.requests_per_second * kBurst)),
      told_rates_(std::make_unique<Rates>(1, 1)),
      audit_(std::make_unique<AuditLog>(options_.audit_file)),
      execs_(std::make_unique<NodeMemory>()),
      builders_(std::make_unique<NodeMemory>()),
      images_(std::make_unique<ImageSupply>(pool, options_.missing_image)),
      shared_work_(std::make_unique<SharedWork>()) {}

Api::~Api() = default;

void Api::leave(const Context& context, const std::string& address) const {
  if (!options_.leave) throw Error(Kind::kUnsupported, "this manager's nodes are fixed");
  options_.leave(context, address);
}

void Api::told_removed(const Context& context, const Node& node, const std::string& container) const {
  if (options_.removed) options_.removed(context, node.info.id, container);
}

void Api::handle(const Context& context, http::Exchange& exchange) {
  if (admit(context, exchange)) answer(context, exchange);
}

void Api::speak_for(const http::Exchange& exchange, http::Request& request) const {
  request.headers.set(kCallerHeader, format_caller(callers_->of(exchange)));
}

bool Api::is_within_rate(const Context& context, http::Exchange& exchange, const Caller& caller) {
  // Managers have counted already; and who is on this host's socket could do worse.
  if (caller.is_local || !caller.via.empty()) return true;
  const auto wait = rates_->take(caller.client(), std::chrono::steady_clock::now());
  if (!wait) return true;
  requests_.note({"", "", 429}, {});
  if (!told_rates_->take(caller.client(), std::chrono::steady_clock::now())) {
    const Routed routed = route_of(exchange.request());
    audit_->write({caller,
                   exchange.request().method,
                   routed.target.path,
                   object_of(routed),
                   {},
                   429,
                   {},
                   std::chrono::system_clock::now()});
  }
  exchange.respond(
      context, 429,
      format_json(json::object{{"message", "too many requests; try again in " + std::to_string(wait->count()) + "s"}}),
      {{"Content-Type", "application/json"}, {"Retry-After", std::to_string(wait->count())}});
  return false;
}

bool Api::admit(const Context& context, http::Exchange& exchange) {
  const Caller caller = callers_->of(exchange);
  if (!is_within_rate(context, exchange, caller)) return false;
  const Routed routed = route_of(exchange.request());
  const auto refuse = [&](int status, const std::string& message) {
    const bool known = routed.route != nullptr;
    requests_.note({known ? routed.route->method : "", known ? routed.route->path : "", status}, {});
    exchange.respond(context, status, format_json(json::object{{"message", message}}),
                     {{"Content-Type", "application/json"}});
    return false;
  };
  if (routed.route == nullptr) {
    if (routed.other_method) return refuse(405, "method not allowed");
    return refuse(404,
                  "page not found: the pool does not offer " + exchange.request().method + " " + routed.target.path);
  }
  if (const auto why = refusal(caller, *routed.route)) {
    refuse(403, *why);
    audit_->write({caller,
                   exchange.request().method,
                   routed.target.path,
                   object_of(routed),
                   {},
                   403,
                   {},
                   std::chrono::system_clock::now()});
    return false;
  }
  const RequestLimits& limits = options_.limits;
  http::BodyLimits body{.most = limits.body, .pause = limits.body_time, .whole = limits.body_time};
  if (routed.route->uploads) {
    body = {limits.upload > 0 ? std::optional(limits.upload) : std::nullopt, limits.pause, std::nullopt};
  }
  exchange.limit_body(body);
  return true;
}

void Api::answer(const Context& context, http::Exchange& exchange) {
  const Caller caller = callers_->of(exchange);
  Routed routed = route_of(exchange.request());
  if (routed.route == nullptr || refusal(caller, *routed.route)) {
    throw Error(Kind::kForbidden, "the request was not admitted");
  }
  call_route(context, exchange, caller, std::move(routed));
}

void Api::call_route(const Context& context, http::Exchange& exchange, const Caller& caller, Routed routed) {
  // Waiting for an engine ends when nobody waits for the answer. A raw stream's client may close its half.
  CancelSource until_gone(context);
  std::unique_ptr<net::HangupWatch::Guard> guard;
  if (!exchange.request().headers.has("Upgrade")) guard = exchange.on_client_gone([&] { until_gone.cancel(); });

  const std::string& whole = exchange.request().target;
  const std::size_t query = whole.find('?');
  Trace trace;
  const Route& route = *routed.route;
  AuditEntry entry{caller, exchange.request().method, routed.target.path, object_of(routed), {}, 0, {}, {}};
  Call call{until_gone.context(),
            exchange,
            *this,
            pool_,
            std::move(routed.version),
            std::move(routed.target),
            query == std::string::npos ? "" : whole.substr(query + 1),
            std::move(routed.name),
            caller,
            trace};
  requests_.measure(route.method, route.path, exchange, [&] { handle_call(call, route, std::move(entry)); });
}

void Api::handle_call(Call& call, const Route& route, AuditEntry entry) const {
  check_version(call);
  if (route.reach == Reach::kNarrowed && !call.caller.grant.scope.empty()) narrow(call);
  if (route.access == Access::kRead) return route.handle(call);
  const auto begin = std::chrono::steady_clock::now();
  const auto tell = [&](int status) {
    entry.nodes = call.trace.nodes();
    entry.status = status;
    entry.took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
    entry.time = std::chrono::system_clock::now();
    audit_->write(entry);
  };
  try {
    route.handle(call);
  } catch (const Error& e) {
    const auto* refused = dynamic_cast<const http::Refused*>(&e);
    tell(call.exchange.started() ? call.exchange.status()
         : refused != nullptr    ? refused->status()
                                 : http_status(e.kind()));
    throw;
  }
  tell(call.exchange.status());
}

}  // namespace berth::swarm
