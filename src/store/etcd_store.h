// The store of replicated managers: etcd v3.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/etcd_gateway.h"
#include "store/store.h"

namespace berth::store {

// Leases are whole seconds there, two at least. A call tries every member that it may (store/etcd_gateway.h).
class EtcdStore : public Store {
 public:
  // All keys lie below `root`, which is empty or ends at a '/'. Connects to nothing yet.
  EtcdStore(std::string url, std::vector<EtcdEndpoint> endpoints, std::string root,
            const std::optional<net::TlsContext>& tls = std::nullopt);

  std::string url() const override { return url_; }
  std::optional<Entry> get(const Context& context, const std::string& key) override;
  Listing list(const Context& context, const std::string& prefix) override;
  std::optional<Revision> commit(const Context& context, const Transaction& transaction) override;
  std::unique_ptr<Watch> watch(std::string prefix, Revision after) override;
  Grant grant(const Context& context, std::chrono::milliseconds ttl) override;
  std::optional<std::chrono::milliseconds> renew(const Context& context, LeaseId lease) override;
  void revoke(const Context& context, LeaseId lease) override;

 private:
  const std::string url_;
  const std::string root_;
  EtcdGateway gateway_;
};

}  // namespace berth::store
