#include "base/json_text.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace berth {
namespace {

TEST(JsonText, IsLaidOutAsGoDoesIt) {
  EXPECT_EQ(lay_out_json(R"({"a":1,"b":{"c":[],"d":{ },"e":[1, 2]}})", 2), R"({
  "a": 1,
  "b": {
    "c": [],
    "d": {},
    "e": [
      1,
      2
    ]
  }
})");
  EXPECT_EQ(lay_out_json("{ \"a\" : [ 1 , {} ] }\n", 0), R"({"a":[1,{}]})");
}

TEST(JsonText, NumbersAndStringsStayAsTheyAreWritten) {
  const char* text = R"({"n":[1e+21,0.10,12345678901234567890123,-0],"s":"\u00e9 \" {,} \\"})";
  EXPECT_EQ(lay_out_json(text, 0), text);
  EXPECT_EQ(lay_out_json(lay_out_json(text, 4), 0), text);
}

TEST(JsonText, EscapesForWebPagesAsGoDoes) {
  EXPECT_EQ(lay_out_json("{\"a\":\"<b> & \u2028\"}", 0, true), R"({"a":"\u003cb\u003e \u0026 \u2028"})");
}

TEST(JsonText, FindsAMemberOfTheOutermostObject) {
  const char* text = R"({"a":{"Driver":1},"s":"\"Driver\":2", "Driver" : {"x":[1,{"y":"}"}]} ,"z":null})";
  EXPECT_EQ(json_member_text(text, "Driver"), R"({"x":[1,{"y":"}"}]})");
  EXPECT_EQ(json_member_text(text, "z"), "null");
  EXPECT_EQ(json_member_text(text, "x"), std::nullopt);
  EXPECT_EQ(json_member_text("{}", "x"), std::nullopt);
  EXPECT_EQ(json_member_text("[1]", "x"), std::nullopt);
}

}  // namespace
}  // namespace berth
