// Files of KEY=value lines: .env beside the compose file, --env-file, and a service's env_file.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "compose/interpolate.h"
#include "yaml/diagnostic.h"

namespace berth::compose {

enum class EnvFileFormat {
  kDotEnv,  // quotes, escapes, comments, `export`, values over several lines, variables
  kRaw,     // everything after the first = as it stands
};

// The format of that name in `env_file: [{path, format}]`: "" or ".env", "raw"; nothing for others.
std::optional<EnvFileFormat> env_file_format(std::string_view name);

using Variables = std::map<std::string, std::string, std::less<>>;

// Reads `text` into `variables`, over what is there. A value's variables are taken from `lookup` first, then from
// `variables` (so from the lines above and the files before). A key without = takes its value from `lookup` and is left
// out when that has none. Malformed lines are faults with their position in `file_name`; the others are still read.
// Source: Compose Specification, "Env_file format", as docker compose 2.40 reads it.
void read_env_file(std::string_view text, std::string_view file_name, const Lookup& lookup, Variables& variables,
                   yaml::Findings& findings, EnvFileFormat format = EnvFileFormat::kDotEnv);

}  // namespace berth::compose
