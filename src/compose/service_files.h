// What a service reads from files of its own: env_file and label_file.
#pragma once

#include "compose/file_reader.h"
#include "compose/project.h"
#include "yaml/diagnostic.h"

namespace berth::compose {

// Puts the variables of the service's env files below those of its `environment`, gives named variables the project's
// value, and takes env_file out of the tree.
void resolve_environment(Service& service, const Project& project, const FileReader& reader, yaml::Findings& findings);

// Puts the labels of the service's label files below its own.
void resolve_labels(Service& service, bool discard_label_files, const FileReader& reader, yaml::Findings& findings);

}  // namespace berth::compose
