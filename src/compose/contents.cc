#include "compose/contents.h"

#include <map>
#include <vector>

#include "base/digest.h"
#include "base/error.h"
#include "base/strings.h"

namespace berth::compose {

namespace {

void read_all(ByName<FileObject>& objects, const FileReader& reader) {
  for (auto& [key, object] : objects) {
    if (object.file.empty() || object.external) continue;
    try {
      if (reader.type_of(object.file) == FileReader::Type::kFile) object.file_content = reader.read(object.file);
    } catch (const Error&) {
      // Whoever has to have it says so.
    }
  }
}

void add(const Project& project, const ByName<FileObject>& objects, const std::vector<FileGrant>& grants,
         const std::string& section, std::map<std::string, std::string>& digests) {
  constexpr std::size_t kDigits = 8;
  for (const FileGrant& grant : grants) {
    const auto object = objects.find(grant.source);
    if (object == objects.end()) continue;
    const auto& content = content_of(object->second);
    if (!content) continue;
    std::string text = project.name;
    for (const std::string& part : {section, grant.source, *content}) (text += '\0') += part;
    digests[section + "." + grant.source] = sha256_hex(text).substr(0, kDigits);
  }
}

}  // namespace

void read_contents(Project& project, const FileReader& reader) {
  read_all(project.secrets, reader);
  read_all(project.configs, reader);
}

const std::optional<std::string>& content_of(const FileObject& object) {
  return object.file.empty() ? object.content : object.file_content;
}

std::string contents_of(const Project& project, const Service& service) {
  std::map<std::string, std::string> digests;
  add(project, project.secrets, service.secrets, "secrets", digests);
  add(project, project.configs, service.configs, "configs", digests);
  std::vector<std::string> parts;
  for (const auto& [name, digest] : digests) parts.push_back(name + "=" + digest);
  return join(parts, ",");
}

}  // namespace berth::compose
