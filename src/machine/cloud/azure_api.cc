#include "machine/cloud/azure_api.h"

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "http/url.h"
#include "machine/cloud/oauth.h"

namespace berth::machine {

namespace {

using berth::text_of;  // of JSON, rather than of a State

// Each family of resources has versions of its own.
std::string_view version_of(std::string_view path) {
  if (path.find("/Microsoft.Compute/disks/") != std::string_view::npos) return "2024-03-02";
  if (path.find("/Microsoft.Compute/") != std::string_view::npos) return "2024-07-01";
  if (path.find("/Microsoft.Network/") != std::string_view::npos) return "2024-05-01";
  return "2022-09-01";  // resource groups and subscriptions
}

// The tenant's URL in `Bearer authorization_uri="https://login.example.org/TENANT", error=...`; empty where there is
// none.
std::string authorization_uri(std::string_view header) {
  constexpr std::string_view kName = "authorization_uri=\"";
  const std::size_t begin = header.find(kName);
  if (begin == std::string_view::npos) return {};
  const std::string_view rest = header.substr(begin + kName.size());
  return std::string(rest.substr(0, rest.find('"')));
}

// Resource Manager tells whom to ask for a token when it is asked without one.
std::string find_authority(const Context& context, const AzureSettings& s, const RestPatience& patience) {
  if (!s.tenant.empty()) return s.login() + "/" + http::percent_encode(s.tenant);
  Rest rest(parse_api_address(s.api(), "--azure-endpoint"),
            {.provider = "Azure", .authorize = {}, .patience = patience, .ca = {}, .verify = true});
  const RestAnswer answer = rest.send(
      context,
      {.target = "/subscriptions/" + http::percent_encode(s.subscription) + "?api-version=2022-09-01", .body = {}});
  const auto header = answer.headers.get("WWW-Authenticate");
  std::string authority = header ? authorization_uri(*header) : std::string();
  if (authority.empty()) {
    throw Error(Kind::kNotFound, "Azure does not tell the tenant of subscription '" + s.subscription + "' (" +
                                     words_of_error(answer) + "): give --azure-tenant-id");
  }
  return authority;
}

RestOptions options_of(const AzureSettings& s, const RestPatience& patience, const Clock& clock) {
  return with_oauth("Azure", patience, clock, [&s, &patience](const Context& context) {
    return ask_token(context, "Azure", find_authority(context, s, patience) + "/oauth2/v2.0/token",
                     {{"grant_type", "client_credentials"},
                      {"client_id", s.client},
                      {"client_secret", s.secret},
                      {"scope", s.api() + "/.default"}},
                     patience);
  });
}

bool is_final(std::string_view state) {
  return state.empty() || state == "Succeeded" || state == "Failed" || state == "Canceled";
}

json::value resource_in(const RestAnswer& answer) {
  json::value resource = answer.json();
  if (!resource.is_object()) throw Error(Kind::kInternal, "Azure's answer to " + answer.call + " is no resource");
  return resource;
}

// Where the resource itself says how far it is.
std::string provisioning_state(const json::value& resource) {
  const json::value* properties = find(resource, "properties");
  return properties != nullptr ? text_of(*properties, "provisioningState") : std::string();
}

}  // namespace

AzureApi::AzureApi(const AzureSettings& settings, const RestPatience& patience, const Clock& clock)
    : settings_(settings),
      patience_(patience),
      rest_(parse_api_address(settings.api(), "--azure-endpoint"), options_of(settings, patience, clock)) {}

RestRequest AzureApi::request(const char* method, const std::string& path) const {
  const char separator = path.find('?') == std::string::npos ? '?' : '&';
  return {
      .method = method, .target = id(path) + separator + "api-version=" + std::string(version_of(path)), .body = {}};
}

std::optional<json::value> AzureApi::get(const Context& context, const std::string& path) {
  const RestAnswer answer = rest_.send(context, request("GET", path));
  if (answer.status == 404) return std::nullopt;
  if (!answer.ok()) throw rest_.error_of(answer);
  return resource_in(answer);
}

void AzureApi::put(const Context& context, const std::string& path, const json::value& body) {
  RestRequest call = request("PUT", path);
  call.body = format_json(body);
  call.headers.add("Content-Type", "application/json");
  const RestAnswer answer = rest_.call(context, call);
  resource_in(answer);
  await(context, path, answer);
}

void AzureApi::remove(const Context& context, const std::string& path) {
  const RestAnswer answer = rest_.send(context, request("DELETE", path));
  if (answer.status == 404 || answer.status == 204) return;
  if (!answer.ok()) throw rest_.error_of(answer);
  await(context, path, answer);
  // An operation's end is only word of it.
  poll(context, patience_, [&] { return !get(context, path); });
}

void AzureApi::post(const Context& context, const std::string& path) {
  RestRequest call = request("POST", path);
  call.repeatable = true;  // to be on, off or started anew is the same when it is asked for twice
  await(context, path, rest_.call(context, call));
}

// Source: "Track asynchronous Azure operations".
void AzureApi::await(const Context& context, const std::string& path, const RestAnswer& answer) {
  RestRequest look{.method = "GET", .target = "", .body = {}};
  if (const auto url = answer.headers.get("Azure-AsyncOperation")) {
    look.target = own_target(*url);
  } else if (const auto location = answer.headers.get("Location"); location && answer.status == 202) {
    look.target = own_target(*location);
  } else if (answer.body.starts_with("{") && !is_final(provisioning_state(answer.json()))) {
    look = request("GET", path);
  } else {
    return;
  }
  poll(context, patience_, [&] { return is_done(context, look); });
}

// Throws kInternal when it came to a bad end.
bool AzureApi::is_done(const Context& context, const RestRequest& look) {
  const RestAnswer answer = rest_.send(context, look);
  if (answer.status == 202) return false;
  if (answer.status == 404) return true;  // with what was removed goes the word of it
  if (!answer.ok()) throw rest_.error_of(answer);
  const json::value value = answer.json();
  std::string state = text_of(value, "status");
  if (state.empty()) state = provisioning_state(value);
  if (!is_final(state)) return false;
  if (state == "Failed" || state == "Canceled") {
    const json::value* error = find(value, "error");
    throw Error(Kind::kInternal, "Azure could not do it: " + (error != nullptr ? text_of(*error, "message") : state));
  }
  return true;
}

// An URL of Azure's as a target of ours. Tokens go to no other host.
std::string AzureApi::own_target(std::string_view url) const {
  const ApiAddress address = parse_api_address(url, "the address of an operation");
  const ApiAddress& ours = rest_.address();
  if (address.host != ours.host || address.port != ours.port || !address.path.starts_with(ours.path)) {
    throw Error(Kind::kInternal, "Azure refers to another host for the operation's end: " + std::string(url));
  }
  return address.path.substr(ours.path.size());
}

}  // namespace berth::machine
