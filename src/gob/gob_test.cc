// Streams that Go wrote (test/golden/gob, by generate.go there), read; and ours beside them.
#include <algorithm>
#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "base/strings.h"
#include "gob/decoder.h"
#include "gob/encoder.h"

namespace berth::gob {
namespace {

using testing::HasSubstr;

std::string golden(const std::string& name) {
  return read_file(Path(BERTH_SOURCE_DIR) / "test/golden/gob" / (name + ".gob"));
}

// The value as text: [1 2], {Name:"x"}, map["k":1], name(value) for what an interface holds.
std::string text(const Value& value) {
  if (const auto* flag = value.as<bool>()) return *flag ? "true" : "false";
  if (const auto* number = value.as<std::int64_t>()) return std::to_string(*number);
  if (const auto* number = value.as<std::uint64_t>()) return std::to_string(*number) + "u";
  if (const auto* number = value.as<double>()) return format_number(*number);
  if (const auto* bytes = value.as<std::string>()) {
    const bool printable = std::all_of(bytes->begin(), bytes->end(), [](char c) { return c >= ' ' && c <= '~'; });
    return printable ? "\"" + *bytes + "\"" : "0x" + to_hex(*bytes);
  }
  std::vector<std::string> parts;
  if (const auto* held = value.as<Value::Interface>()) return held->type + "(" + text(held->holds.front()) + ")";
  if (const auto* items = value.as<Value::List>()) {
    for (const Value& item : *items) parts.push_back(text(item));
    return "[" + join(parts, " ") + "]";
  }
  if (const auto* fields = value.as<Value::Struct>()) {
    for (const auto& field : *fields) parts.push_back(field.name + ":" + text(field.value));
    return "{" + join(parts, " ") + "}";
  }
  if (const auto* pairs = value.as<Value::Map>()) {
    for (const auto& pair : *pairs) parts.push_back(text(pair.key) + ":" + text(pair.value));
    return "map[" + join(parts, " ") + "]";
  }
  return "nil";
}

// All values of the stream, a line each; an error is the last line. The bytes come `part` at a time.
std::string read_all(std::string_view stream, std::size_t part = 1000) {
  Decoder decoder([&](std::span<char> buffer) {
    const std::size_t size = std::min({part, buffer.size(), stream.size()});
    std::memcpy(buffer.data(), stream.data(), size);
    stream.remove_prefix(size);
    return size;
  });
  std::string lines;
  try {
    while (const auto value = decoder.next()) lines += text(*value) + "\n";
  } catch (const Error& e) {
    lines += e.message() + "\n";
  }
  return lines;
}

TEST(GobDecoder, ReadsNumbersOfEverySize) {
  EXPECT_EQ(read_all(golden("integers")),
            "0\n-1\n1\n63\n64\n-64\n-65\n127\n128\n255\n256\n9223372036854775807\n-9223372036854775808\n"
            "0u\n127u\n128u\n18446744073709551615u\n");
}

TEST(GobDecoder, ReadsBasicValues) {
  EXPECT_EQ(read_all(golden("basic")), "true\nfalse\n17.5\n\"text\"\n\"\"\n0x00ff\n[1 -2]\n");
}

TEST(GobDecoder, ReadsStructsByTheTypesThatTheStreamDescribes) {
  EXPECT_EQ(read_all(golden("mixed")),
            "{Flag:true Small:-3 Unsigned:500u Number:0.1 Ratio:[0 1] Bytes:\"raw\" Array:[1 0 3] List:[\"a\" \"\"] "
            "Map:map[\"one\":1] Inner:{Text:\"in\"} Any:inner({Text:\"held\"}) When:0x010000000e7791f70000000000ffff "
            "Last:\"last\"}\n");
}

TEST(GobDecoder, ReadsValuesThatGoOnInFurtherMessagesBecauseATypeCameBetween) {
  EXPECT_EQ(read_all(golden("flags")),
            "{ServiceMethod:\"RPCServerDriver.GetCreateFlags\" Seq:4u}\n"
            "[*mcnflag.StringFlag({Name:\"x-region\" Usage:\"Region\" EnvVar:\"X_REGION\" Value:\"north\"}) "
            "*mcnflag.IntFlag({Name:\"x-memory\" Usage:\"Memory in MB\" Value:1024}) "
            "*mcnflag.StringSliceFlag({Name:\"x-tag\" Usage:\"Tag\" EnvVar:\"X_TAG\" Value:[\"a\" \"b\"]}) "
            "*mcnflag.BoolFlag({Name:\"x-spot\" Usage:\"Spot price\"}) *mcnflag.StringFlag({Name:\"x-empty\"})]\n");
  const std::string options = "*rpcdriver.RPCFlags({Values:map[\"list\":[]string([\"a\" \"b\"])]})\n";
  EXPECT_EQ(read_all(golden("options")), options + options);
  EXPECT_EQ(read_all(golden("nested")),
            "[inner({Text:\"a\"}) []string([\"b\"]) nil "
            "[]interface {}([inner({Text:\"c\"}) *rpcdriver.RPCFlags({})])]\n");
}

TEST(GobDecoder, DoesNotCareHowTheBytesAreCut) {
  for (const char* name : {"integers", "basic", "mixed", "flags", "options", "nested", "call"}) {
    EXPECT_EQ(read_all(golden(name), 1), read_all(golden(name))) << name;
  }
}

TEST(GobDecoder, SaysWhereAStreamEndsTooEarly) {
  const std::string whole = golden("flags");
  for (std::size_t size = 1; size < whole.size(); ++size) {
    const std::string said = read_all(whole.substr(0, size));
    // The header is a whole value; all before and after it is cut off.
    if (said.ends_with("Seq:4u}\n")) continue;
    EXPECT_THAT(said, HasSubstr("not a gob stream: it ends ")) << size;
  }
}

TEST(GobDecoder, RefusesNonsense) {
  const auto refusal = [](std::string bytes) { return read_all(bytes); };
  EXPECT_EQ(refusal("HTTP/1.0 200 OK"), "not a gob stream: it ends within a message\n");
  EXPECT_EQ(refusal(std::string("\xFC\x7F\xFF\xFF\xFF", 5)), "not a gob stream: a message of 2147483647 bytes\n");
  EXPECT_EQ(refusal("\x02\x80\x01"), "not a gob stream: a number of more than 64 bits\n");
  EXPECT_EQ(refusal(std::string("\x03\x04\x00\xFE", 4)), "not a gob stream: a message ends within a number\n");
  EXPECT_EQ(refusal(std::string("\x03\x7E\x00\x00", 4)), "not a gob stream: type 63 is not defined\n");
  EXPECT_EQ(refusal(std::string("\x04\x04\x00\x02\x02", 5)), "not a gob stream: a message goes on after its value\n");
  EXPECT_EQ(refusal(std::string("\x04\x0C\x00\x05x", 5)), "not a gob stream: a message ends within a text\n");
  const std::string call = golden("call");
  const std::string definition = call.substr(0, 1 + static_cast<std::uint8_t>(call[0]));
  EXPECT_EQ(refusal(definition + definition), "not a gob stream: type 65 is defined twice\n");
  EXPECT_EQ(refusal(definition), "not a gob stream: it ends after a type\n");
}

// Types of a call, numbered as Go numbers them in the golden stream.
Encoder encoder_of_calls(TypeId request, TypeId nothing) {
  return Encoder(
      {{request,
        {.shape = Type::Shape::kStruct, .name = "Request", .fields = {{"ServiceMethod", kString}, {"Seq", kUint}}}},
       {nothing, {.shape = Type::Shape::kStruct}}},
      {});
}

Value request(const char* method, std::uint64_t sequence) {
  return Value(Value::Struct{{"ServiceMethod", Value(method)}, {"Seq", Value(sequence)}});
}

TEST(GobEncoder, WritesTheBytesThatGoWrites) {
  Encoder encoder = encoder_of_calls(65, 66);
  std::string stream = encoder.encode(65, request("RPCServerDriver.GetVersion", 0));
  stream += encoder.encode(66, Value(Value::Struct{}));
  stream += encoder.encode(65, request("RPCServerDriver.SetConfigRaw", 1));
  stream += encoder.encode(kBytes, Value("{}"));
  EXPECT_EQ(to_hex(stream), to_hex(golden("call")));
}

TEST(GobEncoder, WhatItWritesIsReadAsItWas) {
  Encoder encoder({{65, {.shape = Type::Shape::kStruct, .name = "RPCFlags", .fields = {{"Values", 66}}}},
                   {66, {.shape = Type::Shape::kMap, .element = kInterface, .key = kString}},
                   {67, {.shape = Type::Shape::kSlice, .name = "[]string", .element = kString}}},
                  {{"*rpcdriver.RPCFlags", 65}, {"[]string", 67}, {"string", kString}, {"int", kInt}, {"bool", kBool}});
  const auto pair = [](const char* key, const char* type, Value value) {
    return Value::Pair{Value(key), Value::interface(type, std::move(value))};
  };
  const Value flags(Value::Struct{
      {"Values",
       Value(Value::Map{pair("a", "string", Value("")), pair("b", "int", Value(std::int64_t{-70000})),
                        pair("c", "bool", Value(false)), pair("d", "[]string", Value(Value::List{Value("x")})),
                        Value::Pair{Value("e"), Value()}})}});
  const Value options = Value::interface("*rpcdriver.RPCFlags", flags);
  std::string twice = encoder.encode(kInterface, options);
  twice += encoder.encode(kInterface, options);
  const std::string line =
      "*rpcdriver.RPCFlags({Values:map[\"a\":string(\"\") \"b\":int(-70000) \"c\":bool(false) "
      "\"d\":[]string([\"x\"]) \"e\":nil]})\n";
  EXPECT_EQ(read_all(twice), line + line);
}

TEST(GobEncoder, AValueOfAnotherTypeIsAProgrammingError) {
  EXPECT_THROW(encoder_of_calls(65, 66).encode(65, Value("text")), std::logic_error);
  EXPECT_THROW(encoder_of_calls(65, 66).encode(66, request("x", 1)), std::logic_error);
  EXPECT_THROW(encoder_of_calls(65, 66).encode(kInterface, Value::interface("x", Value())), std::logic_error);
  EXPECT_THROW(encoder_of_calls(65, 66).encode(99, Value()), std::logic_error);
}

}  // namespace
}  // namespace berth::gob
