#include "store/etcd_codec.h"

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"

namespace berth::store {

namespace {

json::string encoded(std::string_view bytes) { return json::string(base64_encode(bytes)); }

std::string decoded(const json::value& said, std::string_view name) {
  auto bytes = base64_decode(text_of(said, name));
  if (!bytes) throw Error(Kind::kInternal, "etcd's answer has a malformed '" + std::string(name) + "'");
  return *std::move(bytes);
}

// The first key that does not begin with `prefix`; "\0" stands for the end of all keys.
std::string end_of(std::string prefix) {
  while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xff) prefix.pop_back();
  if (prefix.empty()) return std::string(1, '\0');
  prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

}  // namespace

json::string EtcdCodec::key(std::string_view key) const { return encoded(root_ + std::string(key)); }

json::object EtcdCodec::range(std::string_view prefix) const {
  const std::string all = root_ + std::string(prefix);
  // An empty key would be refused: "\0" is the first one.
  return {{"key", encoded(all.empty() ? std::string_view("\0", 1) : all)}, {"range_end", encoded(end_of(all))}};
}

json::object EtcdCodec::transaction(const Transaction& transaction) const {
  json::array compare;
  for (const Condition& condition : transaction.conditions) {
    // A key that is not there has the revision 0.
    compare.push_back(json::object{{"key", key(condition.key)},
                                   {"target", "MOD"},
                                   {"result", "EQUAL"},
                                   {"mod_revision", std::to_string(condition.modified)}});
  }
  json::array success;
  for (const Change& change : transaction.changes) {
    if (change.value) {
      json::object put{{"key", key(change.key)}, {"value", encoded(*change.value)}};
      if (change.lease != LeaseId::kNone) put["lease"] = std::to_string(static_cast<std::int64_t>(change.lease));
      success.push_back(json::object{{"request_put", std::move(put)}});
    } else {
      success.push_back(json::object{{"request_delete_range", json::object{{"key", key(change.key)}}}});
    }
  }
  return {{"compare", std::move(compare)}, {"success", std::move(success)}};
}

std::string EtcdCodec::plain_key(const json::value& said) const {
  std::string key = decoded(said, "key");
  if (!key.starts_with(root_)) throw Error(Kind::kInternal, "etcd's answer has the key '" + key + "' nobody asked for");
  return key.substr(root_.size());
}

Entry EtcdCodec::entry(const json::value& said) const {
  return {plain_key(said), decoded(said, "value"), etcd_number(said, "mod_revision"),
          static_cast<LeaseId>(etcd_number(said, "lease"))};
}

Event EtcdCodec::event(const json::value& said) const {
  const json::object* kv = find_object(said, "kv");
  if (kv == nullptr) throw Error(Kind::kInternal, "etcd's answer has an event without its key");
  Entry now = entry(*kv);
  const Revision revision = now.modified;
  std::string key = now.key;
  if (text_of(said, "type") == "DELETE") return {std::move(key), std::nullopt, revision};
  return {std::move(key), std::move(now), revision};
}

std::int64_t etcd_number(const json::value& said, std::string_view name) {
  const auto text = optional_text_of(said, name);
  if (!text) return integer_of(said, name);
  const auto number = parse_integer(*text);
  if (!number)
    throw Error(Kind::kInternal, "etcd's answer has '" + *text + "' for the number '" + std::string(name) + "'");
  return *number;
}

Revision etcd_revision(const json::value& answer) {
  const json::value* header = find(answer, "header");
  return header == nullptr ? 0 : etcd_number(*header, "revision");
}

}  // namespace berth::store
