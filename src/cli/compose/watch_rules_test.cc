#include "cli/compose/watch_rules.h"

#include <gtest/gtest.h>

namespace berth::cli {
namespace {

WatchRule rule(WatchAction action, const std::string& path, const std::string& target = "") {
  WatchRule rule;
  rule.service = "web";
  rule.action = action;
  rule.path = path;
  rule.target = target;
  return rule;
}

TEST(WatchRules, AFileBelowTheFolderGoesBelowTheTarget) {
  const auto work = watch_work({rule(WatchAction::kSync, "/p/src", "/app")}, {"/p/src/a/b.js", "/p/srcs/c.js"});
  ASSERT_EQ(work.sync.at("web").size(), 1U);
  EXPECT_EQ(work.sync.at("web").at("/app/a/b.js"), "/p/src/a/b.js");
  EXPECT_TRUE(work.restart.empty());
}

TEST(WatchRules, AWatchedFileIsTheTargetItself) {
  const auto work = watch_work({rule(WatchAction::kSyncRestart, "/p/a.conf", "/etc/b.conf")}, {"/p/a.conf"});
  EXPECT_TRUE(work.sync.at("web").contains("/etc/b.conf"));
  EXPECT_TRUE(work.restart.contains("web"));
}

TEST(WatchRules, ACommandRunsOnceForManyFiles) {
  const std::vector<WatchRule> rules = {rule(WatchAction::kSyncExec, "/p/src", "/app"), rule(WatchAction::kSync, "/q")};
  const auto work = watch_work(rules, {"/p/src/a", "/p/src/b"});
  EXPECT_EQ(work.sync.at("web").size(), 2U);
  ASSERT_EQ(work.exec.size(), 1U);
  EXPECT_EQ(work.exec[0], &rules[0]);
  EXPECT_TRUE(watch_work(rules, {"/q/a"}).exec.empty());
}

TEST(WatchRules, ARebuildMakesARestartNeedless) {
  const auto work =
      watch_work({rule(WatchAction::kRebuild, "/p"), rule(WatchAction::kRestart, "/p")}, {"/p/package.json"});
  EXPECT_TRUE(work.rebuild.contains("web"));
  EXPECT_TRUE(work.restart.empty());
}

TEST(WatchRules, WhatIsIgnoredHereOrInTheBuildDoesNothing) {
  WatchRule ignoring = rule(WatchAction::kSync, "/p/src", "/app");
  ignoring.ignore.add("node_modules/");
  ignoring.context = "/p";
  ignoring.dockerignore.add("src/secret");
  EXPECT_FALSE(ignoring.matches("/p/src/node_modules/x.js"));
  EXPECT_FALSE(ignoring.reaches("/p/src/node_modules"));
  EXPECT_FALSE(ignoring.matches("/p/src/secret"));
  EXPECT_TRUE(ignoring.matches("/p/src/public"));
}

TEST(WatchRules, OnlyWhatIsIncludedCounts) {
  WatchRule including = rule(WatchAction::kSync, "/p/src", "/app");
  including.include.emplace().add("**/*.js");
  EXPECT_TRUE(including.matches("/p/src/a/b.js"));
  EXPECT_FALSE(including.matches("/p/src/a/b.css"));
  EXPECT_TRUE(including.reaches("/p/src/a"));
}

}  // namespace
}  // namespace berth::cli
