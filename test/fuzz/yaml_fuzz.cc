// Any text may be given to the YAML reader; what it accepts is printed as YAML that reads back as the same value.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "yaml/emit.h"
#include "yaml/parse.h"

using namespace berth;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const yaml::ParseLimits limits{.depth = 60, .nodes = 20'000};
  const auto first = yaml::parse({reinterpret_cast<const char*>(data), size}, "fuzz.yaml", limits);
  if (!first.ok()) {
    if (yaml::to_text(first.faults).empty()) std::abort();
    return 0;
  }
  for (const auto& document : first.documents) {
    yaml::to_json(document, 2);
    const auto second = yaml::parse(yaml::to_yaml(document), "again.yaml", {.depth = 200});
    if (!second.ok() || second.documents.size() != 1) std::abort();
    if (!yaml::same_value(document, second.documents[0])) std::abort();
  }
  return 0;
}
