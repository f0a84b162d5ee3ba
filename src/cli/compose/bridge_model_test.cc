#include "cli/compose/bridge_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compose/load.h"

namespace berth::cli {
namespace {

using ::testing::HasSubstr;

TEST(BridgeModel, HasWhatOnlyImagesAndFilesSay) {
  compose::LoadOptions options;
  options.current_dir = "/shop";
  std::vector<yaml::Diagnostic> warnings;
  const compose::Project project =
      compose::load_or_throw(options,
                             compose::MemoryReader(std::map<std::string, std::string>{
                                 {"/shop/compose.yaml",
                                  "services: {web: {build: ., ports: ['8080:80'], expose: ['9000'], secrets: [key]}}\n"
                                  "secrets: {key: {file: ./key}}\n"}}),
                             warnings);
  const std::string model = bridge_model(project, {.exposed = {{"web", {"443/tcp"}}}, .secrets = {{"key", "hush"}}});
  EXPECT_THAT(model, HasSubstr("    image: shop-web\n"));
  EXPECT_THAT(model, HasSubstr("    expose:\n      - \"443\"\n      - \"80\"\n      - \"9000\"\n"));
  EXPECT_THAT(model, HasSubstr("    content: hush\n"));
}

}  // namespace
}  // namespace berth::cli
