// One repository of a registry. Sources: OCI Distribution Specification 1.1; distribution's token authentication.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/context.h"
#include "engine/images.h"
#include "engine/reference.h"
#include "http/address.h"
#include "http/client.h"

namespace berth::remote {

inline constexpr std::string_view kOciManifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view kOciIndex = "application/vnd.oci.image.index.v1+json";
inline constexpr std::string_view kDockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr std::string_view kDockerManifestList = "application/vnd.docker.distribution.manifest.list.v2+json";

// A document of a registry, with its digest checked.
struct Manifest {
  std::string media_type;
  std::string digest;
  std::string bytes;

  // Whether it lists manifests, rather than layers.
  bool is_index() const { return media_type == kOciIndex || media_type == kDockerManifestList; }
};

// What a digest names, in parts.
struct Blob {
  std::string digest;
  std::uint64_t size = 0;
};

// The registry's answer was no: its status, and its own words in the message.
class RegistryError : public Error {
 public:
  RegistryError(int status, std::string message)
      : Error(kind_of_http_status(status), std::move(message)), status_(status) {}
  int status() const { return status_; }

 private:
  int status_;
};

// A registry of this computer (localhost, 127.0.0.0/8, ::1) may do without TLS, as for engines. All calls throw
// RegistryError (kNotFound: no such thing there; kUnauthorized, kForbidden: log in first), kUnavailable, kInvalid (what
// came does not have its digest), kCancelled, kTimeout. One thread at a time.
class Repository {
 public:
  // `reference` may have a tag or digest, which is not looked at. `auth` may be empty.
  Repository(const engine::Reference& reference, engine::AuthConfig auth);
  ~Repository();
  Repository(Repository&&) noexcept;

  // By tag or digest.
  Manifest manifest(const Context& context, const std::string& tag_or_digest);
  // A small blob.
  std::string blob(const Context& context, const Blob& blob);
  // Its bytes as they come; who reads them checks them.
  http::Response open_blob(const Context& context, const Blob& blob);

  bool has_blob(const Context& context, const Blob& blob);
  // Does nothing where it is there. `body` is called once the registry is ready for it.
  void push_blob(const Context& context, const Blob& blob, const std::function<http::Body()>& body);
  void push_blob(const Context& context, const std::string& bytes);
  void push_manifest(const Context& context, const std::string& tag_or_digest, std::string_view media_type,
                     const std::string& bytes);

 private:
  struct Call;
  // Does without TLS from now on where a registry of this computer does.
  void find_scheme(const Context& context);
  http::Response send(const Context& context, const Call& call);
  http::Response send_once(const Context& context, const Call& call, const http::Url& url);
  // Takes up what the registry asks for; false when there is nothing to be done.
  bool authorize(const Context& context, const http::Response& refusal);
  std::string token(const Context& context, const std::string& realm, const std::string& service,
                    const std::string& scope);
  http::Client& client_of(const http::Url& url);
  http::Url url_of(const std::string& path) const;
  [[noreturn]] void fail(const Context& context, const Call& call, http::Response& response);

  std::string name_;  // for messages: "registry.example.org/shop"
  std::string path_;
  http::Url registry_;
  bool may_lack_tls_ = false;
  engine::AuthConfig auth_;
  std::string authorization_;                                     // the header's value, once the registry has asked
  std::map<std::string, std::unique_ptr<http::Client>> clients_;  // by origin
};

// "sha256:..." of the bytes.
std::string digest_of(std::string_view bytes);

}  // namespace berth::remote
