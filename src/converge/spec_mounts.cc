#include <algorithm>

#include "base/strings.h"
#include "converge/spec_parts.h"

namespace berth::converge {

namespace {

std::string_view type_of(compose::MountKind kind) {
  switch (kind) {
    case compose::MountKind::kBind:
      return "bind";
    case compose::MountKind::kVolume:
      return "volume";
    case compose::MountKind::kTmpfs:
      return "tmpfs";
    case compose::MountKind::kImage:
      return "image";
    case compose::MountKind::kNamedPipe:
      return "npipe";
    case compose::MountKind::kCluster:
      return "cluster";
  }
  return "volume";
}

engine::BindOptions bind_options(const compose::Mount& mount) {
  engine::BindOptions options{.propagation = mount.propagation, .create_mountpoint = mount.create_host_path};
  options.non_recursive = mount.recursive == "disabled";
  options.read_only_non_recursive = mount.recursive == "writable";
  options.read_only_force_recursive = mount.recursive == "readonly";
  options.selinux = mount.selinux;
  return options;
}

std::string source_on_engine(const compose::Project& project, const compose::Mount& mount) {
  if (mount.kind != compose::MountKind::kVolume) return mount.source;
  const auto volume = project.volumes.find(mount.source);
  return volume == project.volumes.end() ? mount.source : volume->second.name;
}

engine::Mount mount_of(const compose::Project& project, const compose::Mount& mount) {
  engine::Mount result{.type = std::string(type_of(mount.kind)),
                       .source = source_on_engine(project, mount),
                       .target = mount.target,
                       .read_only = mount.read_only,
                       .consistency = mount.consistency};
  switch (mount.kind) {
    case compose::MountKind::kBind:
      result.bind_options = bind_options(mount);
      break;
    case compose::MountKind::kVolume:
      if (mount.nocopy || !mount.subpath.empty() || !mount.labels.empty()) {
        result.volume_options =
            engine::VolumeOptions{.no_copy = mount.nocopy, .labels = mount.labels, .subpath = mount.subpath};
      }
      break;
    case compose::MountKind::kTmpfs:
      if (count(mount.size) != 0 || mount.mode != 0) {
        result.tmpfs_options = engine::TmpfsOptions{.size = mount.size, .mode = mount.mode};
      }
      break;
    case compose::MountKind::kImage:
      result.image_subpath = mount.subpath;
      break;
    default:
      break;
  }
  return result;
}

// The plain form "source:target:options" can do what is asked. It makes a missing folder of the host, and keeps what
// `docker inspect` shows as docker compose leaves it.
bool is_plain_bind(const compose::Project& project, const compose::Mount& mount) {
  if (mount.kind == compose::MountKind::kBind) {
    return mount.create_host_path && mount.propagation.empty() && mount.recursive.empty();
  }
  return mount.kind == compose::MountKind::kVolume && project.volumes.contains(mount.source) && mount.labels.empty() &&
         mount.subpath.empty() && !mount.nocopy;
}

std::string bind_text(const compose::Project& project, const compose::Mount& mount) {
  std::string text = source_on_engine(project, mount) + ":" + mount.target + (mount.read_only ? ":ro" : ":rw");
  if (!mount.selinux.empty()) text += "," + mount.selinux;
  return text;
}

std::string target_of(const compose::FileGrant& grant, std::string_view folder) {
  if (grant.target.empty()) return std::string(folder) + grant.source;
  return grant.target.starts_with('/') ? grant.target : std::string(folder) + grant.target;
}

constexpr std::string_view kSecretsFolder = "/run/secrets/";
constexpr std::string_view kConfigsFolder = "/";

// Files of the host are mounted read-only; content is copied in later, see files_to_copy().
void add_file_mounts(const compose::ByName<compose::FileObject>& objects, const std::vector<compose::FileGrant>& grants,
                     std::string_view folder, std::map<std::string, engine::Mount>& mounts) {
  for (const compose::FileGrant& grant : grants) {
    const auto object = objects.find(grant.source);
    if (object == objects.end() || object->second.file.empty()) continue;
    std::string target = target_of(grant, folder);
    engine::Mount mount{.type = "bind", .source = object->second.file, .target = target, .read_only = true};
    mount.bind_options.emplace();
    mounts.emplace(std::move(target), std::move(mount));
  }
}

void add_files(const compose::ByName<compose::FileObject>& objects, const std::vector<compose::FileGrant>& grants,
               std::string_view folder, CopyFiles& as_told, CopyFiles& to_its_user) {
  for (const compose::FileGrant& grant : grants) {
    const auto object = objects.find(grant.source);
    if (object == objects.end() || !object->second.file.empty()) continue;
    if (object->second.content.value_or("").empty()) continue;
    CopyFiles::File file{.path = target_of(grant, folder),
                         .content = *object->second.content,
                         .mode = grant.mode.value_or(0444),
                         .uid = parse_integer(grant.uid).value_or(0),
                         .gid = parse_integer(grant.gid).value_or(0)};
    const bool owned = !grant.uid.empty() || !grant.gid.empty();
    (owned ? to_its_user : as_told).files.push_back(std::move(file));
  }
}

}  // namespace

MountSpec mount_spec(const compose::Project& project, const compose::Service& service,
                     const std::vector<engine::Mount>& inherited) {
  MountSpec spec;
  std::map<std::string, engine::Mount> mounts;  // by target: one mount each, the last wins
  for (const engine::Mount& mount : inherited) mounts[mount.target] = mount;
  std::map<std::string, std::string> binds;
  for (const compose::Mount& mount : service.volumes) {
    const bool taken_over =
        mount.source.empty() && mount.kind == compose::MountKind::kVolume && mounts.contains(mount.target);
    if (taken_over) continue;
    binds.erase(mount.target);
    mounts.erase(mount.target);
    if (is_plain_bind(project, mount)) {
      binds[mount.target] = bind_text(project, mount);
    } else {
      mounts[mount.target] = mount_of(project, mount);
    }
  }
  std::map<std::string, engine::Mount> files;
  add_file_mounts(project.secrets, service.secrets, kSecretsFolder, files);
  add_file_mounts(project.configs, service.configs, kConfigsFolder, files);
  for (auto& [target, mount] : files) {
    if (!binds.contains(target)) mounts.emplace(target, std::move(mount));
  }
  for (auto& [target, text] : binds) spec.binds.push_back(std::move(text));
  for (auto& [target, mount] : mounts) spec.mounts.push_back(std::move(mount));
  return spec;
}

std::vector<CopyFiles> files_to_copy(const compose::Project& project, const compose::Service& service,
                                     const ContainerRef& container) {
  CopyFiles as_told{.container = container, .files = {}, .to_its_user = false};
  CopyFiles to_its_user{.container = container, .files = {}, .to_its_user = true};
  add_files(project.secrets, service.secrets, kSecretsFolder, as_told, to_its_user);
  add_files(project.configs, service.configs, kConfigsFolder, as_told, to_its_user);
  std::vector<CopyFiles> copies;
  if (!as_told.files.empty()) copies.push_back(std::move(as_told));
  if (!to_its_user.files.empty()) copies.push_back(std::move(to_its_user));
  return copies;
}

}  // namespace berth::converge
