// Who one is at each registry, from docker's config.json and its credential helpers.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/environment.h"
#include "base/files.h"
#include "engine/images.h"

namespace berth::engine {

// Key of Docker Hub in config.json.
inline constexpr std::string_view kDockerHubServer = "https://index.docker.io/v1/";

// Reads $DOCKER_CONFIG/config.json, and $DOCKER_AUTH_CONFIG, which has `auths` that come before all others, as docker
// has it. Keeps what it read; one thread at a time.
class Credentials {
 public:
  // Throws kInvalid when either is malformed. A missing one is empty.
  explicit Credentials(const Environment& environment);
  ~Credentials();
  Credentials(Credentials&&) noexcept;

  // Of the registry that holds `image` ("redis", "quay.io/shop/web:2"); empty when none are stored. Asks the registry's
  // helper (credHelpers), else the store (credsStore), else `auths`. Throws kInvalid (image), kNotFound (the helper
  // program is missing), kInternal (it failed, with its words), kCancelled, kTimeout.
  AuthConfig of_image(const Context& context, std::string_view image) const;
  AuthConfig of_registry(const Context& context, std::string_view domain) const;
  // All that are stored, by registry, for X-Registry-Config.
  std::map<std::string, AuthConfig> all(const Context& context) const;

  // Proxies of config.json for what runs on this engine, or else by default, as variables in both spellings:
  // HTTP_PROXY and http_proxy, NO_PROXY, ... `docker_host` is its address as DOCKER_HOST has it.
  StringMap proxy_variables(std::string_view docker_host) const;
  // HttpHeaders of config.json.
  const std::vector<std::pair<std::string, std::string>>& http_headers() const;

 private:
  struct Config;
  std::unique_ptr<Config> config_;
};

// A config.json with these, as docker writes it.
std::string docker_config_text(const std::map<std::string, AuthConfig>& auths);
// Value of X-Registry-Auth: URL-safe base64 of the JSON; for an empty one too.
std::string registry_auth_header(const AuthConfig& auth);
// Value of X-Registry-Config.
std::string registry_config_header(const std::map<std::string, AuthConfig>& auths);

}  // namespace berth::engine
