// Any text may be a template: it becomes another text or a fault, never both.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "compose/interpolate.h"

using namespace berth;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const compose::Lookup lookup = [](std::string_view name) -> std::optional<std::string> {
    if (name.starts_with('_')) return "";
    if (name.starts_with('S')) return "set";
    return std::nullopt;
  };
  yaml::Findings findings;
  const std::string expanded = compose::substitute(text, lookup, findings);
  if (!findings.faults.empty() && expanded != text) std::abort();
  if (text.find('$') == std::string::npos && expanded != text) std::abort();
  for (const auto& variable : compose::variables_of(yaml::Node::string(text))) {
    if (variable.name.empty()) std::abort();
  }
  return 0;
}
