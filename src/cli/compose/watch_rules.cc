#include "cli/compose/watch_rules.h"

#include <algorithm>

#include "base/error.h"
#include "compose/decode.h"

namespace berth::cli {

namespace {

// What editors and version control keep for themselves; docker compose passes over the same.
constexpr const char* kEphemeral[] = {
    "**/.git", "**/.idea", "**/*___jb_tmp___", "**/*___jb_old___", "**/.#*",    "**/#*#",   "**/.*.kate-swp",
    "**/*~",   "**/4913",  "**/.*.swp",        "**/.*.swo",        "**/.*.swn", "**/.*.swx"};

// The path below `folder`, "." for itself; nothing when it is elsewhere.
std::optional<std::string> below(const Path& folder, const Path& path) {
  std::string relative = path.lexically_relative(folder).generic_string();
  if (relative.empty() || relative == ".." || relative.starts_with("../")) return std::nullopt;
  return relative;
}

bool is_ignored(const engine::IgnorePatterns& patterns, const Path& folder, const Path& path) {
  const auto relative = below(folder, path);
  return relative && *relative != "." && patterns.ignores(*relative);
}

bool is_pruned(const engine::IgnorePatterns& patterns, const Path& folder, const Path& path) {
  return is_ignored(patterns, folder, path) && !patterns.may_include_below(*below(folder, path));
}

void add_all(engine::IgnorePatterns& patterns, const yaml::Node* list) {
  if (list == nullptr) return;
  for (const yaml::Node& item : list->items()) patterns.add(item.text());
}

engine::IgnorePatterns read_dockerignore(const compose::Build& build) {
  const Path folder = build.context;
  auto text =
      build.dockerfile.empty() ? std::nullopt : read_file_if_exists(folder / (build.dockerfile + ".dockerignore"));
  if (!text) text = read_file_if_exists(folder / ".dockerignore");
  return engine::IgnorePatterns(text.value_or(""));
}

WatchAction action_of(const yaml::Node& trigger) {
  const yaml::Node* action = trigger.find("action");
  const std::string text = action == nullptr ? "" : action->text();
  if (text == "sync") return WatchAction::kSync;
  if (text == "sync+restart") return WatchAction::kSyncRestart;
  if (text == "sync+exec") return WatchAction::kSyncExec;
  if (text == "restart") return WatchAction::kRestart;
  if (text == "rebuild") return WatchAction::kRebuild;
  throw Error(Kind::kUnsupported, trigger.position().str() + ": develop.watch: Berth cannot do the action '" + text +
                                      "' yet; it has sync, sync+restart, sync+exec, restart and rebuild");
}

bool syncs(WatchAction action) {
  return action == WatchAction::kSync || action == WatchAction::kSyncRestart || action == WatchAction::kSyncExec;
}

bool is_mounted(const compose::Service& service, const Path& path) {
  return std::any_of(service.volumes.begin(), service.volumes.end(), [&](const compose::Mount& mount) {
    return mount.kind == compose::MountKind::kBind && below(mount.source, path);
  });
}

WatchRule rule_of(const compose::Service& service, const yaml::Node& trigger) {
  WatchRule rule;
  rule.service = service.name;
  rule.action = action_of(trigger);
  if (rule.action == WatchAction::kRebuild && !service.build) {
    throw Error(Kind::kInvalid, trigger.position().str() + ": can't watch service \"" + service.name +
                                    "\" with action rebuild without a build context");
  }
  if (const yaml::Node* path = trigger.find("path")) rule.path = Path(path->text()).lexically_normal();
  if (!rule.path.has_filename()) rule.path = rule.path.parent_path();
  if (rule.action == WatchAction::kSyncExec) {
    if (const yaml::Node* exec = trigger.find("exec")) rule.exec = compose::decode_hook(*exec);
    if (rule.exec.command.empty()) {
      throw Error(Kind::kInvalid, trigger.position().str() + ": can't watch service \"" + service.name +
                                      "\" with action sync+exec without a command");
    }
  }
  if (const yaml::Node* target = trigger.find("target")) rule.target = target->text();
  if (const yaml::Node* initial = trigger.find("initial_sync")) rule.initial_sync = initial->as_boolean() == true;
  for (const char* pattern : kEphemeral) rule.ignore.add(pattern);
  add_all(rule.ignore, trigger.find("ignore"));
  if (const yaml::Node* include = trigger.find("include"); include != nullptr && !include->empty()) {
    add_all(rule.include.emplace(), include);
  }
  if (service.build && service.build->context.starts_with('/')) {
    rule.context = service.build->context;
    rule.dockerignore = read_dockerignore(*service.build);
  }
  return rule;
}

}  // namespace

bool WatchRule::matches(const Path& file) const {
  const auto relative = below(path, file);
  if (!relative || is_ignored(ignore, path, file)) return false;
  if (!context.empty() && is_ignored(dockerignore, context, file)) return false;
  return !include || *relative == "." || include->ignores(*relative);
}

bool WatchRule::reaches(const Path& folder) const {
  if (!below(path, folder) || is_pruned(ignore, path, folder)) return false;
  return context.empty() || !is_pruned(dockerignore, context, folder);
}

std::string WatchRule::target_of(const Path& file) const {
  const std::string relative = file.lexically_relative(path).generic_string();
  return (relative == "." ? Path(target) : Path(target) / relative).lexically_normal().string();
}

std::vector<WatchRule> watch_rules(const compose::Project& project, std::vector<std::string>& warnings) {
  std::vector<WatchRule> rules;
  for (const auto& [name, service] : project.services) {
    const yaml::Node* watch = service.tree.find_path({"develop", "watch"});
    if (watch == nullptr) continue;
    for (const yaml::Node& trigger : watch->items()) {
      WatchRule rule = rule_of(service, trigger);
      if (syncs(rule.action) && is_mounted(service, rule.path)) {
        warnings.push_back("path '" + rule.path.string() +
                           "' also declared by a bind mount volume, this path won't be monitored!");
      } else {
        rules.push_back(std::move(rule));
      }
    }
  }
  return rules;
}

WatchWork watch_work(const std::vector<WatchRule>& rules, const std::set<Path>& changed) {
  WatchWork work;
  for (const WatchRule& rule : rules) {
    bool concerned = false;
    for (const Path& file : changed) {
      if (!rule.matches(file)) continue;
      concerned = true;
      if (syncs(rule.action)) work.sync[rule.service][rule.target_of(file)] = file;
    }
    if (!concerned) continue;
    if (rule.action == WatchAction::kRebuild) work.rebuild.insert(rule.service);
    if (rule.action == WatchAction::kRestart || rule.action == WatchAction::kSyncRestart) {
      work.restart.insert(rule.service);
    }
    if (rule.action == WatchAction::kSyncExec) work.exec.push_back(&rule);
  }
  // The image need not hold what is synced, so that is sent to the new container all the same.
  for (const std::string& service : work.rebuild) work.restart.erase(service);
  return work;
}

}  // namespace berth::cli
