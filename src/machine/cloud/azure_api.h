// Azure's Resource Manager: resources of one subscription, and the operations that go on after the answer.
#pragma once

#include <optional>
#include <string>

#include <boost/json/fwd.hpp>

#include "base/clock.h"
#include "machine/cloud/azure_settings.h"
#include "machine/cloud/rest.h"

namespace berth::machine {

// Paths are below the subscription: "/resourceGroups/NAME/providers/Microsoft.Compute/...". One thread at a time. Calls
// throw what Rest::call() throws, and kInternal with Azure's words for an operation that failed.
class AzureApi {
 public:
  // All must outlive it.
  AzureApi(const AzureSettings& settings, const RestPatience& patience, const Clock& clock);

  // Nothing when it is not there.
  std::optional<boost::json::value> get(const Context& context, const std::string& path);
  // Makes or changes it; returns when that is done.
  void put(const Context& context, const std::string& path, const boost::json::value& body);
  // Returns when it is gone; what is not there is no error.
  void remove(const Context& context, const std::string& path);
  // Returns when that is done.
  void post(const Context& context, const std::string& path);

  // What other resources name it by.
  std::string id(const std::string& path) const { return "/subscriptions/" + settings_.subscription + path; }

 private:
  RestRequest request(const char* method, const std::string& path) const;
  void await(const Context& context, const std::string& path, const RestAnswer& answer);
  bool is_done(const Context& context, const RestRequest& look);
  std::string own_target(std::string_view url) const;

  const AzureSettings& settings_;
  const RestPatience& patience_;
  Rest rest_;
};

}  // namespace berth::machine
