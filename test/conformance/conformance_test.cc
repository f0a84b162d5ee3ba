// Real compose files and what docker compose 2.40.3 says about them, case by case and question by question ("kind").
// known-differences.txt lists, with the reason, where Berth answers otherwise. The test fails when any other answer
// differs, and when a listed one no longer does.
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/environment.h"
#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/strings.h"
#include "compose/config.h"
#include "compose/hash.h"
#include "compose/interpolate.h"
#include "compose/load.h"

namespace berth::compose {
namespace {

const std::string kFolder = BERTH_SOURCE_DIR "/test/conformance";
// CONFORMANCE_CORPUS names another corpus of the same form, CONFORMANCE_CASE a part of the ids to look at.
const std::string kCorpus = Environment::of_process().get_or("CONFORMANCE_CORPUS", kFolder + "/config");

struct Answer {
  bool refused = false;
  std::string text;
};

std::string lines(const std::vector<std::string>& list) { return join(list, "\n"); }

std::string hashes(const Project& project) {
  std::string text;
  for (const auto& [name, service] : project.services) text += name + " " + service_hash(service) + "\n";
  return text;
}

std::string variables_json(const yaml::Node& model) {
  json::object all;
  for (const Variable& variable : variables_of(model)) {
    all[variable.name] = {{"Name", variable.name},
                          {"DefaultValue", variable.default_value},
                          {"PresenceValue", variable.alternate_value},
                          {"Required", variable.required}};
  }
  return json::serialize(all);
}

class Case {
 public:
  explicit Case(const json::value& value) : folder_(kCorpus + "/" + text_of(value, "cwd")) {
    options_.current_dir = folder_;
    const std::vector<std::string> arguments = texts_of(value, "args");
    for (std::size_t i = 0; i + 1 < arguments.size(); i += 2) take(arguments[i], arguments[i + 1]);
    options_.environment = Environment({{"HOME", "/nonexistent/home"},
                                        {"USER", "heldout"},
                                        {"PATH", "/usr/bin:/bin"},
                                        {"FOO", "foo"},
                                        {"BAR", "bar"},
                                        {"DOCKER_HOST", "unix:///nonexistent/docker.sock"},
                                        {"TERM", "dumb"},
                                        {"LC_ALL", "C.UTF-8"},
                                        {"PWD", folder_}});
  }

  Answer ask(const std::string& kind) const {
    try {
      return {false, answer(kind)};
    } catch (const Error& e) {
      return {true, e.message()};
    }
  }

 private:
  void take(const std::string& flag, const std::string& value) {
    if (flag == "-f") options_.files.push_back(value);
    if (flag == "-p") options_.project_name = value;
    if (flag == "--profile") options_.profiles.push_back(value);
    if (flag == "--env-file") options_.env_files.push_back(value);
    if (flag == "--project-directory") options_.project_dir = value;
  }

  std::string answer(const std::string& kind) const {
    LoadOptions options = options_;
    options.discard_label_files = true;
    if (kind == "no-interp" || kind == "variables") return answer_without_interpolation(kind, options);
    if (kind == "profiles*") options.profiles = {"*"};
    if (kind == "no-check") options.check_consistency = false;
    const bool prints_all = kind == "json" || kind == "yaml" || kind == "profiles*" || kind == "no-check";
    options.resolve_environment = prints_all;
    options.apply_default_platform = kind == "hash";
    std::vector<yaml::Diagnostic> warnings;
    const Project project = load_or_throw(options, DiskReader(), warnings).without_unused_resources();
    if (prints_all && kind != "no-check" && !project.container_name_conflicts().empty()) {
      throw yaml::to_error(project.container_name_conflicts());
    }
    if (kind == "yaml") return config_yaml(project);
    if (prints_all) return config_json(project);
    if (kind == "services") return lines(service_names(project));
    if (kind == "images") return lines(image_names(project));
    if (kind == "volumes") return lines(volume_keys(project));
    if (kind == "networks") return lines(network_keys(project));
    if (kind == "profiles") return lines(profile_names(project));
    if (kind == "hash") return hashes(project);
    throw Error(Kind::kInternal, "unknown kind " + kind);
  }

  static std::string answer_without_interpolation(const std::string& kind, LoadOptions& options) {
    options.interpolate = false;
    const Loaded loaded = load(options, DiskReader());
    if (!loaded.ok()) throw yaml::to_error(loaded.errors);
    return kind == "variables" ? variables_json(loaded.model) : model_json(loaded.model);
  }

  std::string folder_;
  LoadOptions options_;
};

bool is_json(const std::string& kind) {
  return kind == "json" || kind == "profiles*" || kind == "no-check" || kind == "no-interp" || kind == "variables";
}

std::string sorted_lines(const std::string& text) {
  std::vector<std::string> list = split(text, '\n');
  std::erase(list, "");
  std::sort(list.begin(), list.end());
  return join(list, "\n");
}

// Empty when both say the same; else where they part.
std::string difference(const json::value& ours, const json::value& theirs, const std::string& path) {
  if (ours.is_object() && theirs.is_object()) {
    std::set<std::string> keys;
    for (const auto& [key, value] : ours.get_object()) keys.emplace(key);
    for (const auto& [key, value] : theirs.get_object()) keys.emplace(key);
    for (const std::string& key : keys) {
      const json::value* mine = find(ours, key);
      const json::value* other = find(theirs, key);
      if (mine == nullptr) return path + "." + key + ": missing, expected " + json::serialize(*other);
      if (other == nullptr) return path + "." + key + ": not expected, is " + json::serialize(*mine);
      if (auto below = difference(*mine, *other, path + "." + key); !below.empty()) return below;
    }
    return {};
  }
  if (ours == theirs) return {};
  return path + ": is " + json::serialize(ours) + ", expected " + json::serialize(theirs);
}

std::string difference(const std::string& kind, const Answer& ours, const json::value& expected) {
  const bool is_refused = integer_of(expected, "rc") != 0;
  const std::string theirs = replace_all(text_of(expected, "out"), "@CORPUS@", kCorpus);
  if (is_refused && !ours.refused) return "accepted, expected refusal: " + text_of(expected, "err");
  if (is_refused) return {};
  if (ours.refused) return "refused: " + ours.text;
  if (is_json(kind)) return difference(parse_json(ours.text), parse_json(theirs), "");
  if (kind == "yaml") return ours.text == theirs ? "" : "is:\n" + ours.text + "expected:\n" + theirs;
  if (sorted_lines(ours.text) == sorted_lines(theirs)) return {};
  return "is: " + sorted_lines(ours.text) + " expected: " + sorted_lines(theirs);
}

// Lines "ID KIND  # reason".
std::set<std::string> known_differences() {
  std::set<std::string> known;
  const auto list = read_file_if_exists(kCorpus + "/../known-differences.txt");
  for (const std::string& line : split(list.value_or(""), '\n')) {
    const std::string entry(trim(cut(line, '#').first));
    if (!entry.empty()) known.insert(entry);
  }
  return known;
}

TEST(Conformance, AnswersAreThoseOfDockerComposeButForTheKnownDifferences) {
  const json::value cases = parse_json(read_file(kCorpus + "/cases.json"));
  const json::value expected = parse_json(read_file(kCorpus + "/expected.json"));
  const char* only = std::getenv("CONFORMANCE_CASE");
  std::set<std::string> known = known_differences();
  std::map<std::string, std::pair<int, int>> counts;
  for (const json::value& value : cases.get_array()) {
    const std::string id = text_of(value, "id");
    if (only != nullptr && id.find(only) == std::string::npos) continue;
    const Case one(value);
    for (const std::string kind : {"json", "yaml", "profiles*", "no-interp", "no-check", "services", "images",
                                   "volumes", "networks", "profiles", "variables", "hash"}) {
      const json::value* wanted = find(expected, id + " " + kind);
      if (wanted == nullptr || wanted->is_null()) continue;
      auto& [passed, asked] = counts[kind];
      ++asked;
      const std::string wrong = difference(kind, one.ask(kind), *wanted);
      const bool is_known = known.erase(id + " " + kind) > 0;
      if (wrong.empty()) ++passed;
      if (wrong.empty() && is_known) ADD_FAILURE() << id << " " << kind << " is listed as different, but is not";
      if (!wrong.empty() && !is_known) ADD_FAILURE() << id << " " << kind << "\n" << wrong;
    }
  }
  if (only == nullptr) {
    for (const std::string& stale : known) ADD_FAILURE() << "no such case: " << stale;
  }
  for (const auto& [kind, count] : counts) {
    std::cout << "conformance " << kind << ": " << count.first << " of " << count.second << "\n";
  }
}

}  // namespace
}  // namespace berth::compose
