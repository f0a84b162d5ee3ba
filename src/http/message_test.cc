#include "http/message.h"

#include <deque>

#include <gtest/gtest.h>

#include "base/error.h"
#include "http/json_stream.h"
#include "http/url.h"

namespace berth::http {
namespace {

TEST(Headers, NamesAreTheSameInAnyCaseAndMayRepeat) {
  Headers headers{{"Content-Type", "a"}, {"X", "1"}, {"x", "2"}};
  EXPECT_EQ(headers.get("content-type"), "a");
  EXPECT_EQ(headers.count("X"), 2U);
  headers.set("x", "3");
  EXPECT_EQ(headers.count("X"), 1U);
  EXPECT_EQ(headers.get("X"), "3");
  headers.remove("X");
  EXPECT_EQ(headers.get("X"), std::nullopt);
}

TEST(Headers, AListMayBeSpreadOverFields) {
  const Headers headers{{"Connection", "keep-alive, Upgrade"}, {"connection", "close"}};
  EXPECT_TRUE(headers.has_token("Connection", "upgrade"));
  EXPECT_TRUE(headers.has_token("Connection", "close"));
  EXPECT_FALSE(headers.has_token("Connection", "up"));
}

TEST(Url, EncodesAllButTheUnreservedCharacters) {
  EXPECT_EQ(percent_encode("a-b_c.d~e/f g\xc3\xa9"), "a-b_c.d~e%2Ff%20g%C3%A9");
  EXPECT_EQ(percent_decode("a%2Ff%20g+"), "a/f g+");
  EXPECT_EQ(percent_decode("a+b", true), "a b");
  EXPECT_EQ(percent_decode("%2"), std::nullopt);
  EXPECT_EQ(percent_decode("%zz"), std::nullopt);
}

TEST(Url, AQueryIsBuiltInOrder) {
  EXPECT_EQ(Query().add("all", "1").add_if("until", "").add("filters", "{\"a\":1}").on("/containers/json"),
            "/containers/json?all=1&filters=%7B%22a%22%3A1%7D");
  EXPECT_EQ(Query().on("/_ping"), "/_ping");
}

TEST(Url, ATargetIsTakenApart) {
  const auto target = parse_target("/v1.41/containers/a%2Fb/json?all=1&filters=%7B%7D&x&y=a+b");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/v1.41/containers/a/b/json");
  EXPECT_EQ(target->get("filters"), "{}");
  EXPECT_EQ(target->get("y"), "a b");
  EXPECT_EQ(target->get("missing"), "");
  EXPECT_FALSE(parse_target("http://other/"));
  EXPECT_FALSE(parse_target("/%"));
}

// Gives the parts of a body one after the other.
Reader parts(std::deque<std::string> all) {
  return [all](const Context&, std::span<char> buffer) mutable -> std::size_t {
    if (all.empty()) return 0;
    const std::size_t size = all.front().copy(buffer.data(), buffer.size());
    all.front().erase(0, size);
    if (all.front().empty()) all.pop_front();
    return size;
  };
}

std::vector<std::string> values(std::deque<std::string> body, std::size_t limit = 1024) {
  JsonStream stream(parts(std::move(body)), limit);
  std::vector<std::string> result;
  while (auto value = stream.next({})) result.push_back(std::move(*value));
  return result;
}

using Values = std::vector<std::string>;

TEST(JsonStream, CutsValuesHoweverTheyAreSetApart) {
  EXPECT_EQ(values({"{\"a\":1}\r\n{\"b\":[{}]}{\"c\":2}\x1e[3]\n"}),
            (Values{"{\"a\":1}", "{\"b\":[{}]}", "{\"c\":2}", "[3]"}));
  EXPECT_EQ(values({}), Values{});
}

TEST(JsonStream, PutsAValueTogetherThatComesInParts) {
  EXPECT_EQ(values({"{\"a", "\":\"}\\", "\"{\"", "}", "\n", "{}"}), (Values{"{\"a\":\"}\\\"{\"}", "{}"}));
}

TEST(JsonStream, RefusesWhatIsNoStreamOfObjects) {
  EXPECT_THROW(values({"page not found"}), Error);
  EXPECT_THROW(values({"{\"a\":"}), Error);
  EXPECT_THROW(values({"{\"" + std::string(40'000, 'a')}), Error);
}

}  // namespace
}  // namespace berth::http
