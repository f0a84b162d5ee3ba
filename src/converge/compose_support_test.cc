// docs/compose-support.md, made of tests: every attribute of the Compose Specification's schema is taken out of a
// sample that has it, and what Berth would then do is compared. BERTH_UPDATE_GOLDEN writes the page.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/strings.h"
#include "compose/api_socket.h"
#include "compose/load.h"
#include "compose/models.h"
#include "compose/schema.h"
#include "converge/buildx_command.h"
#include "converge/hooks.h"
#include "converge/images.h"
#include "converge/labels.h"
#include "converge/pretend_engine_test.h"
#include "engine/json.h"
#include "yaml/emit.h"
#include "yaml/parse.h"

namespace berth::converge {
namespace {

const Path kSource = BERTH_SOURCE_DIR;
const Path kSamples = kSource / "test/golden/compose-support";

using Steps = std::vector<std::string>;  // "services", "*", "ports", "[]", "target"

// --- The schema's attributes.

class Schema {
 public:
  Schema() : schema_(parse_json(read_file(kSource / "src/compose/compose-spec.json"))) { walk(schema_, {}); }

  const std::vector<Steps>& attributes() const { return attributes_; }

 private:
  const json::value& resolved(const json::value& rule) const {
    const std::string reference = text_of(rule, "$ref");
    if (reference.empty()) return rule;
    const json::object* definitions = find_object(schema_, "$defs");
    return resolved(*definitions->if_contains(reference.substr(reference.rfind('/') + 1)));
  }

  void walk(const json::value& given, const Steps& path) {
    const json::value& rule = resolved(given);
    if (!rule.is_object()) return;
    for (const char* choice : {"oneOf", "anyOf"}) {
      const json::array* branches = find_array(rule, choice);
      for (std::size_t i = 0; branches != nullptr && i < branches->size(); ++i) walk((*branches)[i], path);
    }
    if (const json::object* properties = find_object(rule, "properties")) {
      for (const auto& [name, value] : *properties) {
        if (seen_.insert(join(path, ".") + "." + std::string(name)).second) attributes_.push_back(below(path, name));
        walk(value, below(path, name));
      }
    }
    if (const json::object* patterns = find_object(rule, "patternProperties")) {
      for (const auto& [pattern, value] : *patterns) {
        if (pattern != "^x-") walk(value, below(path, "*"));
      }
    }
    if (const json::value* items = find(rule, "items")) walk(*items, below(path, "[]"));
    if (const json::value* others = find(rule, "additionalProperties")) walk(*others, below(path, "*"));
  }

  static Steps below(Steps path, std::string_view step) {
    path.emplace_back(step);
    return path;
  }

  const json::value schema_;
  std::vector<Steps> attributes_;
  std::set<std::string> seen_;
};

// --- Files with and without an attribute.

yaml::Node parsed(const std::string& text) {
  const auto result = yaml::parse(text, "sample");
  EXPECT_TRUE(result.ok()) << yaml::to_text(result.faults);
  return result.documents.at(0);
}

constexpr std::string_view kBase = R"(
services:
  s: {image: 'i:1'}
  other: {image: 'i:1'}
networks: {n: {ipam: {config: [{subnet: 10.9.0.0/16}]}}}
volumes: {v: {}}
secrets: {k: {file: /app/k}}
configs: {c: {content: text}}
models: {m: {model: ai/m}}
)";
const std::map<std::string, std::string> kNames = {{"services", "s"}, {"networks", "n"}, {"volumes", "v"},
                                                   {"secrets", "k"},  {"configs", "c"},  {"models", "m"}};

// A whole file in which the attribute of the sample is set: "services.*.ports" and all below it.
yaml::Node file_with(const yaml::Node& samples, const Steps& path) {
  yaml::Node file = parsed(std::string(kBase));
  const std::string& section = path.at(0);
  yaml::Node* object = file.find_for_edit(section)->find_for_edit(kNames.at(section));
  if (section == "services") {
    const yaml::Node* sample = samples.find_path({section, path.at(2)});
    if (sample != nullptr) object->edit_entries().insert_or_assign(path.at(2), *sample);
    if (path.at(2) == "build" || path.at(2) == "develop") {
      object->edit_entries().insert("build", *samples.find_path({"services", "build"}));
    }
    return file;
  }
  for (const auto& entry : samples.find(section)->entries())
    object->edit_entries().insert_or_assign(entry.key, entry.value);
  yaml::Node* user = file.find_for_edit("services")->find_for_edit("s");
  const std::string name = kNames.at(section);
  if (section == "volumes") user->edit_entries().insert("volumes", parsed("['v:/v']"));
  if (section != "volumes") user->edit_entries().insert(section, parsed("[" + name + "]"));
  return file;
}

// Takes what the path leads to out of the node; false when there is no such thing.
bool take_out(yaml::Node& node, const Steps& path, std::size_t step = 0) {
  const std::string& name = path.at(step);
  if (name == "[]") {
    if (!node.is_sequence()) return false;
    auto& items = node.edit_items();
    return std::any_of(items.begin(), items.end(), [&](yaml::Node& item) { return take_out(item, path, step + 1); });
  }
  if (!node.is_mapping()) return false;
  if (step + 1 == path.size()) return node.edit_entries().erase(name);
  if (name != "*") {
    yaml::Node* next = node.find_for_edit(name);
    return next != nullptr && take_out(*next, path, step + 1);
  }
  auto& entries = node.edit_entries();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (take_out(entries.value_at(i), path, step + 1)) return true;
  }
  return false;
}

compose::Loaded loaded(const yaml::Node& file) {
  compose::LoadOptions options;
  options.project_name = "shop";
  options.current_dir = "/app";
  options.files = {"compose.yaml"};
  options.profiles = {};
  return compose::load(options,
                       compose::MemoryReader({{"/app/compose.yaml", yaml::to_yaml(file)},
                                              {"/app/env", "FROM='file'"},
                                              {"/app/labels", "from=file"},
                                              {"/app/k", "secret"},
                                              {"/app/more.yaml", "services: {other: {image: 'i:1', tty: true}}"}}));
}

// --- What Berth would do, as text.

void append(const Plan& plan, std::string& effect) {
  effect += text(plan);
  for (const Operation& operation : plan.operations) {
    const Action& action = operation.action;
    if (const auto* create = std::get_if<CreateContainer>(&action)) {
      engine::ContainerCreate request = create->request;
      for (const char* label : {label::kConfigHash, label::kFields}) request.config.labels.erase(label);
      effect += engine::container_create_body(request, engine::kNewestApi);
      for (const LateVariable& late : create->variables) effect += late.name;
    }
    if (const auto* create = std::get_if<CreateNetwork>(&action)) {
      engine::NetworkCreate request = create->request;
      request.labels.erase(label::kConfigHash);
      effect += engine::network_create_body(request, engine::kNewestApi);
    }
    if (const auto* create = std::get_if<CreateVolume>(&action)) {
      engine::VolumeCreate request = create->request;
      request.labels.erase(label::kConfigHash);
      effect += engine::encode(request);
    }
    if (const auto* copy = std::get_if<CopyFiles>(&action)) {
      for (const auto& file : copy->files) {
        effect +=
            file.path + file.content + std::to_string(file.mode) + std::to_string(file.uid) + std::to_string(file.gid);
      }
    }
    if (const auto* hook = std::get_if<RunHook>(&action)) {
      effect += engine::exec_create_body(exec_of(hook->hook), engine::kNewestApi);
    }
    if (const auto* pull = std::get_if<PullImage>(&action)) effect += pull->platform;
    if (const auto* build = std::get_if<BuildImage>(&action); build != nullptr && build->buildx) {
      effect += join(build->buildx->arguments, "\n") + build->buildx->dockerfile;
    }
  }
}

// From nothing to all that runs, an update, a rollback and the end.
std::string effect_of(compose::Project project) {
  compose::write_out_models(project);
  compose::write_out_api_socket(project, "/var/run/docker.sock", "{}");
  std::string effect;
  const ImageOptions images{.builder = Builder::kBuildx};
  append(plan_images(project, State(), images, {}), effect);
  State state = testing::engine_with({"i:1", "i:2", "i:3", "shop-s"});
  append(plan_images(project, state, images, {}), effect);
  append(plan_build(project, {.builder = Builder::kBuildx}), effect);
  const Plan first = reconcile(project, state);
  append(first, effect);
  state = testing::after(std::move(state), first);
  compose::Project next = project;
  if (const auto changed = next.services.find("s"); changed != next.services.end()) {
    changed->second.image = "i:3";
    changed->second.tree.edit_entries().insert_or_assign("image", yaml::Node::string("i:3"));
  }
  append(reconcile(next, state), effect);
  append(reconcile(next, state, {.rolling_back = true}), effect);
  append(plan_restart(project, state, {.services = {"other"}}), effect);
  append(plan_stop(project, state), effect);
  return effect;
}

// --- The page.

// Whether the dotted path of a diagnostic, with names in it, is this attribute or has it below.
bool is_about(const yaml::Diagnostic& diagnostic, const Steps& path) {
  const std::string wanted = "services.s." + path.at(2);
  if (diagnostic.path == wanted) return true;
  return path.size() > 3 && diagnostic.path == wanted + "." + path.at(3);
}

struct Verdict {
  std::string word;
  std::string why;
};

class Page {
 public:
  Page() : samples_(parsed(read_file(kSamples / "samples.yaml"))) {
    for (const std::string& line : split(read_file(kSamples / "shown.txt"), '\n')) {
      const auto [attribute, tests] = cut(line, ' ');
      if (!line.empty() && line[0] != '#') shown_[std::string(attribute)] = std::string(tests.value_or(""));
    }
  }

  Verdict verdict(const Steps& path) {
    if (const auto noted = note_of(path)) return *noted;
    if (path.size() < 3) return {"honoured", "with what is below it"};
    const yaml::Node file = file_with(samples_, path);
    yaml::Node without = file;
    if (!take_out(without, path)) return {"", "no sample has it"};
    const compose::Loaded full = loaded(file);
    if (!full.ok()) return {"", yaml::to_text(full.errors)};
    if (path.at(0) == "services") {
      for (const yaml::Diagnostic& d : full.project->unsupported) {
        if (is_about(d, path)) return {"refused", d.message};
      }
      for (const yaml::Diagnostic& d : full.project->without_effect) {
        if (is_about(d, path)) return {"no effect", d.message};
      }
    }
    const compose::Loaded rest = loaded(without);
    if (!rest.ok()) return {"honoured", "has to be there"};
    try {
      if (effect_of(*full.project) != effect_of(*rest.project)) return {"honoured", "in what the engine is asked for"};
    } catch (const Error& e) {
      return {"", e.message()};
    }
    return {"", "nothing shows that it is acted on"};
  }

  const std::map<std::string, std::string>& shown() const { return shown_; }

 private:
  // What shown.txt says of it, or of the nearest that it is below.
  std::optional<Verdict> note_of(Steps path) const {
    for (; !path.empty(); path.pop_back()) {
      const auto found = shown_.find(join(path, "."));
      if (found == shown_.end()) continue;
      const auto [word, rest] = cut(found->second, ':');
      if (!rest) return Verdict{"honoured", found->second};
      return Verdict{std::string(word), std::string(trim(*rest))};
    }
    return std::nullopt;
  }

  const yaml::Node samples_;
  std::map<std::string, std::string> shown_;
};

constexpr std::string_view kHead = R"(# What Berth does with each attribute of the Compose Specification

Made by a test (`src/converge/compose_support_test.cc`; `BERTH_UPDATE_GOLDEN=1 converge_test --gtest_filter='ComposeSupport.*'` writes
it anew), which fails when this page is not what the program does. *Honoured* is what changes the plan and the requests to the engine when it is
taken out of a file, or what the named tests show. *Refused* comes with its reason and, when a file is read, with its place. *Engine's
limit*: an engine cannot do it, or only newer ones can.

)";

std::string page_of(const std::vector<Steps>& attributes, Page& page) {
  std::string text(kHead);
  text += "| attribute | | shown by, or reason |\n|---|---|---|\n";
  for (const Steps& path : attributes) {
    const Verdict verdict = page.verdict(path);
    EXPECT_NE(verdict.word, "") << join(path, ".") << ": " << verdict.why;
    text += "| `" + join(path, ".") + "` | " + verdict.word + " | " + verdict.why + " |\n";
  }
  return text;
}

TEST(ComposeSupport, ThePageSaysWhatTheProgramDoes) {
  Page page;
  const std::string text = page_of(Schema().attributes(), page);
  const Path path = kSource / "docs/compose-support.md";
  if (std::getenv("BERTH_UPDATE_GOLDEN") != nullptr) write_file(path, text);
  EXPECT_EQ(read_file(path), text) << "BERTH_UPDATE_GOLDEN=1 writes it anew";
}

// Names of all tests in the tree: "Suite.Name".
std::set<std::string> tests_of_the_tree() {
  std::set<std::string> names;
  for (const char* folder : {"src", "test"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(kSource / folder)) {
      if (!entry.path().string().ends_with("_test.cc")) continue;
      for (const std::string& line : split(read_file(entry.path()), '\n')) {
        const auto [macro, rest] = cut(line, '(');
        if (!macro.starts_with("TEST") || !rest) continue;
        const auto [suite, name] = cut(rest->substr(0, rest->find(')')), ',');
        if (name) names.insert(std::string(suite) + "." + std::string(trim(*name)));
      }
    }
  }
  return names;
}

TEST(ComposeSupport, TheTestsThatThePageNamesAreThere) {
  const std::set<std::string> known = tests_of_the_tree();
  const Page page;
  for (const auto& [attribute, note] : page.shown()) {
    if (note.find(':') != std::string::npos) continue;
    for (const std::string& name : split(note, ' ')) EXPECT_TRUE(known.contains(name)) << attribute << ": " << name;
  }
}

}  // namespace
}  // namespace berth::converge
