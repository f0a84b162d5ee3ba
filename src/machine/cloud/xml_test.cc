#include "machine/cloud/xml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace berth::machine {
namespace {

using ::testing::HasSubstr;

std::string refusal(const std::string& text) {
  try {
    parse_xml(text);
  } catch (const Error& e) {
    return e.message();
  }
  return "";
}

TEST(Xml, GivesTextsByTheirPath) {
  const XmlElement answer = parse_xml(R"(<?xml version="1.0"?>
    <r:Answer xmlns:r="urn:x"><set><item><id>i-1</id><state><name> running </name></state></item>
      <item><id>i&amp;2</id></item></set><r:other kind="a"/></r:Answer>)");
  EXPECT_EQ(answer.name, "Answer");
  EXPECT_EQ(answer.text_at("set/item/state/name"), "running");
  const auto items = answer.all("set", "item");
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[1]->text_at("id"), "i&2");
  EXPECT_EQ(answer.find("other")->attribute("kind"), "a");
  EXPECT_EQ(answer.text_at("set/none"), "");
  EXPECT_TRUE(answer.all("none", "item").empty());
}

TEST(Xml, RefusesWhatIsNotWellFormedWithItsPlace) {
  EXPECT_THAT(refusal("<a>\n<b></a>"), HasSubstr("line 2, column 6: mismatched tag"));
  EXPECT_THAT(refusal(""), HasSubstr("no element found"));
  EXPECT_THAT(refusal("<html>It works!<br></html>"), HasSubstr("mismatched tag"));
}

TEST(Xml, RefusesDocumentTypesAndDeepNesting) {
  EXPECT_THAT(refusal("<!DOCTYPE a [<!ENTITY e \"x\">]><a>&e;</a>"), HasSubstr("it has a document type"));
  std::string deep;
  for (int i = 0; i < 300; ++i) deep += "<a>";
  EXPECT_THAT(refusal(deep), HasSubstr("nested too deeply"));
}

TEST(Xml, EscapesWhatWouldEndAText) { EXPECT_EQ(escape_xml("a<b>&\"c\""), "a&lt;b&gt;&amp;&quot;c&quot;"); }

TEST(Xml, TellsAnAttributeFromTheSchemasOfTheSameName) {
  const XmlElement value = parse_xml(R"(<val xmlns:i="x" i:type="ManagedObjectReference" type="Task">task-1</val>)");
  EXPECT_EQ(value.attribute("type"), "Task");
  EXPECT_EQ(value.schema_type(), "ManagedObjectReference");
  EXPECT_EQ(parse_xml(R"(<d xmlns:xsi="x" xsi:type="vim25:VirtualDisk"/>)").schema_type(), "VirtualDisk");
}

}  // namespace
}  // namespace berth::machine
