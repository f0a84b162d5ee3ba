// A compose application as an artifact of a registry: the manifest and layers that docker compose 2.40 writes and
// reads. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "engine/types.h"
#include "remote/repository.h"

namespace berth::remote {

inline constexpr std::string_view kComposeProject = "application/vnd.docker.compose.project";

// A layer of the artifact, to be written.
struct ArtifactFile {
  enum class Role {
    kCompose,   // one after the other they are the application's compose.yaml
    kExtended,  // a compose file of its own, which others extend
    kEnv,       // an env_file
  };
  Role role = Role::kCompose;
  std::string name;  // without folders
  std::string bytes;
};

enum class OciVersion {
  k1_0,  // for registries that refuse what they do not know
  k1_1,
};

// The manifest, and what it calls its config (a blob to be pushed too).
struct ArtifactManifest {
  std::string bytes;
  std::string config;
};
ArtifactManifest artifact_manifest(const std::vector<ArtifactFile>& files, OciVersion version, engine::Time created);

// As the manifest of an image index names it.
struct Descriptor {
  std::string media_type;
  Blob blob;
  std::map<std::string, std::string> annotations = {};
};
// The index of an application: its images, and the artifact (a manifest) that they belong to.
std::string application_index(const std::vector<Descriptor>& images, const Descriptor& artifact);

// A layer of an artifact that is read.
struct ArtifactLayer {
  ArtifactFile::Role role = ArtifactFile::Role::kCompose;
  std::string file;  // where its bytes belong: the application's "compose.yaml", or a file beside it
  Blob blob;
};
// What a descriptor names.
Blob blob_of(const json::value& descriptor);

// Layers that make up the application, others left out. Throws kInvalid when `manifest` is no compose application, or
// has a file name that leads elsewhere; `name` is the artifact's, for messages.
std::vector<ArtifactLayer> artifact_layers(const std::string& manifest, const std::string& name);

// Digest of the compose application in an image index; nothing when it has none.
std::optional<std::string> application_in(const std::string& index);

}  // namespace berth::remote
