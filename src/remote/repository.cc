#include "remote/repository.h"

#include <chrono>
#include <optional>
#include <utility>

#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "http/url.h"
#include "remote/challenge.h"

namespace berth::remote {

namespace {

constexpr std::size_t kManifestLimit = std::size_t{4} << 20;  // what registries take
constexpr std::size_t kBlobLimit = std::size_t{64} << 20;
constexpr std::size_t kWordsLimit = std::size_t{64} << 10;
constexpr int kMostRedirects = 5;
constexpr std::chrono::seconds kHandshake{3};
constexpr std::uint16_t kHttpPort = 80;

// Where a registry answers. Docker Hub's API is not at its name.
http::Url registry_of(const engine::Reference& reference) {
  const std::string host = reference.domain == "docker.io" ? "registry-1.docker.io" : reference.domain;
  const auto url = http::parse_url("https://" + host);
  if (!url) throw Error(Kind::kInvalid, "'" + reference.domain + "' is no registry's address");
  return *url;
}

std::string accepted_manifests() {
  std::string all(kOciIndex);
  for (const std::string_view type : {kOciManifest, kDockerManifestList, kDockerManifest})
    all += ", " + std::string(type);
  return all;
}

void check_digest(const std::string& bytes, const std::string& digest, const std::string& what) {
  if (!digest.starts_with("sha256:")) {
    throw Error(Kind::kUnsupported, what + " has the digest '" + digest + "': only sha256 is understood");
  }
  if (digest_of(bytes) != digest) throw Error(Kind::kInvalid, what + " is not what its digest '" + digest + "' says");
}

// {"errors": [{"code": "...", "message": "..."}]}
std::string words_of(const std::string& body) {
  try {
    const json::value value = parse_json(body);
    std::string words;
    if (const json::array* errors = find_array(value, "errors")) {
      for (const json::value& error : *errors) {
        const std::string text = text_of(error, "message");
        words += (words.empty() ? "" : "; ") + (text.empty() ? text_of(error, "code") : text);
      }
    }
    return words.empty() ? text_of(value, "details") : words;
  } catch (const Error&) {
    return {};
  }
}

std::string of_registry(const engine::AuthConfig& auth) {
  return auth.username.empty() ? std::string() : "Basic " + base64_encode(auth.username + ":" + auth.password);
}

}  // namespace

struct Repository::Call {
  std::string method = "GET";
  std::string path;              // below the repository
  std::optional<http::Url> url;  // instead, whole
  http::Headers headers;
  std::string what;  // for messages: "manifest 'latest'"
  std::function<http::Body()> body;
};

std::string digest_of(std::string_view bytes) { return "sha256:" + sha256_hex(bytes); }

Repository::Repository(const engine::Reference& reference, engine::AuthConfig auth)
    : name_(reference.familiar_name()),
      path_("/v2/" + reference.path),
      registry_(registry_of(reference)),
      may_lack_tls_(http::is_loopback(registry_.host)),
      auth_(std::move(auth)) {}
Repository::~Repository() = default;
Repository::Repository(Repository&&) noexcept = default;

void Repository::find_scheme(const Context& context) {
  if (!may_lack_tls_) return;
  may_lack_tls_ = false;
  try {
    http::dialer_of(registry_, {})(context.with_timeout(kHandshake));
  } catch (const Error& e) {
    if (e.kind() != Kind::kUnavailable && e.kind() != Kind::kTimeout) throw;
    context.check();
    if (registry_.authority() == registry_.host) registry_.port = kHttpPort;
    registry_.tls = false;
  }
}

http::Client& Repository::client_of(const http::Url& url) {
  auto& client = clients_[(url.tls ? "https://" : "http://") + url.authority()];
  if (!client) {
    client = std::make_unique<http::Client>(
        http::dialer_of(url, {}),
        http::ClientOptions{.host = url.authority(), .server = "the registry '" + url.authority() + "'"});
  }
  return *client;
}

http::Url Repository::url_of(const std::string& path) const {
  http::Url url = registry_;
  url.target = path_ + path;
  return url;
}

http::Response Repository::send_once(const Context& context, const Call& call, const http::Url& url) {
  http::Request request{
      .method = call.method, .target = url.target.empty() ? "/" : url.target, .headers = call.headers};
  if (!request.target.starts_with('/')) request.target = "/" + request.target;
  request.headers.set("User-Agent", "berth");
  // Storage that a registry sends us on to is not the registry.
  if (!authorization_.empty() && url.same_origin(registry_)) request.headers.set("Authorization", authorization_);
  return client_of(url).send(context, std::move(request), call.body ? call.body() : http::Body());
}

// The answer below 300, after what the registry asks for is given and where it sends us on to is followed.
http::Response Repository::send(const Context& context, const Call& call) {
  find_scheme(context);
  http::Url url = call.url ? *call.url : url_of(call.path);
  bool asked = false;
  for (int redirects = 0;;) {
    http::Response response = send_once(context, call, url);
    if (response.ok()) return response;
    if (response.status() == 401 && !asked && url.same_origin(registry_)) {
      asked = true;
      const bool authorized = authorize(context, response);
      if (authorized) continue;
    }
    const auto location = response.headers().get("Location");
    const bool redirected = response.status() >= 301 && response.status() <= 308 && location &&
                            (call.method == "GET" || call.method == "HEAD");
    if (!redirected) fail(context, call, response);
    if (++redirects > kMostRedirects) {
      throw Error(Kind::kUnavailable, "'" + name_ + "': its registry sends us on and on for " + call.what);
    }
    if (location->starts_with('/')) {
      url.target = *location;
    } else if (const auto other = http::parse_url(*location); other && (other->tls || !registry_.tls)) {
      url = *other;
    } else {
      throw Error(Kind::kUnavailable, "'" + name_ + "': its registry sends us on to '" + std::string(*location) +
                                          "', which is not followed");
    }
  }
}

void Repository::fail(const Context& context, const Call& call, http::Response& response) {
  std::string words;
  if (call.method != "HEAD") words = words_of(response.read_all(context, kWordsLimit));
  std::string message = "'" + name_ + "': ";
  switch (response.status()) {
    case 401:
    case 403:
      message += "not allowed to " + std::string(call.method == "GET" || call.method == "HEAD" ? "read" : "write") +
                 " it: log in (`docker login " + registry_.authority() + "`)";
      break;
    case 404:
      message += "there is no " + call.what;
      break;
    default:
      message += "its registry answers " + std::to_string(response.status()) + " for " + call.what;
  }
  if (!words.empty()) message += " (" + words + ")";
  throw RegistryError(response.status(), message);
}

bool Repository::authorize(const Context& context, const http::Response& refusal) {
  const auto header = refusal.headers().get("WWW-Authenticate");
  const auto challenge = header ? parse_challenge(*header) : std::nullopt;
  if (!challenge) return false;
  const std::string before = authorization_;
  if (challenge->scheme == "basic") {
    authorization_ = of_registry(auth_);
  } else if (challenge->scheme == "bearer") {
    authorization_ =
        "Bearer " + token(context, challenge->get("realm"), challenge->get("service"), challenge->get("scope"));
  }
  return authorization_ != before;
}

// Asks the realm, with a name and password where there are some, else as anybody.
std::string Repository::token(const Context& context, const std::string& realm, const std::string& service,
                              const std::string& scope) {
  if (!auth_.registry_token.empty()) return auth_.registry_token;
  auto url = http::parse_url(realm);
  if (!url || (registry_.tls && !url->tls)) {
    throw Error(Kind::kUnavailable,
                "'" + name_ + "': its registry wants a token from '" + realm + "', which is no https address");
  }
  http::Query query;
  query.add_if("service", service).add_if("scope", scope);
  http::Request request;
  http::Body body;
  if (!auth_.identity_token.empty()) {
    query.add("grant_type", "refresh_token").add("client_id", "berth").add("refresh_token", auth_.identity_token);
    request.method = "POST";
    request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    body = http::Body(query.text());
  } else {
    url->target += (url->target.find('?') == std::string::npos ? "?" : "&") + query.text();
    if (const std::string basic = of_registry(auth_); !basic.empty()) request.headers.add("Authorization", basic);
  }
  request.target = url->target.starts_with('/') ? url->target : "/" + url->target;
  http::Response response = client_of(*url).send(context, std::move(request), std::move(body));
  const std::string answer = response.read_all(context, kWordsLimit);
  if (!response.ok()) {
    const std::string words = words_of(answer);
    throw RegistryError(response.status(), "'" + name_ + "': '" + url->authority() +
                                               "' gives no token: log in (`docker login " + registry_.authority() +
                                               "`)" + (words.empty() ? "" : " (" + words + ")"));
  }
  const json::value value = parse_json(answer);
  const std::string token = text_of(value, "token");
  return token.empty() ? text_of(value, "access_token") : token;
}

Manifest Repository::manifest(const Context& context, const std::string& tag_or_digest) {
  const std::string what = "manifest '" + tag_or_digest + "'";
  http::Response response = send(context, {.path = "/manifests/" + tag_or_digest,
                                           .url = {},
                                           .headers = {{"Accept", accepted_manifests()}},
                                           .what = what,
                                           .body = {}});
  Manifest manifest;
  manifest.media_type = trim(cut(response.headers().get("Content-Type").value_or(""), ';').first);
  manifest.bytes = response.read_all(context, kManifestLimit);
  manifest.digest = digest_of(manifest.bytes);
  if (tag_or_digest.find(':') != std::string::npos) check_digest(manifest.bytes, tag_or_digest, what);
  return manifest;
}

http::Response Repository::open_blob(const Context& context, const Blob& blob) {
  return send(
      context,
      {.path = "/blobs/" + blob.digest, .url = {}, .headers = {}, .what = "blob '" + blob.digest + "'", .body = {}});
}

std::string Repository::blob(const Context& context, const Blob& blob) {
  if (blob.size > kBlobLimit) throw Error(Kind::kInvalid, "'" + name_ + "': blob '" + blob.digest + "' is too large");
  std::string bytes = open_blob(context, blob).read_all(context, blob.size);
  check_digest(bytes, blob.digest, "'" + name_ + "': blob");
  return bytes;
}

bool Repository::has_blob(const Context& context, const Blob& blob) {
  try {
    send(context,
         {.method = "HEAD", .path = "/blobs/" + blob.digest, .url = {}, .headers = {}, .what = "blob", .body = {}});
    return true;
  } catch (const Error& e) {
    if (e.kind() == Kind::kNotFound) return false;
    throw;
  }
}

void Repository::push_blob(const Context& context, const Blob& blob, const std::function<http::Body()>& body) {
  if (has_blob(context, blob)) return;
  const std::string what = "upload of blob '" + blob.digest + "'";
  const http::Response begun =
      send(context, {.method = "POST", .path = "/blobs/uploads/", .url = {}, .headers = {}, .what = what, .body = {}});
  const std::string location(begun.headers().get("Location").value_or(""));
  http::Url url = registry_;
  if (location.starts_with('/')) {
    url.target = location;
  } else if (const auto other = http::parse_url(location)) {
    url = *other;
    // Some say http of themselves behind a proxy that ends TLS.
    url.tls = url.tls || (registry_.tls && url.host == registry_.host);
    if (url.host == registry_.host) url.port = registry_.port;
  } else {
    throw Error(Kind::kUnavailable, "'" + name_ + "': its registry does not say where to upload to");
  }
  url.target += (url.target.find('?') == std::string::npos ? "?" : "&") + std::string("digest=") +
                http::percent_encode(blob.digest);
  send(context, {.method = "PUT",
                 .url = url,
                 .headers = {{"Content-Type", "application/octet-stream"}},
                 .what = what,
                 .body = body});
}

void Repository::push_blob(const Context& context, const std::string& bytes) {
  push_blob(context, {.digest = digest_of(bytes), .size = bytes.size()}, [&] { return http::Body(bytes); });
}

void Repository::push_manifest(const Context& context, const std::string& tag_or_digest, std::string_view media_type,
                               const std::string& bytes) {
  send(context, {.method = "PUT",
                 .path = "/manifests/" + tag_or_digest,
                 .url = {},
                 .headers = {{"Content-Type", std::string(media_type)}},
                 .what = "manifest '" + tag_or_digest + "'",
                 .body = [&] { return http::Body(bytes); }});
}

}  // namespace berth::remote
