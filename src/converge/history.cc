#include "converge/history.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "base/units.h"
#include "compose/config.h"
#include "compose/file_contents.h"
#include "compose/hash.h"
#include "compose/load.h"
#include "converge/granted_files.h"

namespace berth::converge {

namespace {

constexpr std::size_t kKept = 10;
constexpr mode_t kPrivate = 0600;
constexpr mode_t kPrivateFolder = 0700;

constexpr std::array<std::pair<Release::Result, std::string_view>, 3> kResults = {{
    {Release::Result::kConverged, "converged"},
    {Release::Result::kFailed, "failed"},
    {Release::Result::kRolledBack, "rolled back"},
}};

// JSON holds texts, contents may be any bytes.
std::string to_hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text;
}

std::string from_hex(std::string_view text) {
  const auto value = [](char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10) & 15U; };
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes += static_cast<char>((value(text[i]) << 4U) | value(text[i + 1]));
  }
  return bytes;
}

json::array array_of(const std::vector<std::string>& texts) {
  json::array array;
  for (const std::string& text : texts) array.push_back(json::string(text));
  return array;
}

json::object object_of(const std::map<std::string, std::string>& texts) {
  json::object object;
  for (const auto& [key, text] : texts) object[key] = text;
  return object;
}

std::string text_of_release(const Release& release) {
  json::object contents;
  for (const auto& [key, bytes] : release.contents) contents[key] = to_hex(bytes);
  json::object object{{"number", release.number},
                      {"applied_at", format_time(release.applied_at)},
                      {"result", name_of(release.result)},
                      {"services", array_of(release.services)},
                      {"image_ids", object_of(release.image_ids)},
                      {"working_dir", release.working_dir},
                      {"compose_files", array_of(release.compose_files)},
                      {"contents", std::move(contents)},
                      {"model", release.model}};
  if (release.returns_to) object["returns_to"] = *release.returns_to;
  return format_json(object, 2) + "\n";
}

std::optional<Release> parse_release(std::string_view text) {
  try {
    const json::value value = parse_json(text);
    Release release;
    release.number = static_cast<int>(integer_of(value, "number"));
    if (const auto time = parse_time(berth::text_of(value, "applied_at"))) release.applied_at = *time;
    for (const auto& [result, name] : kResults) {
      if (name == berth::text_of(value, "result")) release.result = result;
    }
    release.services = texts_of(value, "services");
    if (find(value, "returns_to") != nullptr) release.returns_to = static_cast<int>(integer_of(value, "returns_to"));
    for (auto& [key, id] : pairs_of(value, "image_ids")) release.image_ids[key] = id;
    for (auto& [key, hex] : pairs_of(value, "contents")) release.contents[key] = from_hex(hex);
    release.working_dir = berth::text_of(value, "working_dir");
    release.compose_files = texts_of(value, "compose_files");
    release.model = berth::text_of(value, "model");
    if (release.number > 0 && !release.model.empty()) return release;
  } catch (const Error&) {
    // Not one of ours.
  }
  return std::nullopt;
}

void give_contents(const Release& release, const std::string& section, compose::ByName<compose::FileObject>& objects) {
  for (auto& [key, object] : objects) {
    const auto found = release.contents.find(section + "." + key);
    const bool same = found != release.contents.end() && object.content == found->second;
    if (found == release.contents.end() || same) continue;
    object.content = found->second;
    object.file.clear();
  }
}

void take_contents(const compose::ByName<compose::FileObject>& objects, const std::string& section, Release& release) {
  for (const auto& [key, object] : objects) {
    if (object.content) release.contents[section + "." + key] = *object.content;
  }
}

}  // namespace

bool Release::is_like(const Release& other) const {
  return model == other.model && contents == other.contents && image_ids == other.image_ids;
}

std::string_view name_of(Release::Result result) {
  for (const auto& [known, name] : kResults) {
    if (known == result) return name;
  }
  return {};
}

Release release_of(const compose::Project& project) {
  Release release;
  release.model = compose::config_yaml(project);
  release.working_dir = project.working_dir;
  release.compose_files = project.compose_files;
  take_contents(project.secrets, "secrets", release);
  take_contents(project.configs, "configs", release);
  return release;
}

compose::Project project_of(const Release& release, const compose::FileReader& files, bool ship) {
  // What a model refers to besides is in it; label_file, which it repeats, may be gone.
  const std::string path = "/release.yaml";
  compose::LoadOptions options;
  options.files = {path};
  options.current_dir = "/";
  options.profiles = {"*"};
  std::vector<yaml::Diagnostic> warnings;
  const std::map<std::string, std::string> files_of_model = {{path, release.model}};
  const compose::MemoryReader reader(files_of_model);
  compose::Project project = compose::load_or_throw(options, reader, warnings);
  project.working_dir = release.working_dir;
  project.compose_files = release.compose_files;
  compose::read_file_contents(project, files, ship);
  give_contents(release, "secrets", project.secrets);
  give_contents(release, "configs", project.configs);
  return project;
}

std::vector<std::string> changed_services(const Release& before, const Release& after) {
  const auto states_of = [](const Release& release) {
    std::map<std::string, std::string> states;
    const compose::Project project = project_of(release, compose::MemoryReader(), false);
    for (const auto& [name, service] : project.services) {
      const auto image = release.image_ids.find(project.image_of(service));
      states[name] = compose::service_hash(service) + granted_files(project, service) + " " +
                     (image == release.image_ids.end() ? "" : image->second) + " " + std::to_string(service.replicas());
    }
    return states;
  };
  const auto old_states = states_of(before);
  auto states = states_of(after);
  std::vector<std::string> changed;
  for (const auto& [name, state] : old_states) {
    const auto found = states.find(name);
    if (found == states.end() || found->second != state) changed.push_back(name);
    if (found != states.end()) states.erase(found);
  }
  for (const auto& [name, state] : states) changed.push_back(name);
  std::sort(changed.begin(), changed.end());
  return changed;
}

History::History(const Path& folder, std::string_view engine_host, std::string_view project) {
  constexpr std::size_t kDigits = 8;
  folder_ = folder / (std::string(project) + "-" + sha256_hex(engine_host).substr(0, kDigits));
}

std::vector<Release> History::list() const {
  std::vector<Release> releases;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
    if (entry.path().extension() != ".json") continue;
    const auto text = read_file_if_exists(entry.path());
    if (!text) continue;
    if (auto release = parse_release(*text)) releases.push_back(std::move(*release));
  }
  std::sort(releases.begin(), releases.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
  return releases;
}

int History::add(Release release) {
  make_folder(folder_, kPrivateFolder);
  const FileLock lock = FileLock::wait_for(Context(), folder_ / "lock");
  const std::vector<Release> releases = list();
  if (!releases.empty()) {
    const Release& last = releases.back();
    if (last.is_like(release) && last.result == release.result && last.returns_to == release.returns_to) {
      return last.number;
    }
    release.number = last.number;
  }
  ++release.number;
  const auto file_of = [&](int number) { return folder_ / (std::to_string(number) + ".json"); };
  write_file(file_of(release.number), text_of_release(release), kPrivate);
  for (std::size_t i = 0; i + kKept <= releases.size(); ++i) remove_tree(file_of(releases[i].number));
  return release.number;
}

const Release* release_before(const std::vector<Release>& releases) {
  if (releases.empty()) return nullptr;
  const Release& last = releases.back();
  const int number = last.returns_to.value_or(last.number);
  for (auto release = releases.rbegin(); release != releases.rend(); ++release) {
    if (release->number >= number || release->result != Release::Result::kConverged) continue;
    if (last.result == Release::Result::kConverged && release->is_like(last)) continue;
    return &*release;
  }
  return nullptr;
}

}  // namespace berth::converge
