#include "swarm/discovery/consul.h"

#include <algorithm>

#include "base/json.h"
#include "base/log.h"
#include "base/strings.h"
#include "http/url.h"
#include "net/dial.h"
#include "swarm/discovery/address.h"
#include "swarm/discovery/joining.h"
#include "swarm/discovery/sources.h"
#include "swarm/discovery/told.h"

namespace berth::swarm {

namespace {

constexpr std::string_view kDefaultPort = ":8500";
constexpr std::chrono::milliseconds kPatience{10'000};  // with a call that is answered at once
constexpr std::chrono::seconds kLongestWait{60};        // for a change, in one call
constexpr std::chrono::milliseconds kPauseAfterFault{500};
constexpr std::chrono::seconds kShortestSession{10};  // Consul refuses others
constexpr std::chrono::seconds kLongestSession{86'400};

http::Client client_of(std::string_view host, const store::TlsMaterial& tls) {
  const bool has_port = host.find(':', host.starts_with('[') ? host.find(']') : 0) != host.npos;
  const std::string address = checked_address(std::string(host) + std::string(has_port ? "" : kDefaultPort));
  const std::size_t colon = address.rfind(':');
  std::string name = address.substr(0, colon);
  if (name.starts_with('[')) name = name.substr(1, name.size() - 2);
  const auto port = static_cast<std::uint16_t>(parse_integer(address.substr(colon + 1)).value_or(0));
  net::Dialer dialer = [name, port](const Context& context) { return net::dial_tcp(context, name, port); };
  if (!tls.empty()) {
    const auto secure = net::TlsContext::client({.ca = tls.ca, .cert = tls.cert, .key = tls.key});
    dialer = [name, port, secure](const Context& context) { return net::dial_tls(context, name, port, secure); };
  }
  return http::Client(std::move(dialer), {.host = address});
}

std::string_view host_of(std::string_view place) {
  const std::string_view host = cut(place, '/').first;
  if (host.find(',') == host.npos) return host;
  throw Error(Kind::kUnsupported,
              "'consul://" + std::string(place) + "' names several hosts; use one, best the Consul agent of this host");
}

std::string path_segments(std::string_view path) {
  std::vector<std::string> segments = split(path, '/');
  for (std::string& segment : segments) segment = http::percent_encode(segment);
  return join(segments, "/");
}

}  // namespace

ConsulDiscovery::ConsulDiscovery(std::string_view place, std::string_view path, const store::TlsMaterial& tls)
    : host_(host_of(place)), client_(client_of(host_, tls)) {
  std::string_view prefix = cut(place, '/').second.value_or("");
  while (prefix.starts_with('/')) prefix.remove_prefix(1);
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  prefix_ = (prefix.empty() ? "" : std::string(prefix) + "/") + std::string(path) + "/";
}

std::string ConsulDiscovery::target_of(const std::string& key) const { return "/v1/kv/" + path_segments(key); }

ConsulDiscovery::Answer ConsulDiscovery::call(const Context& context, std::string method, const std::string& target,
                                              std::string body) {
  return within("consul at '" + host_ + "'", [&] {
    http::Response response =
        client_.send(context, {.method = std::move(method), .target = target}, http::Body(std::move(body)));
    Answer answer{.status = response.status(), .body = response.read_all(context)};
    if (!response.ok() && response.status() != 404) {
      const Kind kind = answer.status >= 500 ? Kind::kUnavailable : kind_of_http_status(std::max(answer.status, 400));
      throw Error(kind, "status " + std::to_string(answer.status) + ": " + std::string(trim(answer.body)));
    }
    const auto index = response.headers().get("X-Consul-Index");
    answer.index = static_cast<std::uint64_t>(index ? parse_integer(*index).value_or(0) : 0);
    return answer;
  });
}

ConsulDiscovery::Listing ConsulDiscovery::list_after(const Context& context, std::uint64_t index) {
  http::Query query;
  query.add("recurse", "true");
  if (index > 0) query.add("index", std::to_string(index)).add("wait", std::to_string(kLongestWait.count()) + "s");
  // Consul may answer a sixteenth of the time later, so that not all come at once.
  const auto patience = index > 0 ? kLongestWait + kLongestWait / 16 + kPatience : kPatience;
  const Answer answer = call(context.with_timeout(patience), "GET", query.on(target_of(prefix_)));
  // What is not Consul answers 404 too, and that must not look like a cluster without nodes.
  if (answer.index == 0) throw Error(Kind::kUnavailable, "'" + host_ + "' does not answer as Consul does");
  Listing listing{.index = answer.index};
  if (answer.status == 404) return listing;
  const json::value said = parse_json(answer.body);
  if (!said.is_array()) throw Error(Kind::kInternal, "consul's list of keys is no list: " + answer.body);
  for (const json::value& entry : said.get_array()) {
    const std::string key = text_of(entry, "Key");
    const auto value = base64_decode(text_of(entry, "Value"));
    // Classic Swarm makes the folder itself a key, without a value.
    if (key.ends_with('/') && (!value || value->empty())) continue;
    try {
      listing.addresses.push_back({.address = checked_address(value.value_or(""))});
    } catch (const Error& e) {
      log(LogLevel::kWarning, "the key '" + key + "' of the nodes' list is left out: " + e.message());
    }
  }
  listing.addresses = sorted(std::move(listing.addresses));
  return listing;
}

EngineAddresses ConsulDiscovery::list(const Context& context) { return list_after(context, 0).addresses; }

void ConsulDiscovery::watch(const Context& context, const OnChange& changed, const OnTrouble& trouble) {
  Told told(changed, trouble);
  for (std::uint64_t index = 0; !context.cancelled();) {
    try {
      try {
        const Listing listing = list_after(context, index);
        told.set(listing.addresses);
        // A smaller one than before: Consul begins anew, and so do we.
        index = listing.index < index ? 0 : listing.index;
      } catch (const Error& e) {
        context.check();
        told.trouble(e);
        index = 0;
        context.sleep_for(kPauseAfterFault);
      }
    } catch (const Error&) {
      return;  // the context has ended
    }
  }
}

std::string ConsulDiscovery::session_of(const Context& context, const std::string& key) {
  const Answer answer = call(context, "GET", target_of(key));
  if (answer.status == 404) return "";
  const json::value said = parse_json(answer.body);
  return said.is_array() && !said.get_array().empty() ? text_of(said.get_array().front(), "Session") : "";
}

std::string ConsulDiscovery::make_session(const Context& context, std::chrono::milliseconds ttl) {
  // Consul ends a session up to one ttl late: half of it is asked for, as classic Swarm does.
  const auto seconds = std::clamp(std::chrono::ceil<std::chrono::seconds>(ttl / 2), kShortestSession, kLongestSession);
  const json::object wanted{{"Name", "berth swarm join"},
                            {"TTL", std::to_string(seconds.count()) + "s"},
                            {"Behavior", "delete"},
                            {"LockDelay", "0s"}};
  const Answer answer = call(context, "PUT", "/v1/session/create", format_json(wanted));
  std::string id = text_of(parse_json(answer.body), "ID");
  if (id.empty()) throw Error(Kind::kInternal, "consul made a session without an ID: " + answer.body);
  return id;
}

bool ConsulDiscovery::renew_session(const Context& context, const std::string& session) {
  return call(context, "PUT", "/v1/session/renew/" + http::percent_encode(session)).status != 404;
}

void ConsulDiscovery::join(const Context& context, const std::string& address, const Heartbeat& heartbeat,
                           const OnTrouble& trouble) {
  const std::string checked = joinable_address(address);
  const std::string key = prefix_ + checked;
  std::string session;
  const auto beat = [&](const Context& patient) {
    // Who joined before us, and died, left a session that is still alive: it is ours now.
    const std::string holder = session_of(patient, key);
    if (!holder.empty()) session = holder;
    if (session.empty() || !renew_session(patient, session)) session = make_session(patient, heartbeat.ttl);
    if (holder == session) return;
    const std::string target = http::Query().add("acquire", session).on(target_of(key));
    if (trim(call(patient, "PUT", target, checked).body) != "true") {
      throw Error(Kind::kConflict, "consul does not let '" + checked + "' have its key '" + key + "' yet");
    }
  };
  // A session lives half a ttl: that is how soon it must be renewed.
  const Heartbeat often{.every = std::min(heartbeat.every, heartbeat.ttl / 3), .ttl = heartbeat.ttl};
  keep_beating(context, heartbeat.ttl > heartbeat.every ? often : heartbeat, beat, trouble);
}

void ConsulDiscovery::leave(const Context& context, const std::string& address) {
  call(context, "DELETE", target_of(prefix_ + checked_address(address)));
}

}  // namespace berth::swarm
