#include "engine/reference.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace berth::engine {
namespace {

const std::string kDigest = "sha256:" + std::string(64, 'a');

TEST(ImageReference, IsCompletedAndShortenedAgain) {
  struct Case {
    std::string text, full, familiar;
  };
  const Case cases[] = {
      {"redis", "docker.io/library/redis", "redis"},
      {"redis:7", "docker.io/library/redis:7", "redis:7"},
      {"shop/web", "docker.io/shop/web", "shop/web"},
      {"index.docker.io/library/redis", "docker.io/library/redis", "redis"},
      {"docker.io/redis", "docker.io/library/redis", "redis"},
      {"localhost/web", "localhost/web", "localhost/web"},
      {"localhost:5000/web:1", "localhost:5000/web:1", "localhost:5000/web:1"},
      {"quay.io/a/b/c:x@" + kDigest, "quay.io/a/b/c:x@" + kDigest, "quay.io/a/b/c:x@" + kDigest},
      {"[::1]:5000/a", "[::1]:5000/a", "[::1]:5000/a"},
      {"a__b/c-d--e.f", "docker.io/a__b/c-d--e.f", "a__b/c-d--e.f"},
      {"UPPER/a", "UPPER/a", "UPPER/a"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Reference::parse(c.text).text(), c.full);
    EXPECT_EQ(Reference::parse(c.text).familiar(), c.familiar);
  }
}

TEST(ImageReference, GetsTheTagLatestOnlyWhereItSaysNothing) {
  EXPECT_EQ(Reference::parse("redis").with_default_tag().familiar(), "redis:latest");
  EXPECT_EQ(Reference::parse("redis:7").with_default_tag().tag, "7");
  EXPECT_EQ(Reference::parse("redis@" + kDigest).with_default_tag().tag, "");
}

TEST(ImageReference, ThatIsMalformedIsRefused) {
  for (const std::string& text :
       {std::string(), std::string("Redis"), std::string("a//b"), std::string("a:"), std::string("a:-x"),
        std::string("a@sha256:12"), std::string("a___b"), std::string("-a"), std::string("a/"), std::string("a b"),
        std::string("host:port/a"), std::string(64, 'a'), std::string(300, 'a'), "a:" + std::string(129, 't')}) {
    EXPECT_THROW(Reference::parse(text), Error) << text;
  }
}

}  // namespace
}  // namespace berth::engine
