#include "scenario/fixtures.h"

#include <map>

#include "base/strings.h"

namespace berth::scenario {

std::string WithUser::must(std::vector<std::string> words) {
  const Output output = user().compose(words);
  EXPECT_EQ(output.status.code, 0) << join(words, " ") << "\n" << output.err;
  return output.out;
}

void WithUser::begin(const std::string& host, const std::string& project) {
  host_ = host;
  user_ = std::make_unique<UserFolder>(host, project);
}

void OnEngine::SetUp() {
  std::string reason;
  const auto host = engine_host(GetParam(), reason);
  if (!host) GTEST_SKIP() << reason;
  begin(*host, project_);
}

void OnMachine::SetUp() {
  if (const auto why = missing(GetParam())) GTEST_SKIP() << *why;
  static std::map<Generation, std::unique_ptr<Lab>> labs;
  std::unique_ptr<Lab>& lab = labs[GetParam()];
  if (!lab) {
    lab = std::make_unique<Lab>();
    lab->add({"engine"}, GetParam());
    lab->add_test_images("engine");
  }
  ip_ = lab->ip("engine");
  begin(lab->docker_host("engine"), "shop");
}

}  // namespace berth::scenario
