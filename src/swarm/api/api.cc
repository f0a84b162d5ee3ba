#include "swarm/api/api.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "http/url.h"
#include "swarm/api/call.h"
#include "swarm/api/node_memory.h"
#include "swarm/api/shared_work.h"

namespace berth::swarm {

namespace {

// "/v1.41/containers/json" -> "1.41" and "/containers/json".
std::pair<std::string, std::string> split_version(const std::string& path) {
  if (!path.starts_with("/v")) return {"", path};
  const std::size_t slash = path.find('/', 1);
  const std::string version = path.substr(2, slash == std::string::npos ? slash : slash - 2);
  if (!engine::ApiVersion::parse(version)) return {"", path};
  return {version, slash == std::string::npos ? "/" : path.substr(slash)};
}

// What stands for {name}; nothing when the path is another one.
std::optional<std::string> match(std::string_view pattern, std::string_view path) {
  constexpr std::string_view kName = "{name}";
  const std::size_t at = pattern.find(kName);
  if (at == std::string_view::npos) {
    if (path == pattern) return std::string();
    return std::nullopt;
  }
  const std::string_view before = pattern.substr(0, at);
  const std::string_view after = pattern.substr(at + kName.size());
  if (path.size() <= before.size() + after.size()) return std::nullopt;
  if (!path.starts_with(before) || !path.ends_with(after)) return std::nullopt;
  return std::string(path.substr(before.size(), path.size() - before.size() - after.size()));
}

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
      execs_(std::make_unique<NodeMemory>()),
      builders_(std::make_unique<NodeMemory>()),
      images_(std::make_unique<ImageSupply>(pool, options_.missing_image)),
      shared_work_(std::make_unique<SharedWork>()) {}

Api::~Api() = default;

void Api::leave(const Context& context, const std::string& address) const {
  if (!options_.leave) throw Error(Kind::kUnsupported, "this manager's nodes are fixed");
  options_.leave(context, address);
}

void Api::handle(const Context& context, http::Exchange& exchange) {
  auto target = http::parse_target(exchange.request().target);
  if (!target) throw Error(Kind::kInvalid, "the request's target is malformed");
  // Waiting for an engine ends when nobody waits for the answer. A raw stream's client may close its half.
  CancelSource until_gone(context);
  std::unique_ptr<net::HangupWatch::Guard> guard;
  if (!exchange.request().headers.has("Upgrade")) guard = exchange.on_client_gone([&] { until_gone.cancel(); });

  auto [version, path] = split_version(target->path);
  target->path = std::move(path);
  const std::string& whole = exchange.request().target;
  const std::size_t query = whole.find('?');
  Call call{until_gone.context(),
            exchange,
            *this,
            pool_,
            std::move(version),
            std::move(*target),
            query == std::string::npos ? "" : whole.substr(query + 1),
            ""};
  check_version(call);
  bool other_method = false;
  for (const Route& route : routes()) {
    auto name = match(route.path, call.target.path);
    if (!name) continue;
    if (route.method != exchange.request().method) {
      other_method = true;
      continue;
    }
    call.name = std::move(*name);
    return route.handle(call);
  }
  if (other_method) return call.refuse(405, "method not allowed");
  call.refuse(404, "page not found: the pool does not offer " + exchange.request().method + " " + call.target.path);
}

}  // namespace berth::swarm
