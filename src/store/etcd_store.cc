#include "store/etcd_store.h"

#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "store/checks.h"
#include "store/etcd_codec.h"
#include "store/etcd_watch.h"

namespace berth::store {

namespace {

constexpr int kPage = 1000;  // entries

json::object lease_body(LeaseId lease) { return {{"ID", std::to_string(static_cast<std::int64_t>(lease))}}; }

std::chrono::milliseconds ttl_of(const json::value& answer) { return std::chrono::seconds(etcd_number(answer, "TTL")); }

}  // namespace

EtcdStore::EtcdStore(std::string url, std::vector<EtcdEndpoint> endpoints, std::string root,
                     const std::optional<net::TlsContext>& tls)
    : url_(std::move(url)), root_(std::move(root)), gateway_(std::move(endpoints), tls) {}

std::optional<Entry> EtcdStore::get(const Context& context, const std::string& key) {
  check_key(key);
  const EtcdCodec codec(root_);
  const json::value answer = gateway_.call(context, "kv/range", json::object{{"key", codec.key(key)}}, Repeat::kYes);
  const json::array* entries = find_array(answer, "kvs");
  if (entries == nullptr || entries->empty()) return std::nullopt;
  return codec.entry(entries->front());
}

Listing EtcdStore::list(const Context& context, const std::string& prefix) {
  const EtcdCodec codec(root_);
  json::object request = codec.range(prefix);
  request["limit"] = kPage;
  Listing listing;
  for (;;) {
    const json::value answer = gateway_.call(context, "kv/range", request, Repeat::kYes);
    if (listing.revision == 0) {
      listing.revision = etcd_revision(answer);
      // The pages after the first show the same moment.
      request["revision"] = std::to_string(listing.revision);
    }
    if (const json::array* entries = find_array(answer, "kvs")) {
      for (const json::value& entry : *entries) listing.entries.push_back(codec.entry(entry));
    }
    if (!flag_of(answer, "more") || listing.entries.empty()) return listing;
    request["key"] = codec.key(listing.entries.back().key + '\0');
  }
}

std::optional<Revision> EtcdStore::commit(const Context& context, const Transaction& transaction) {
  check(transaction);
  const json::value answer = gateway_.call(context, "kv/txn", EtcdCodec(root_).transaction(transaction), Repeat::kNo);
  if (!flag_of(answer, "succeeded")) return std::nullopt;
  return etcd_revision(answer);
}

std::unique_ptr<Watch> EtcdStore::watch(std::string prefix, Revision after) {
  return std::make_unique<EtcdWatch>(gateway_, root_, std::move(prefix), after);
}

Grant EtcdStore::grant(const Context& context, std::chrono::milliseconds ttl) {
  check_ttl(ttl);
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(ttl).count();
  // A lease that was granted unheard ends by itself.
  const json::value answer =
      gateway_.call(context, "lease/grant", json::object{{"TTL", std::to_string(seconds)}}, Repeat::kYes);
  return {static_cast<LeaseId>(etcd_number(answer, "ID")), ttl_of(answer)};
}

std::optional<std::chrono::milliseconds> EtcdStore::renew(const Context& context, LeaseId lease) {
  const json::value answer = gateway_.call(context, "lease/keepalive", lease_body(lease), Repeat::kYes);
  if (find(answer, "error") != nullptr) throw etcd_error(answer);
  const json::value* result = find(answer, "result");
  const auto ttl = result == nullptr ? std::chrono::milliseconds() : ttl_of(*result);
  if (ttl <= ttl.zero()) return std::nullopt;
  return ttl;
}

void EtcdStore::revoke(const Context& context, LeaseId lease) {
  try {
    gateway_.call(context, "lease/revoke", lease_body(lease), Repeat::kYes);
  } catch (const Error& e) {
    if (e.kind() != Kind::kNotFound) throw;
  }
}

}  // namespace berth::store
