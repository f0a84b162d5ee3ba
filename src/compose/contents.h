// What secrets and configs hold, and telling whether that has changed.
#pragma once

#include <optional>
#include <string>

#include "compose/file_reader.h"
#include "compose/project.h"

namespace berth::compose {

// Reads the files of secrets and configs into `file_content`; what can't be read stays without.
void read_contents(Project& project, const FileReader& reader);

// The bytes, from wherever they come; nothing when they are not known: external, or the file was not read.
const std::optional<std::string>& content_of(const FileObject& object);

// "configs.greeting=1f3c9a02,secrets.password=5e0b71d4": short digests of what the service takes, sorted; those that
// are not known are left out. A digest is cut so short, and mixed with the project's name, that it gives no content
// away.
std::string contents_of(const Project& project, const Service& service);

}  // namespace berth::compose
