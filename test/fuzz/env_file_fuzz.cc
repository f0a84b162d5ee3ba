// Any text may be an env file; what is read from it has names, and faults have places.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "compose/env_file.h"

using namespace berth;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const compose::Lookup lookup = [](std::string_view name) -> std::optional<std::string> {
    if (name.starts_with('S')) return "set";
    return std::nullopt;
  };
  for (const auto format : {compose::EnvFileFormat::kDotEnv, compose::EnvFileFormat::kRaw}) {
    compose::Variables variables;
    yaml::Findings findings;
    compose::read_env_file(text, ".env", lookup, variables, findings, format);
    if (variables.contains("")) std::abort();
    for (const auto& fault : findings.faults) {
      if (!fault.position.known()) std::abort();
    }
  }
  return 0;
}
