#include "http/address.h"

#include <gtest/gtest.h>

namespace berth::http {
namespace {

TEST(Url, IsTakenApart) {
  const auto url = parse_url("https://registry.example.org:5000/v2/?n=1");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->tls);
  EXPECT_EQ(url->host, "registry.example.org");
  EXPECT_EQ(url->port, 5000);
  EXPECT_EQ(url->target, "/v2/?n=1");
  EXPECT_EQ(url->authority(), "registry.example.org:5000");
  EXPECT_EQ(parse_url("http://[::1]:80")->host, "::1");
  EXPECT_EQ(parse_url("http://[::1]:80")->authority(), "[::1]");
  EXPECT_EQ(parse_url("https://h?x")->target, "?x");
}

TEST(Url, SaysWhyItIsNone) {
  UrlFault fault = UrlFault::kNone;
  EXPECT_FALSE(parse_url("ftp://h", &fault));
  EXPECT_EQ(fault, UrlFault::kScheme);
  EXPECT_FALSE(parse_url("http://h:70000", &fault));
  EXPECT_EQ(fault, UrlFault::kPort);
  EXPECT_FALSE(parse_url("http:///x", &fault));
  EXPECT_EQ(fault, UrlFault::kHost);
}

TEST(Url, KnowsThisComputer) {
  for (const char* host :
       {"localhost", "LocalHost", "a.localhost", "127.0.0.1", "127.8.9.10", "::1", "0:0:0:0:0:0:0:1"}) {
    EXPECT_TRUE(is_loopback(host)) << host;
  }
  for (const char* host : {"localhost.example", "127.example", "128.0.0.1", "::2", "example"}) {
    EXPECT_FALSE(is_loopback(host)) << host;
  }
}

}  // namespace
}  // namespace berth::http
