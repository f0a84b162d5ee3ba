#include "remote/images.h"

#include <memory>

#include "base/error.h"
#include "base/json.h"

namespace berth::remote {

namespace {

std::string tag_or_digest(const engine::Reference& reference) {
  return reference.digest.empty() ? reference.tag : reference.digest;
}

void copy_blob(const Context& context, Repository& from, Repository& to, const Blob& blob) {
  to.push_blob(context, blob, [&] {
    const auto response = std::make_shared<http::Response>(from.open_blob(context, blob));
    return http::Body::streamed(
        [response](const Context& inner, std::span<char> buffer) { return response->read_some(inner, buffer); },
        blob.size);
  });
}

void copy_manifest(const Context& context, Repository& from, Repository& to, const Manifest& manifest) {
  const json::value value = parse_json(manifest.bytes);
  if (const json::array* manifests = find_array(value, "manifests"); manifests != nullptr && manifest.is_index()) {
    for (const json::value& child : *manifests) {
      copy_manifest(context, from, to, from.manifest(context, text_of(child, "digest")));
    }
  }
  if (const json::value* config = find(value, "config")) copy_blob(context, from, to, blob_of(*config));
  if (const json::array* layers = find_array(value, "layers")) {
    for (const json::value& layer : *layers) {
      if (find_array(layer, "urls") == nullptr) copy_blob(context, from, to, blob_of(layer));  // else kept elsewhere
    }
  }
  to.push_manifest(context, manifest.digest, manifest.media_type, manifest.bytes);
}

bool is_about_what_was_sent(int status) {
  constexpr int kProxyAuthentication = 407;
  return status >= 400 && status < 500 && status != 401 && status != 403 && status != kProxyAuthentication;
}

Descriptor push_as(const Context& context, Repository& to, const std::string& tag,
                   const std::vector<ArtifactFile>& files, OciVersion version, engine::Time created) {
  const ArtifactManifest manifest = artifact_manifest(files, version, created);
  to.push_blob(context, manifest.config);
  to.push_manifest(context, tag, kOciManifest, manifest.bytes);
  return {.media_type = std::string(kOciManifest), .blob = {digest_of(manifest.bytes), manifest.bytes.size()}};
}

}  // namespace

Repository repository_of(const Context& context, const engine::Reference& image,
                         const engine::Credentials& credentials) {
  return {image, credentials.of_registry(context, image.domain)};
}

std::string with_digest(const Context& context, const std::string& image, const engine::Credentials& credentials) {
  engine::Reference reference = engine::Reference::parse(image).with_default_tag();
  if (reference.digest.empty()) {
    reference.digest = repository_of(context, reference, credentials).manifest(context, reference.tag).digest;
  }
  return reference.text();
}

Descriptor copy_image(const Context& context, const std::string& image, const engine::Credentials& credentials,
                      Repository& to) {
  const engine::Reference reference = engine::Reference::parse(image).with_default_tag();
  Repository from = repository_of(context, reference, credentials);
  const Manifest manifest = from.manifest(context, tag_or_digest(reference));
  copy_manifest(context, from, to, manifest);
  const std::string host = reference.domain.substr(0, reference.domain.find(':'));
  return {.media_type = manifest.media_type,
          .blob = {manifest.digest, manifest.bytes.size()},
          .annotations = {{"containerd.io/distribution.source." + host, reference.path}}};
}

Descriptor push_artifact(const Context& context, Repository& to, const std::string& tag,
                         const std::vector<ArtifactFile>& files, std::optional<OciVersion> version,
                         engine::Time created) {
  for (const ArtifactFile& file : files) to.push_blob(context, file.bytes);
  if (version) return push_as(context, to, tag, files, *version, created);
  try {
    return push_as(context, to, tag, files, OciVersion::k1_1, created);
  } catch (const RegistryError& e) {
    if (!is_about_what_was_sent(e.status())) throw;
  }
  return push_as(context, to, tag, files, OciVersion::k1_0, created);
}

}  // namespace berth::remote
