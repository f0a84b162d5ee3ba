#include "remote/artifact.h"

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "base/units.h"

namespace berth::remote {

namespace {

constexpr std::string_view kComposeFile = "application/vnd.docker.compose.file+yaml";
constexpr std::string_view kEnvFile = "application/vnd.docker.compose.envfile";
constexpr std::string_view kEmpty = "application/vnd.oci.empty.v1+json";
constexpr std::string_view kOldConfig = "application/vnd.docker.compose.config.empty.v1+json";
constexpr std::string_view kApplication = "compose.yaml";

// Annotations.
constexpr std::string_view kVersionNote = "com.docker.compose.version";
constexpr std::string_view kFileNote = "com.docker.compose.file";
constexpr std::string_view kEnvNote = "com.docker.compose.envfile";
constexpr std::string_view kExtendsNote = "com.docker.compose.extends";
constexpr std::string_view kCreatedNote = "org.opencontainers.image.created";
// Whose artifacts ours are read as.
constexpr std::string_view kComposeVersion = "2.40.3";

// Small documents are repeated in the manifest, so that a reader need not ask for them.
json::object descriptor(std::string_view media_type, const std::string& bytes, json::object annotations) {
  json::object object{{"mediaType", media_type}, {"digest", digest_of(bytes)}, {"size", bytes.size()}};
  if (!annotations.empty()) object["annotations"] = std::move(annotations);
  if (!bytes.empty()) object["data"] = base64_encode(bytes);
  return object;
}

json::object descriptor(const Descriptor& described) {
  json::object object{
      {"mediaType", described.media_type}, {"digest", described.blob.digest}, {"size", described.blob.size}};
  json::object annotations;
  for (const auto& [name, value] : described.annotations) annotations[name] = value;
  if (!annotations.empty()) object["annotations"] = std::move(annotations);
  return object;
}

json::object layer(const ArtifactFile& file) {
  json::object notes;
  const bool env = file.role == ArtifactFile::Role::kEnv;
  if (file.role == ArtifactFile::Role::kExtended) notes[kExtendsNote] = "true";
  notes[env ? kEnvNote : kFileNote] = file.name;
  notes[kVersionNote] = kComposeVersion;
  return descriptor(env ? kEnvFile : kComposeFile, file.bytes, std::move(notes));
}

bool is_compose_application(const json::value& manifest) {
  const std::string type = text_of(manifest, "artifactType");
  if (!type.empty()) return type == kComposeProject;
  const json::value* config = find(manifest, "config");
  return config != nullptr && text_of(*config, "mediaType") == kOldConfig;
}

// A name of the artifact's own: it must not lead out of the folder that it is written to.
std::string safe_name(const std::string& file, const std::string& name) {
  if (!file.empty() && file != "." && file != ".." &&
      file.find_first_of(std::string_view("/\\\0", 3)) == std::string::npos) {
    return file;
  }
  throw Error(Kind::kInvalid,
              "'" + name + "' has a file '" + file + "', which is no name of a file beside compose.yaml");
}

}  // namespace

ArtifactManifest artifact_manifest(const std::vector<ArtifactFile>& files, OciVersion version, engine::Time created) {
  ArtifactManifest made;
  made.config = "{}";
  json::object manifest{{"schemaVersion", 2}, {"mediaType", kOciManifest}};
  if (version == OciVersion::k1_1) manifest["artifactType"] = kComposeProject;
  manifest["config"] = descriptor(version == OciVersion::k1_1 ? kEmpty : kOldConfig, made.config, {});
  json::array& layers = manifest["layers"].emplace_array();
  for (const ArtifactFile& file : files) layers.push_back(layer(file));
  const auto second = std::chrono::floor<std::chrono::seconds>(created);
  manifest["annotations"] = json::object{{kCreatedNote, format_time(second)}};
  made.bytes = format_json(manifest);
  return made;
}

std::string application_index(const std::vector<Descriptor>& images, const Descriptor& artifact) {
  json::object index{{"schemaVersion", 2}, {"mediaType", kOciIndex}};
  json::array& manifests = index["manifests"].emplace_array();
  for (const Descriptor& image : images) manifests.push_back(descriptor(image));
  json::object subject = descriptor(artifact);
  subject["artifactType"] = kComposeProject;
  index["subject"] = std::move(subject);
  index["annotations"] = json::object{{kVersionNote, kComposeVersion}};
  return format_json(index);
}

Blob blob_of(const json::value& descriptor) {
  return {.digest = text_of(descriptor, "digest"), .size = static_cast<std::uint64_t>(integer_of(descriptor, "size"))};
}

std::vector<ArtifactLayer> artifact_layers(const std::string& manifest, const std::string& name) {
  const json::value value = parse_json(manifest);
  if (!is_compose_application(value)) {
    const std::string type = text_of(value, "artifactType");
    throw Error(Kind::kInvalid,
                "'" + name + "' is no compose application, but " + (type.empty() ? "an image" : "'" + type + "'"));
  }
  std::vector<ArtifactLayer> layers;
  const json::array* found = find_array(value, "layers");
  for (std::size_t i = 0; found != nullptr && i < found->size(); ++i) {
    const json::value& item = (*found)[i];
    const json::object* object = find_object(item, "annotations");
    const json::value notes = object == nullptr ? json::value(json::object()) : json::value(*object);
    ArtifactLayer layer{.role = ArtifactFile::Role::kCompose, .file = std::string(kApplication), .blob = {}};
    layer.blob = blob_of(item);
    const std::string type = text_of(item, "mediaType");
    if (type == kEnvFile) {
      layer.role = ArtifactFile::Role::kEnv;
      layer.file = safe_name(text_of(notes, kEnvNote), name);
    } else if (type != kComposeFile) {
      continue;
    } else if (find(notes, kExtendsNote) != nullptr) {
      layer.role = ArtifactFile::Role::kExtended;
      layer.file = safe_name(text_of(notes, kFileNote), name);
    }
    layers.push_back(std::move(layer));
  }
  if (layers.empty()) throw Error(Kind::kInvalid, "'" + name + "' has no compose files");
  return layers;
}

std::optional<std::string> application_in(const std::string& index) {
  const json::value value = parse_json(index);
  const json::array* manifests = find_array(value, "manifests");
  std::optional<std::string> digest;
  for (std::size_t i = 0; manifests != nullptr && i < manifests->size(); ++i) {
    if (text_of((*manifests)[i], "artifactType") == kComposeProject) digest = text_of((*manifests)[i], "digest");
  }
  return digest;
}

}  // namespace berth::remote
