#include "compose/canonical_volume.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/strings.h"
#include "compose/file_path.h"

namespace berth::compose {
namespace {

using yaml::Mapping;
using yaml::Node;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_propagation(std::string_view option) {
  constexpr std::array<std::string_view, 6> kNames = {"rprivate", "private", "rshared", "shared", "rslave", "slave"};
  return std::find(kNames.begin(), kNames.end(), option) != kNames.end();
}

bool is_file_path(std::string_view source) {
  if (source.empty()) return false;
  if (source[0] == '.' || source[0] == '/' || source[0] == '~') return true;
  if (source.substr(0, 2) == "\\\\") return true;  // a pipe of Windows
  return source.size() > 1 && is_letter(source[0]) && source[1] == ':';
}

// Sections between colons; those of ${...} and of a drive letter (C:\x) do not count.
std::vector<std::string> sections_of(std::string_view spec) {
  std::vector<std::string> sections(1);
  int braces = 0;
  for (std::size_t i = 0; i < spec.size(); ++i) {
    const char c = spec[i];
    std::string& section = sections.back();
    if (c == '$' && i + 1 < spec.size() && spec[i + 1] == '{') ++braces;
    if (c == '}' && braces > 0) --braces;
    const bool is_drive = section.size() == 1 && is_letter(section[0]);
    if (c == ':' && braces == 0 && !is_drive) {
      sections.emplace_back();
    } else {
      section += c;
    }
  }
  return sections;
}

void read_options(std::string_view options, Mount& mount) {
  for (const std::string& option : split(options, ',')) {
    if (option == "ro" || option == "rw") mount.read_only = option == "ro";
    if (option == "nocopy") mount.nocopy = true;
    if (option == "z" || option == "Z") mount.selinux = option;
    if (is_propagation(option)) mount.propagation = option;
  }
}

}  // namespace

std::optional<std::string> parse_short_volume(std::string_view spec, Mount& mount) {
  if (spec.empty()) return "invalid empty volume spec";
  if (spec.size() <= 2) {
    mount.target = spec;
    return std::nullopt;
  }
  const std::vector<std::string> sections = sections_of(spec);
  const auto malformed = [&](std::string_view why) {
    return "invalid spec: " + std::string(spec) + ": " + std::string(why);
  };
  const auto is_empty = [](const std::string& section) { return section.empty(); };
  if (std::any_of(sections.begin(), sections.end(), is_empty)) return malformed("empty section between colons");
  if (sections.size() > 3) return malformed("too many colons");
  if (sections.size() == 1) {
    mount.target = sections[0];
  } else {
    mount.source = sections[0];
    mount.target = sections[1];
  }
  if (sections.size() == 3) read_options(sections[2], mount);
  mount.kind = is_file_path(mount.source) ? MountKind::kBind : MountKind::kVolume;
  mount.create_host_path = mount.kind == MountKind::kBind;
  return std::nullopt;
}

std::optional<Node> long_volume(const Node& spec, std::string& problem) {
  Mount mount;
  if (auto wrong = parse_short_volume(spec.text(), mount)) {
    problem = std::move(*wrong);
    return std::nullopt;
  }
  const yaml::Position position = spec.position();
  const auto text = [&](std::string value) { return Node::string(std::move(value), position); };
  const bool is_bind = mount.kind == MountKind::kBind;
  Mapping entries;
  entries.insert("type", text(is_bind ? "bind" : "volume"));
  if (!mount.source.empty()) entries.insert("source", text(mount.source));
  if (!mount.target.empty()) entries.insert("target", text(clean_path(mount.target)));
  if (mount.read_only) entries.insert("read_only", Node::boolean(true, position));
  if (is_bind || !mount.selinux.empty() || !mount.propagation.empty()) {
    Mapping bind;
    if (!mount.selinux.empty()) bind.insert("selinux", text(mount.selinux));
    if (!mount.propagation.empty()) bind.insert("propagation", text(mount.propagation));
    // The short form of old made the folder; it still does.
    if (is_bind) bind.insert("create_host_path", Node::boolean(true, position));
    entries.insert("bind", Node::mapping(std::move(bind), position));
  }
  if (mount.nocopy || (!is_bind && spec.text().size() > 2)) {
    Mapping volume;
    if (mount.nocopy) volume.insert("nocopy", Node::boolean(true, position));
    entries.insert("volume", Node::mapping(std::move(volume), position));
  }
  return Node::mapping(std::move(entries), position);
}

}  // namespace berth::compose
