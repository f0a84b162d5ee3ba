// Messages of etcd's JSON gateway: bytes in base64, 64-bit numbers as text. Source: etcd API v3, rpc.proto and
// kv.proto.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "store/store.h"

namespace berth::store {

// The store's keys, of which etcd knows those below `root`.
class EtcdCodec {
 public:
  explicit EtcdCodec(std::string root) : root_(std::move(root)) {}

  boost::json::string key(std::string_view key) const;
  // "key" and "range_end" of all keys that begin with `prefix`.
  boost::json::object range(std::string_view prefix) const;
  boost::json::object transaction(const Transaction& transaction) const;

  // Of a KeyValue message. Throws kInternal when it cannot be one.
  Entry entry(const boost::json::value& said) const;
  Event event(const boost::json::value& said) const;

 private:
  std::string plain_key(const boost::json::value& said) const;
  std::string root_;
};

// A 64-bit number of a message; 0 when it is left out.
std::int64_t etcd_number(const boost::json::value& said, std::string_view name);
Revision etcd_revision(const boost::json::value& answer);  // of its header

}  // namespace berth::store
