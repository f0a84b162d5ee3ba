// What `compose watch` does about a changed file: develop.watch of the Compose Specification. Reads the disk only to
// find the .dockerignore files.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/files.h"
#include "compose/project.h"
#include "engine/ignore_patterns.h"

namespace berth::cli {

enum class WatchAction { kSync, kSyncRestart, kSyncExec, kRestart, kRebuild };

struct WatchRule {
  std::string service;
  WatchAction action = WatchAction::kSync;
  Path path;           // absolute: a folder with all below, or one file
  std::string target;  // in the container; empty where nothing is sent
  bool initial_sync = false;
  compose::Hook exec;             // of kSyncExec: run in the containers after the files are there
  engine::IgnorePatterns ignore;  // relative to `path`
  std::optional<engine::IgnorePatterns> include;
  Path context;                         // of the service's build, empty: none on this disk
  engine::IgnorePatterns dockerignore;  // relative to `context`

  // Whether the rule is about this file.
  bool matches(const Path& file) const;
  // Whether it may be about something below the folder, so that it has to be watched.
  bool reaches(const Path& folder) const;
  // Where the file belongs in the container.
  std::string target_of(const Path& file) const;
};

// Of the project's enabled services. What is mounted from here needs no syncing and is left out, with a word in
// `warnings`. Throws kUnsupported, with its position, for an action that Berth cannot carry out; kInvalid for a rebuild
// without a build section, a sync+exec without a command and a malformed pattern.
std::vector<WatchRule> watch_rules(const compose::Project& project, std::vector<std::string>& warnings);

// What a batch of changes asks for.
struct WatchWork {
  std::map<std::string, std::map<std::string, Path>> sync;  // by service: file by its place in the container
  std::set<std::string> restart;
  std::set<std::string> rebuild;       // these need no restart: their containers are new
  std::vector<const WatchRule*> exec;  // once each, however many files changed
};
WatchWork watch_work(const std::vector<WatchRule>& rules, const std::set<Path>& changed);

}  // namespace berth::cli
