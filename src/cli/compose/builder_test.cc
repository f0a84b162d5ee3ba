#include "cli/compose/builder.h"

#include <gtest/gtest.h>

namespace berth::cli {
namespace {

TEST(PluginFolders, AreTheConfiguredOnesThenTheUsersThenTheSystems) {
  const TemporaryFolder home;
  const Environment environment({{"DOCKER_CONFIG", home.path()}});
  write_file(home.path() / "config.json", R"({"cliPluginsExtraDirs":["/opt/plugins","/srv/plugins"]})");
  const auto folders = plugin_folders(environment);
  ASSERT_GT(folders.size(), 3U);
  EXPECT_EQ(folders[0], "/opt/plugins");
  EXPECT_EQ(folders[1], "/srv/plugins");
  EXPECT_EQ(folders[2], home.path() / "cli-plugins");
  EXPECT_EQ(folders[3], "/usr/local/lib/docker/cli-plugins");
}

TEST(PluginFolders, DoNotNeedAConfiguration) {
  const TemporaryFolder home;
  EXPECT_EQ(plugin_folders(Environment({{"DOCKER_CONFIG", home.path()}})).front(), home.path() / "cli-plugins");
}

}  // namespace
}  // namespace berth::cli
