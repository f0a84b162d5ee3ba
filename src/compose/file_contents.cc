#include "compose/file_contents.h"

#include <set>

namespace berth::compose {

namespace {

struct Uses {
  std::set<std::string> granted;
  std::set<std::string> owned;      // with uid, gid or mode
  std::set<std::string> read_only;  // to a service with `read_only`
};

Uses uses_of(const Project& project, std::vector<FileGrant> Service::* grants) {
  Uses uses;
  for (const auto& [name, service] : project.services) {
    for (const FileGrant& grant : service.*grants) {
      uses.granted.insert(grant.source);
      if (!grant.uid.empty() || !grant.gid.empty() || grant.mode) uses.owned.insert(grant.source);
      if (service.read_only) uses.read_only.insert(grant.source);
    }
  }
  return uses;
}

void read(ByName<FileObject>& objects, const Uses& uses, const FileReader& reader, bool ship) {
  for (auto& [key, object] : objects) {
    if (object.file.empty() || !uses.granted.contains(key)) continue;
    if (reader.type_of(object.file) != FileReader::Type::kFile) continue;
    object.content = reader.read(object.file);
    const bool copied = ship || uses.owned.contains(key);
    if (copied && !uses.read_only.contains(key)) object.file.clear();
  }
}

}  // namespace

void read_file_contents(Project& project, const FileReader& reader, bool ship) {
  read(project.secrets, uses_of(project, &Service::secrets), reader, ship);
  read(project.configs, uses_of(project, &Service::configs), reader, ship);
}

}  // namespace berth::compose
