#include "engine/credentials.h"

#include "base/error.h"
#include "base/json.h"
#include "base/process.h"
#include "base/strings.h"
#include "engine/docker_config.h"
#include "engine/json.h"
#include "engine/reference.h"

namespace berth::engine {

namespace {

// "index.docker.io" of "https://index.docker.io/v1/".
std::string hostname_of(std::string_view server) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (server.starts_with(scheme)) server.remove_prefix(scheme.size());
  }
  return std::string(cut(server, '/').first);
}

// An entry of `auths`: base64 of "user:password", tokens beside it.
AuthConfig auth_of(std::string_view server, const json::value& entry) {
  AuthConfig auth = {.username = text_of(entry, "username"),
                     .password = text_of(entry, "password"),
                     .server_address = std::string(server),
                     .identity_token = text_of(entry, "identitytoken"),
                     .registry_token = text_of(entry, "registrytoken")};
  const std::string encoded = text_of(entry, "auth");
  if (encoded.empty()) return auth;
  const auto decoded = base64_decode(encoded);
  const auto [user, password] = cut(decoded ? std::string_view(*decoded) : std::string_view(), ':');
  if (!password) {
    throw Error(Kind::kInvalid, "the entry 'auth' of '" + std::string(server) +
                                    "' isn't base64 of USER:PASSWORD; `docker login` writes it anew");
  }
  auth.username = user;
  auth.password = *password;
  while (auth.password.ends_with('\0')) auth.password.pop_back();  // as docker once padded it
  return auth;
}

// Runs `docker-credential-NAME ACTION` with its input. Nothing when it has no credentials for the server.
// Source: the docker-credential-helpers protocol.
std::optional<std::string> ask_helper(const Context& context, const std::string& name, const std::string& action,
                                      std::string_view input) {
  const std::string program = "docker-credential-" + name;
  const auto doing =
      "asking '" + program + "' for credentials (see credsStore and credHelpers of docker's config.json)";
  return within(doing, [&]() -> std::optional<std::string> {
    Output output = run(context, {program, action}, input, {.err = Stdio::kPipe});
    if (output.status.ok()) return std::move(output.out);
    const std::string words(trim(output.out + output.err));
    if (words.starts_with("credentials not found")) return std::nullopt;
    throw Error(Kind::kInternal, words.empty() ? "it ended with " + std::to_string(output.status.code) : words);
  });
}

AuthConfig from_helper(const Context& context, const std::string& helper, const std::string& server) {
  const auto text = ask_helper(context, helper, "get", server);
  if (!text) return {};
  const json::value answer = parse_json(*text);
  AuthConfig auth{.username = text_of(answer, "Username"), .server_address = server};
  std::string secret = text_of(answer, "Secret");
  if (auth.username == "<token>") {
    auth.username.clear();
    auth.identity_token = std::move(secret);
  } else {
    auth.password = std::move(secret);
  }
  return auth;
}

StringMap proxies_of(const json::value& entry) {
  constexpr std::pair<const char*, const char*> kVariables[] = {{"httpProxy", "HTTP_PROXY"},
                                                                {"httpsProxy", "HTTPS_PROXY"},
                                                                {"noProxy", "NO_PROXY"},
                                                                {"ftpProxy", "FTP_PROXY"},
                                                                {"allProxy", "ALL_PROXY"}};
  StringMap variables;
  for (const auto& [member, variable] : kVariables) {
    const std::string value = text_of(entry, member);
    if (value.empty()) continue;
    variables[variable] = value;
    variables[to_lower(variable)] = value;
  }
  return variables;
}

using Auths = std::map<std::string, AuthConfig>;  // by server

Auths auths_of(const json::value& config) {
  Auths auths;
  if (const json::object* entries = find_object(config, "auths")) {
    for (const auto& [server, entry] : *entries) auths.emplace(server, auth_of(server, entry));
  }
  return auths;
}

const AuthConfig* find_auth(const Auths& auths, const std::string& server) {
  if (const auto exact = auths.find(server); exact != auths.end()) return &exact->second;
  for (const auto& [key, auth] : auths) {
    if (hostname_of(key) == hostname_of(server)) return &auth;
  }
  return nullptr;
}

}  // namespace

struct Credentials::Config {
  StringMap helpers;  // by registry
  std::string store;
  Auths auths;
  Auths given;  // $DOCKER_AUTH_CONFIG, before all others
  std::vector<std::pair<std::string, std::string>> headers;
  std::map<std::string, StringMap, std::less<>> proxies;  // variables by engine, or "default"

  std::string helper_for(const std::string& host) const {
    const auto found = helpers.find(host);
    return found == helpers.end() ? store : found->second;
  }
};

Credentials::Credentials(const Environment& environment) : config_(std::make_unique<Config>()) {
  if (const std::string given = environment.get_or("DOCKER_AUTH_CONFIG", ""); !given.empty()) {
    within("$DOCKER_AUTH_CONFIG", [&] { config_->given = auths_of(parse_json(given)); });
  }
  const json::value value = docker_config(environment);
  if (value.is_null()) return;
  within("docker's config.json", [&] {
    config_->store = text_of(value, "credsStore");
    for (auto& [registry, helper] : pairs_of(value, "credHelpers")) config_->helpers.emplace(registry, helper);
    config_->headers = pairs_of(value, "HttpHeaders");
    if (const json::object* proxies = find_object(value, "proxies")) {
      for (const auto& [host, entry] : *proxies) config_->proxies.emplace(host, proxies_of(entry));
    }
    config_->auths = auths_of(value);
  });
}

Credentials::~Credentials() = default;
Credentials::Credentials(Credentials&&) noexcept = default;

AuthConfig Credentials::of_image(const Context& context, std::string_view image) const {
  return of_registry(context, Reference::parse(image).domain);
}

AuthConfig Credentials::of_registry(const Context& context, std::string_view domain) const {
  const std::string server(domain == "docker.io" ? kDockerHubServer : domain);
  if (const AuthConfig* given = find_auth(config_->given, server)) return *given;
  if (const std::string helper = config_->helper_for(server); !helper.empty()) {
    return from_helper(context, helper, server);
  }
  const AuthConfig* stored = find_auth(config_->auths, server);
  return stored == nullptr ? AuthConfig() : *stored;
}

std::map<std::string, AuthConfig> Credentials::all(const Context& context) const {
  Auths out;
  for (const auto& [server, auth] : config_->auths) {
    if (!auth.empty()) out[server] = auth;
  }
  if (!config_->store.empty()) {
    const json::value listed = parse_json(ask_helper(context, config_->store, "list", {}).value_or("{}"));
    if (const json::object* servers = listed.if_object()) {
      for (const auto& [server, user] : *servers) out[server] = from_helper(context, config_->store, server);
    }
  }
  for (const auto& [registry, helper] : config_->helpers) out[registry] = from_helper(context, helper, registry);
  for (const auto& [server, auth] : config_->given) out[server] = auth;
  std::erase_if(out, [](const auto& entry) { return entry.second.empty(); });
  return out;
}

StringMap Credentials::proxy_variables(std::string_view docker_host) const {
  auto found = config_->proxies.find(docker_host);
  if (found == config_->proxies.end()) found = config_->proxies.find("default");
  return found == config_->proxies.end() ? StringMap() : found->second;
}

const std::vector<std::pair<std::string, std::string>>& Credentials::http_headers() const { return config_->headers; }

std::string docker_config_text(const std::map<std::string, AuthConfig>& auths) {
  json::object entries;
  for (const auto& [server, auth] : auths) {
    json::object entry;
    if (!auth.username.empty() || !auth.password.empty()) {
      entry["auth"] = base64_encode(auth.username + ":" + auth.password);
    }
    if (!auth.identity_token.empty()) entry["identitytoken"] = auth.identity_token;
    if (!auth.registry_token.empty()) entry["registrytoken"] = auth.registry_token;
    entries[server] = std::move(entry);
  }
  return format_json(json::object{{"auths", std::move(entries)}}, 2);
}

std::string registry_auth_header(const AuthConfig& auth) { return base64_encode(encode(auth), true); }

std::string registry_config_header(const std::map<std::string, AuthConfig>& auths) {
  json::object object;
  for (const auto& [server, auth] : auths) object[server] = parse_json(encode(auth));
  return base64_encode(format_json(object), true);
}

}  // namespace berth::engine
