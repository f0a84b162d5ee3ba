// What is in the files of secrets and configs.
#pragma once

#include "compose/file_reader.h"
#include "compose/project.h"

namespace berth::compose {

// Reads the files of secrets and configs that services are granted into FileObject::content; those that are missing, or
// folders, stay as they are. Where a grant asks for an owner or a mode, or always with `ship` (the engine is on another
// host), FileObject::file is cleared: the content is to be copied into containers, where else the file is mounted. Not
// for services with `read_only`, into which nothing can be copied: what they are granted stays a file. Throws as
// FileReader::read.
void read_file_contents(Project& project, const FileReader& reader, bool ship);

}  // namespace berth::compose
