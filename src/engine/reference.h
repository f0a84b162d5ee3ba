// Names of images: "registry.example.com:5000/shop/web:1.2@sha256:...".
#pragma once

#include <string>
#include <string_view>

namespace berth::engine {

// An image reference in full. Source: the distribution project's reference grammar; short names mean docker.io/library.
struct Reference {
  std::string domain;  // "docker.io"
  std::string path;    // "library/redis"
  std::string tag;     // empty when none is given
  std::string digest;  // "sha256:..."; empty when none is given

  // Throws kInvalid, quoting the text.
  static Reference parse(std::string_view text);

  // "docker.io/library/redis:7@sha256:..."
  std::string text() const;
  // As people write it: "redis:7".
  std::string familiar() const;
  // Without tag and digest: "redis", "quay.io/shop/web".
  std::string familiar_name() const;
  // With tag "latest" where there is neither tag nor digest.
  [[nodiscard]] Reference with_default_tag() const;
  bool operator==(const Reference&) const = default;
};

}  // namespace berth::engine
