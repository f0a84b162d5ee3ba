#include "remote/reader.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/strings.h"
#include "remote/artifact.h"
#include "remote/cache.h"
#include "remote/git_address.h"
#include "remote/git_checkout.h"
#include "remote/images.h"
#include "remote/repository.h"

namespace berth::remote {

namespace {

constexpr std::string_view kOci = "oci://";
constexpr std::string_view kFileNames[] = {"compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"};

// Either kind of remote file can be switched off, as for docker compose.
void check_enabled(const Environment& environment, const char* variable) {
  const std::string value = environment.get_or(variable, "true");
  if (value == "1" || equal_ignoring_case(value, "t") || equal_ignoring_case(value, "true")) return;
  throw Error(Kind::kForbidden, "files from elsewhere are switched off by " + std::string(variable) + "=" + value);
}

// Layers in the order of the manifest: compose files of one name are documents of one file.
void write_layers(const Context& context, Repository& repository, const std::vector<ArtifactLayer>& layers,
                  const Path& folder) {
  std::map<std::string, std::string> files;
  for (const ArtifactLayer& layer : layers) {
    std::string& text = files[layer.file];
    if (!text.empty()) text += layer.role == ArtifactFile::Role::kEnv ? "\n" : "\n---\n";
    text += repository.blob(context, layer.blob);
  }
  for (const auto& [name, text] : files) write_file(folder / name, text, 0600);
}

// The file or folder in a working copy, links followed as long as they stay in it.
std::string file_in(const Path& root, const GitAddress& address) {
  const std::string where = "'" + address.path + "' of '" + address.remote + "'";
  std::error_code error;
  const Path top = std::filesystem::canonical(root, error);
  Path file = std::filesystem::canonical(root / address.path, error);
  if (error) throw Error(Kind::kNotFound, "there is no " + where);
  if (std::mismatch(top.begin(), top.end(), file.begin(), file.end()).first != top.end()) {
    throw Error(Kind::kForbidden, where + " leads out of the repository");
  }
  if (!std::filesystem::is_directory(file)) return file;
  for (const std::string_view name : kFileNames) {
    if (std::filesystem::is_regular_file(file / name)) return file / name;
  }
  throw Error(Kind::kNotFound,
              "there is no compose.yaml in " + (address.path.empty() ? "'" + address.remote + "'" : where));
}

}  // namespace

bool Reader::is_remote(const std::string& name) const {
  return name.find("://") != std::string::npos || parse_git_address(name).has_value();
}

std::string Reader::fetch(const std::string& address) const {
  if (const auto known = fetched_.find(address); known != fetched_.end()) return known->second;
  std::string file;
  if (address.starts_with(kOci)) {
    check_enabled(environment_, "COMPOSE_EXPERIMENTAL_OCI_REMOTE");
    file = fetch_artifact(address);
  } else if (const auto git = parse_git_address(address)) {
    check_enabled(environment_, "COMPOSE_EXPERIMENTAL_GIT_REMOTE");
    file = file_in(check_out(context_, *git, cache_folder(environment_), environment_), *git);
  } else {
    throw Error(Kind::kUnsupported, "'" + address +
                                        "' is neither oci://REGISTRY/NAME nor a git repository (over http its address "
                                        "ends with .git): download it");
  }
  fetched_[address] = file;
  return file;
}

std::string Reader::fetch_artifact(const std::string& address) const {
  const auto reference = engine::Reference::parse(address.substr(kOci.size())).with_default_tag();
  Repository repository = repository_of(context_, reference, engine::Credentials(environment_));
  const Manifest found = repository.manifest(context_, reference.digest.empty() ? reference.tag : reference.digest);
  const Path folder =
      cached(cache_folder(environment_), found.digest.substr(found.digest.find(':') + 1), [&](const Path& made) {
        std::string manifest = found.bytes;
        if (found.is_index()) {
          const auto digest = application_in(manifest);
          if (!digest) throw Error(Kind::kInvalid, "'" + address + "' lists images, and no compose application");
          manifest = repository.manifest(context_, *digest).bytes;
        }
        write_layers(context_, repository, artifact_layers(manifest, address), made);
      });
  return folder / "compose.yaml";
}

}  // namespace berth::remote
