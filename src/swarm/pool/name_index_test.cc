#include "swarm/pool/name_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace berth::swarm {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr NodeNumber kOne{1};
constexpr NodeNumber kTwo{2};

TEST(NameIndex, KnowsWhoHasAName) {
  NameIndex index;
  index.set(kTwo, {"redis:7", "sha256:ab"});
  index.set(kOne, {"redis:7", "redis:7", "sha256:cd"});
  EXPECT_THAT(index.find("redis:7"), ElementsAre(kOne, kTwo));
  EXPECT_THAT(index.find("redis"), IsEmpty());
  EXPECT_TRUE(index.has("sha256:ab"));
  EXPECT_TRUE(index.has("sha256:ab", kTwo));
  EXPECT_FALSE(index.has("sha256:ab", kOne));
  EXPECT_FALSE(index.has("redis"));
  EXPECT_THAT(index.find_beginning("sha256:"), ElementsAre(kOne, kTwo));
  EXPECT_THAT(index.find_beginning("sha256:c"), ElementsAre(kOne));
}

TEST(NameIndex, ForgetsWhatANodeHasNoLonger) {
  NameIndex index;
  index.set(kOne, {"a", "b"});
  index.set(kOne, {"b"});
  EXPECT_THAT(index.find("a"), IsEmpty());
  EXPECT_THAT(index.find("b"), ElementsAre(kOne));
  index.set(kOne, {});
  EXPECT_THAT(index.find("b"), IsEmpty());
}

TEST(WordsOf, AreIdsAndNamesButNoPlaceholders) {
  EXPECT_THAT(
      words_of(Listing::kImages, R"([{"Id":"sha256:1","RepoTags":["a:1","<none>:<none>"],"RepoDigests":null}])"),
      ElementsAre("sha256:1", "a:1"));
  EXPECT_THAT(words_of(Listing::kNetworks, R"([{"Id":"1f","Name":"shop_default"}])"),
              ElementsAre("1f", "shop_default"));
  EXPECT_THAT(words_of(Listing::kVolumes, R"([{"Name":"data","Driver":"local"}])"), ElementsAre("data"));
  EXPECT_THAT(words_of(Listing::kVolumes, "null"), IsEmpty());
}

}  // namespace
}  // namespace berth::swarm
