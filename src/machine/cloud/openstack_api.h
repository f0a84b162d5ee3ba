// The services of an OpenStack cloud, found by Keystone's catalog.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/json/fwd.hpp>

#include "machine/cloud/openstack_settings.h"
#include "machine/cloud/rest.h"

namespace berth::machine {

// One project's view of a cloud. One thread at a time. Calls throw what Rest::call() throws.
class OpenStackApi {
 public:
  // Both must outlive it.
  OpenStackApi(const OpenStackSettings& settings, const RestPatience& patience)
      : settings_(settings), patience_(patience) {}

  // Logged in at the first call. Throw kNotFound where the catalog has no such service in the region.
  Rest& compute(const Context& context);
  Rest& network(const Context& context);
  Rest& image(const Context& context);

  // All items of a list ("servers", "images") over its pages.
  boost::json::array list(const Context& context, Rest& service, const std::string& name, std::string target);

 private:
  void log_in(const Context& context);
  Rest& service(const Context& context, std::optional<Rest>& rest, const std::vector<std::string>& types,
                const std::string& version);
  RestOptions options(bool with_token) const;

  const OpenStackSettings& settings_;
  const RestPatience& patience_;
  std::string token_;
  // Type of service and URL of its endpoint.
  std::vector<std::pair<std::string, std::string>> catalog_;
  std::optional<Rest> compute_;
  std::optional<Rest> network_;
  std::optional<Rest> image_;
};

}  // namespace berth::machine
