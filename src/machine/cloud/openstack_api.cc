#include "machine/cloud/openstack_api.h"

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/strings.h"

namespace berth::machine {

namespace {

using berth::text_of;  // of JSON, rather than of a State

constexpr int kPages = 1000;  // of a list, at most

json::object domain_of(const OpenStackSettings& s) {
  if (!s.domain_name.empty()) return {{"name", s.domain_name}};
  return {{"id", s.domain_id.empty() ? "default" : s.domain_id}};
}

// The body of POST /v3/auth/tokens (Identity API v3, "Password authentication with scoped authorization",
// "Authenticating with an Application Credential").
json::object login(const OpenStackSettings& s) {
  const json::object user = {{"name", s.username}, {"domain", domain_of(s)}};
  if (!s.credential_secret.empty()) {
    json::object credential = {{"secret", s.credential_secret}};
    if (!s.credential_id.empty()) {
      credential["id"] = s.credential_id;
    } else {
      credential["name"] = s.credential_name;
      credential["user"] = user;
    }
    return {{"auth", json::object{{"identity", json::object{{"methods", json::array{"application_credential"}},
                                                            {"application_credential", credential}}}}}};
  }
  json::object with_password = user;
  with_password["password"] = s.password;
  const json::object project = s.tenant_id.empty() ? json::object{{"name", s.tenant_name}, {"domain", domain_of(s)}}
                                                   : json::object{{"id", s.tenant_id}};
  return {{"auth", json::object{{"identity", json::object{{"methods", json::array{"password"}},
                                                          {"password", json::object{{"user", with_password}}}}},
                                {"scope", json::object{{"project", project}}}}}};
}

}  // namespace

RestOptions OpenStackApi::options(bool with_token) const {
  RestOptions options{.provider = "OpenStack", .authorize = {}, .patience = patience_, .ca = {}};
  options.verify = !settings_.insecure;
  if (!settings_.ca_file.empty()) {
    options.ca = within("--openstack-cacert", [&] { return read_file(settings_.ca_file); });
  }
  if (with_token) {
    options.authorize = [token = token_](const Context&, RestRequest& request) {
      request.headers.set("X-Auth-Token", token);
    };
  }
  return options;
}

void OpenStackApi::log_in(const Context& context) {
  Rest identity(settings_.identity(), options(false));
  RestRequest request{.method = "POST", .target = "/auth/tokens", .body = format_json(login(settings_))};
  request.headers.add("Content-Type", "application/json");
  request.repeatable = true;
  const RestAnswer answer = identity.call(context, request);
  const auto token = answer.headers.get("X-Subject-Token");
  if (!token)
    throw Error(Kind::kInternal, "Keystone's answer has no token: is --openstack-auth-url one of Keystone v3?");
  const json::value value = answer.json();
  const json::value* inner = find(value, "token");
  const json::array* services = inner != nullptr ? find_array(*inner, "catalog") : nullptr;
  if (services == nullptr) throw Error(Kind::kInternal, "Keystone's answer has no catalog of services");
  for (const json::value& service : *services) {
    const json::array* endpoints = find_array(service, "endpoints");
    if (endpoints == nullptr) continue;
    for (const json::value& endpoint : *endpoints) {
      const bool here = settings_.region.empty() || text_of(endpoint, "region_id") == settings_.region ||
                        text_of(endpoint, "region") == settings_.region;
      if (here && text_of(endpoint, "interface") == settings_.interface()) {
        catalog_.emplace_back(text_of(service, "type"), text_of(endpoint, "url"));
      }
    }
  }
  token_ = *token;
}

// Catalogs name some services' roots, others' versions.
Rest& OpenStackApi::service(const Context& context, std::optional<Rest>& rest, const std::vector<std::string>& types,
                            const std::string& version) {
  if (rest) return *rest;
  if (token_.empty()) log_in(context);
  for (const auto& [type, url] : catalog_) {
    if (type != types.front() && type != types.back()) continue;
    ApiAddress address = parse_api_address(url, "the endpoint of service '" + type + "'");
    if (!version.empty() && address.path.find("/v2") == std::string::npos) address.path += version;
    return rest.emplace(address, options(true));
  }
  throw Error(Kind::kNotFound, "the cloud has no service '" + types.front() + "' with a " + settings_.interface() +
                                   " endpoint" +
                                   (settings_.region.empty() ? "" : " in region '" + settings_.region + "'") +
                                   ": look at --openstack-region and --openstack-endpoint-type");
}

Rest& OpenStackApi::compute(const Context& context) { return service(context, compute_, {"compute"}, ""); }
Rest& OpenStackApi::network(const Context& context) { return service(context, network_, {"network"}, "/v2.0"); }
Rest& OpenStackApi::image(const Context& context) { return service(context, image_, {"image"}, "/v2"); }

json::array OpenStackApi::list(const Context& context, Rest& service, const std::string& name, std::string target) {
  json::array all;
  for (int page = 0; !target.empty() && page < kPages; ++page) {
    const json::value answer = service.get(context, target);
    const json::array* items = find_array(answer, name);
    if (items == nullptr) throw Error(Kind::kInternal, "OpenStack's answer has no list of " + name);
    all.insert(all.end(), items->begin(), items->end());
    // Glance tells the next page's path, the others give links.
    std::string next = text_of(answer, "next");
    if (const json::array* links = find_array(answer, name + "_links")) {
      for (const json::value& link : *links) {
        if (text_of(link, "rel") == "next") next = text_of(link, "href");
      }
    }
    const auto query = cut(next, '?').second;
    target = query ? std::string(cut(target, '?').first) + "?" + std::string(*query) : "";
  }
  return all;
}

}  // namespace berth::machine
