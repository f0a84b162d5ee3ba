// What scenarios of compose begin with: a user with a folder, and an engine of either generation.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "scenario/cli.h"
#include "scenario/engines.h"

namespace berth::scenario {

// The folder of a project, on an engine of the generation. A SetUp() below asks IsSkipped() before it does more: where
// no engine can be had the test is skipped.
class WithUser : public testing::TestWithParam<Generation> {
 protected:
  UserFolder& user() { return *user_; }
  // Address of the engine.
  const std::string& host() const { return host_; }

  // Runs `berth compose WORDS`, which must succeed; its standard output.
  std::string must(std::vector<std::string> words);

  void begin(const std::string& host, const std::string& project);

 private:
  std::string host_;
  std::unique_ptr<UserFolder> user_;
};

// On the engine that all tests of the program share.
class OnEngine : public WithUser {
 protected:
  explicit OnEngine(std::string project = "shop") : project_(std::move(project)) {}
  void SetUp() override;

 private:
  std::string project_;
};

// On a machine that all tests of the program share, for what is reached at the machine's address.
class OnMachine : public WithUser {
 protected:
  void SetUp() override;
  const std::string& ip() const { return ip_; }

 private:
  std::string ip_;
};

}  // namespace berth::scenario
