#include "swarm/recipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace berth::swarm {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kInspected = R"({
  "Id": "0123456789abcdef0123456789abcdef",
  "Name": "/web",
  "Config": {"Hostname": "0123456789ab", "Image": "app:1", "Env": ["A=b"], "NewMember": {"x": 1.5},
             "Labels": {"tier": "front", "com.docker.swarm.id": "c1", "com.docker.swarm.generation": "2"}},
  "HostConfig": {"NetworkMode": "shop_default", "Memory": 67108864, "Binds": ["data:/data"]},
  "NetworkSettings": {"Networks": {
    "shop_default": {"Aliases": ["web", "0123456789ab"], "IPAddress": "172.18.0.2", "IPAMConfig": {"IPv4Address": "172.18.0.9"}},
    "back": {"Aliases": ["api"], "IPAMConfig": null},
    "bridge": {"IPAddress": "172.17.0.2"}}}
})";

TEST(Recipe, KeepsWhatTheOwnerAskedFor) {
  const Recipe recipe = recipe_of(kInspected);
  EXPECT_EQ(recipe.name, "web");
  for (const char* kept : {R"("Image":"app:1")", R"("Env":["A=b"])", R"("NewMember":{"x":1.5})", R"("tier":"front")",
                           R"("Memory":67108864)", R"("Binds":["data:/data"])",
                           R"("shop_default":{"IPAMConfig":{"IPv4Address":"172.18.0.9"},"Aliases":["web"]})"}) {
    EXPECT_THAT(recipe.create_body, HasSubstr(kept));
  }
}

TEST(Recipe, LeavesOutWhatTheEngineMadeUp) {
  const Recipe recipe = recipe_of(kInspected);
  for (const char* gone : {"Hostname", "0123456789ab", "172.18.0.2", "172.17.0.2"}) {
    EXPECT_THAT(recipe.create_body, Not(HasSubstr(gone)));
  }
}

TEST(Recipe, ConnectsTheOtherNetworksAfterwards) {
  const Recipe recipe = recipe_of(kInspected);
  ASSERT_EQ(recipe.connects.size(), 1U);
  EXPECT_EQ(recipe.connects.at("back"), R"({"EndpointConfig":{"Aliases":["api"]}})");
}

TEST(Recipe, CountsHowOftenTheContainerWasMade) {
  EXPECT_THAT(recipe_of(kInspected).create_body, HasSubstr(R"("com.docker.swarm.generation":"3")"));
  EXPECT_THAT(
      recipe_of(R"({"Id":"0123456789abcdef","Name":"/x","Config":{"Labels":null},"HostConfig":{}})").create_body,
      HasSubstr(R"("com.docker.swarm.generation":"1")"));
}

TEST(Recipe, AHostNameThatTheOwnerGaveIsKept) {
  EXPECT_THAT(
      recipe_of(R"({"Id":"0123456789abcdef","Name":"/x","Config":{"Hostname":"db"},"HostConfig":{}})").create_body,
      HasSubstr(R"("Hostname":"db")"));
}

TEST(Recipe, AContainerThatWasMadePastTheManagerIsKnownByItsOwnIdFromThenOn) {
  EXPECT_THAT(recipe_of(kInspected).create_body, HasSubstr(R"("com.docker.swarm.id":"c1")"));
  EXPECT_THAT(recipe_of(R"({"Id":"0123456789abcdef","Name":"/x","Config":{},"HostConfig":{}})").create_body,
              HasSubstr(R"("com.docker.swarm.id":"0123456789abcdef")"));
}

TEST(Recipe, LeavesOutWhatIsUnset) {
  const Recipe recipe =
      recipe_of(R"({"Id":"0123456789abcdef","Name":"/x","Config":{"Cmd":null,"User":"","Entrypoint":[]},)"
                R"("HostConfig":{"Init":null,"MemorySwappiness":0,"LogConfig":{"Type":"","Config":{}}}})");
  EXPECT_THAT(recipe.create_body, HasSubstr(R"("Entrypoint":[])"));
  EXPECT_THAT(recipe.create_body, HasSubstr(R"("MemorySwappiness":0)"));
  for (const char* unset : {"Cmd", "User", "Init"}) EXPECT_THAT(recipe.create_body, Not(HasSubstr(unset)));
}

TEST(Recipe, IsOfAContainerOnly) { EXPECT_THROW(recipe_of(R"({"message":"no such container"})"), Error); }

}  // namespace
}  // namespace berth::swarm
