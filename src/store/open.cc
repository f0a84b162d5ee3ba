#include "store/open.h"

#include <algorithm>

#include "base/error.h"
#include "base/strings.h"
#include "store/etcd_store.h"
#include "store/local_store.h"
#include "store/sqlite_journal.h"

namespace berth::store {

namespace {

constexpr std::string_view kSqlite = "sqlite://";
constexpr std::string_view kEtcd = "etcd://";

Error malformed(std::string_view url, const std::string& why) {
  return {Kind::kInvalid, "the store '" + std::string(url) + "' " + why};
}

EtcdEndpoint endpoint_of(std::string_view text, std::string_view url) {
  // The colons of an IPv6 address stand in brackets.
  const bool bracketed = text.starts_with('[');
  const std::size_t end = bracketed ? text.find(']') : text.find(':');
  if (bracketed && end == text.npos) throw malformed(url, "has an address whose bracket is not closed");
  EtcdEndpoint endpoint{.host = std::string(bracketed ? text.substr(1, end - 1) : text.substr(0, end))};
  std::string_view rest = end == text.npos ? "" : text.substr(end + (bracketed ? 1 : 0));
  if (endpoint.host.empty()) throw malformed(url, "has an empty address");
  if (rest.empty()) return endpoint;
  const auto port = rest.starts_with(':') ? parse_integer(rest.substr(1)) : std::nullopt;
  if (!port || *port < 1 || *port > 65'535) {
    throw malformed(url, "has the address '" + std::string(text) + "', which is not host:port");
  }
  endpoint.port = static_cast<std::uint16_t>(*port);
  return endpoint;
}

std::unique_ptr<Store> etcd_of(std::string_view url, const StoreOptions& options) {
  if (url.find('@') != url.npos) {
    throw Error(Kind::kUnsupported,
                "a store's URL cannot hold a user and password; prove who you are to etcd with a client certificate");
  }
  const auto [addresses, path] = cut(url.substr(kEtcd.size()), '/');
  std::vector<EtcdEndpoint> endpoints;
  for (const std::string& address : split(addresses, ',')) endpoints.push_back(endpoint_of(address, url));
  std::string_view root = path.value_or("");
  while (root.starts_with('/')) root.remove_prefix(1);
  while (root.ends_with('/')) root.remove_suffix(1);
  std::optional<net::TlsContext> tls;
  if (!options.tls.empty()) {
    tls = net::TlsContext::client({.ca = options.tls.ca, .cert = options.tls.cert, .key = options.tls.key});
  }
  return std::make_unique<EtcdStore>(std::string(url), std::move(endpoints),
                                     root.empty() ? "" : std::string(root) + "/", tls);
}

}  // namespace

std::unique_ptr<Store> store_of(std::string_view url, const StoreOptions& options) {
  if (url == "memory:") return std::make_unique<LocalStore>("memory:", nullptr, *options.clock);
  if (url.starts_with(kSqlite)) {
    const Path path(url.substr(kSqlite.size()));
    if (!path.is_absolute()) throw malformed(url, "needs an absolute path, as in 'sqlite:///var/lib/berth/store.db'");
    return std::make_unique<LocalStore>(std::string(url), std::make_unique<SqliteJournal>(path), *options.clock);
  }
  if (url.starts_with(kEtcd)) return etcd_of(url, options);
  throw Error(
      Kind::kUnsupported,
      "'" + std::string(url) + "' is no store: use 'sqlite:///PATH', 'etcd://HOST:PORT,.../PREFIX' or 'memory:'");
}

}  // namespace berth::store
