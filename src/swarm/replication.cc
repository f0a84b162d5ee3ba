#include "swarm/replication.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <stop_token>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "swarm/api/proxy.h"

namespace berth::swarm {

namespace {

constexpr std::chrono::milliseconds kConnectTime{2'000};
// Set on what is handed on, so that it never goes round in circles.
constexpr std::string_view kHandedOn = "Berth-Handed-On";

std::string_view path_of(const http::Request& request) {
  const std::string_view target = request.target;
  return target.substr(0, target.find('?'));
}

// What each manager says about itself. Source: classic Swarm's replicas.
bool is_own(const http::Request& request) {
  constexpr std::string_view kOwn[] = {"/info", "/_ping", "/metrics"};
  return std::any_of(std::begin(kOwn), std::end(kOwn),
                     [&](std::string_view end) { return path_of(request).ends_with(end); });
}

// A context that ends with either of two. Neither may go while it is used.
class Both {
 public:
  Both(const Context& one, const Context& other)
      : cancel_(one), on_other_(other.stop_token(), [this] { cancel_.cancel(); }) {}
  const Context& context() const { return cancel_.context(); }

 private:
  CancelSource cancel_;
  std::stop_callback<std::function<void()>> on_other_;
};

store::ElectionOptions election_options(const ReplicationOptions& options) {
  return {.name = options.advertise, .ttl = options.ttl};
}

}  // namespace

Replication::Way::Way(std::string to, net::Dialer dialer)
    : address(std::move(to)),
      client(net::telling_apart(net::limited(std::move(dialer), kConnectTime)), {.host = address, .max_idle = 64}) {}

Replication::Replication(ReplicationOptions options, Own own)
    : options_(std::move(options)),
      own_(std::move(own)),
      election_({}, *options_.store, election_options(options_)),
      thread_([this] { follow(cancel_.context()); }) {}

Replication::~Replication() { cancel_.cancel(); }

std::optional<std::string> Replication::primary() const {
  if (leads()) return std::nullopt;
  std::string leader = election_.standing().leader;
  return leader == options_.advertise ? "" : leader;
}

std::optional<store::Condition> Replication::fence() const {
  const auto term = election_.term();
  return term ? std::optional(election_.fence(*term)) : std::nullopt;
}

void Replication::answer(const Context& context, http::Exchange& exchange) {
  const http::Request& request = exchange.request();
  const Context patient = context.with_timeout(options_.patience);
  for (std::string trouble = "No elected primary cluster manager";;) {
    const store::Standing standing = election_.standing();
    if (standing.term && leads()) return own_(context, exchange);
    if (is_own(request)) return own_(context, exchange);
    if (request.headers.has(kHandedOn)) throw not_primary();
    if (const std::string leader = primary().value_or(""); !leader.empty()) {
      if (hand_on_to(leader, context, exchange)) return;
      trouble = "Unable to reach primary cluster manager '" + leader + "'";
    }
    try {
      election_.wait_change(patient, standing.number);
    } catch (const Error& e) {
      if (e.kind() == Kind::kTimeout) throw Error(Kind::kUnavailable, trouble);
      throw;
    }
  }
}

Error Replication::not_primary() const {
  return {Kind::kUnavailable, "'" + options_.advertise + "' is not the primary any more; try again"};
}

bool Replication::hand_on_to(const std::string& leader, const Context& context, http::Exchange& exchange) {
  const auto way = way_to(leader);
  const Both both(context, way->over.context());
  CancelSource until_gone(both.context());
  std::unique_ptr<net::HangupWatch::Guard> guard;
  // A raw stream's client may close its half.
  if (!exchange.request().headers.has("Upgrade")) guard = exchange.on_client_gone([&] { until_gone.cancel(); });
  http::Request request = request_like(exchange.request(), exchange.request().target);
  request.headers.set(kHandedOn, options_.advertise);
  if (options_.speak_for) options_.speak_for(exchange, request);
  try {
    hand_on(until_gone.context(), exchange, way->client, std::move(request));
    return true;
  } catch (const Error& e) {
    if (way->over.context().cancelled() && !context.cancelled()) {
      throw Error(Kind::kUnavailable, "the primary cluster manager '" + leader + "' was lost on the way; try again");
    }
    if (dynamic_cast<const net::NotConnected*>(&e) == nullptr || until_gone.context().cancelled()) throw;
    log(LogLevel::kDebug, e.message());
    return false;
  }
}

std::shared_ptr<Replication::Way> Replication::way_to(const std::string& leader) {
  auto way = way_.lock();
  if (!*way || (*way)->address != leader) *way = std::make_shared<Way>(leader, options_.dialer(leader));
  return *way;
}

// Tells who leads, and ends what is under way to one who does not any more. The words are classic Swarm's.
void Replication::follow(const Context& context) {
  bool led = false;
  store::Standing standing;
  try {
    for (;;) {
      standing = election_.wait_change(context, standing.number);
      const bool leads = standing.term.has_value();
      if (leads != led) {
        log(LogLevel::kInfo, std::string("Leader Election: Cluster leadership ") + (leads ? "acquired" : "lost"));
      }
      led = leads;
      if (standing.leader.empty()) continue;
      if (!leads) log(LogLevel::kInfo, "New leader elected: " + standing.leader);
      std::shared_ptr<Way> old;
      if (auto way = way_.lock(); *way && (*way)->address != standing.leader) old = std::exchange(*way, nullptr);
      if (old) old->over.cancel();
    }
  } catch (const Error&) {
    // The end.
  }
}

}  // namespace berth::swarm
