#include "buildkit/plain_progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"

namespace berth::buildkit {
namespace {

using namespace std::chrono_literals;
using engine::BuildKitStatus;
using ::testing::ElementsAre;

class PlainProgressTest : public ::testing::Test {
 protected:
  std::vector<std::string> lines_;
  PlainProgress progress_{[this](std::string_view line) { lines_.emplace_back(line); }};
};

TEST_F(PlainProgressTest, NumbersStepsInTheOrderOfTheirBegin) {
  progress_.tell({.vertexes = {{.digest = "b", .name = "[2/2] RUN make"},
                               {.digest = "a", .name = "[1/2] FROM x", .started = true}}});
  progress_.tell(
      {.vertexes = {{.digest = "b", .name = "[2/2] RUN make", .started = true},
                    {.digest = "a", .name = "[1/2] FROM x", .started = true, .completed = true, .took = 1'234ms}}});
  EXPECT_THAT(lines_, ElementsAre("#1 [1/2] FROM x", "#2 [2/2] RUN make", "#1 DONE 1.2s"));
}

TEST_F(PlainProgressTest, TellsAnEndOnceAndHowItWas) {
  const BuildKitStatus::Vertex cached{
      .digest = "a", .name = "COPY", .cached = true, .started = true, .completed = true};
  progress_.tell({.vertexes = {cached}});
  progress_.tell({.vertexes = {cached}});
  progress_.tell(
      {.vertexes = {
           {.digest = "b", .name = "RUN false", .started = true, .completed = true, .error = "exit code: 1"}}});
  EXPECT_THAT(lines_, ElementsAre("#1 COPY", "#1 CACHED", "#2 RUN false", "#2 ERROR: exit code: 1"));
}

TEST_F(PlainProgressTest, PutsPiecesOfALogTogetherToLines) {
  progress_.tell({.vertexes = {{.digest = "a", .name = "RUN", .started = true}}, .logs = {{"a", "one\ntw"}}});
  progress_.tell({.logs = {{"a", "o\nrest"}}});
  progress_.tell({.vertexes = {{.digest = "a", .name = "RUN", .started = true, .completed = true}}});
  EXPECT_THAT(lines_, ElementsAre("#1 RUN", "#1 one", "#1 two", "#1 rest", "#1 DONE 0.0s"));
}

TEST_F(PlainProgressTest, TellsWhatWasSentAndWarnings) {
  progress_.tell(
      {.vertexes = {{.digest = "a", .name = "[internal] load build context", .started = true}},
       .transfers = {{"transferring context:", "a", 10, 0, false}, {"transferring context:", "a", 2'000, 0, true}},
       .warnings = {{"FromAsCasing: 'as' and 'FROM' do not match", "https://docs/x"}}});
  EXPECT_THAT(lines_, ElementsAre("#1 [internal] load build context", "#1 transferring context: 2kB done",
                                  "WARN: FromAsCasing: 'as' and 'FROM' do not match (https://docs/x)"));
}

}  // namespace
}  // namespace berth::buildkit
