// Any two texts may be the files of a project: they load or every fault is told, and the canonical text of what they
// come to loads again as the same.
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/strings.h"
#include "compose/config.h"
#include "compose/load.h"

using namespace berth;

namespace {

compose::Loaded load(const std::map<std::string, std::string>& files) {
  compose::LoadOptions options;
  options.current_dir = "/shop";
  options.project_name = "shop";
  options.check_consistency = false;
  options.resolve_environment = false;
  for (const auto& [name, text] : files) options.files.push_back(name);
  return compose::load(options, compose::MemoryReader(files));
}

// Names of services and networks that no file can have.
bool is_impossible(std::string_view name) {
  constexpr std::string_view kInNames = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  return name.empty() || name.find_first_not_of(kInNames) != std::string_view::npos;
}

// Whether a link, and so a dependency, or a list of networks names such a one (only the check for consistency, which is
// left out here, says so), or an id of ssh has a '=', which is printed as "id=path".
bool names_the_impossible(const compose::Project& project) {
  for (const auto* services : {&project.services, &project.disabled_services}) {
    for (const auto& [name, service] : *services) {
      for (const auto& [other, dependency] : service.depends_on) {
        if (is_impossible(other)) return true;
      }
      for (const auto& [network, attachment] : service.networks) {
        if (is_impossible(network)) return true;
      }
      if (!service.build) continue;
      for (const auto& [id, path] : service.build->ssh) {
        if (id.find('=') != std::string::npos) return true;
      }
    }
  }
  return false;
}

// Variables without a name, "environment: [$UNSET]" or "args: [=1]": docker compose prints them as '"": null' and does
// not read that either.
bool has_empty_key(std::string_view canonical) { return canonical.find("\"\":") != std::string_view::npos; }

// -0.0 is printed as -0, as docker compose does, and read as the integer 0.
bool has_negative_zero(std::string_view canonical) { return canonical.find(" -0\n") != std::string_view::npos; }

// `config` doubles every '$', as docker compose does, also in keys, which are not interpolated when they are read.
bool has_dollar_in_a_key(std::string_view canonical) {
  for (const std::string& line : split(canonical, '\n')) {
    const auto dollar = line.find('$');
    if (dollar == std::string::npos) continue;
    // "key$: value", or "? key$" where the key is a long one.
    if (trim(line).starts_with("? ") || line.find(':', dollar) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::string_view kBetween = "\n%%%\n";
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto end = text.find(kBetween);
  if (end == std::string::npos) return 0;
  compose::Loaded merged;
  try {
    merged = load({{"/shop/a.yaml", text.substr(0, end)}, {"/shop/b.yaml", text.substr(end + kBetween.size())}});
  } catch (const Error&) {
    return 0;  // a file that includes others which are not there
  }
  if (!merged.ok()) {
    if (yaml::to_text(merged.errors).empty()) std::abort();
    return 0;
  }
  if (names_the_impossible(*merged.project)) return 0;
  const std::string canonical = compose::config_yaml(*merged.project);
  if (has_dollar_in_a_key(canonical) || has_empty_key(canonical) || has_negative_zero(canonical)) return 0;
  const compose::Loaded again = load({{"/shop/a.yaml", canonical}});
  if (!again.ok()) {
    std::cerr << canonical << "\n" << yaml::to_text(again.errors);
    std::abort();
  }
  if (compose::config_yaml(*again.project) != canonical) {
    std::cerr << canonical << "\n---\n" << compose::config_yaml(*again.project);
    std::abort();
  }
  return 0;
}
