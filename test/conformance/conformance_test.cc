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
#include "base/files.h"
#include "base/json.h"
#include "base/strings.h"
#include "conformance/corpus.h"

namespace berth::compose {
namespace {

const std::string kFolder = BERTH_SOURCE_DIR "/test/conformance";
// CONFORMANCE_CORPUS names another corpus of the same form, CONFORMANCE_CASE a part of the ids to look at.
const std::string kCorpus = Environment::of_process().get_or("CONFORMANCE_CORPUS", kFolder + "/config");

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
    const Case one(kCorpus, value);
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
