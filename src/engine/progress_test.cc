#include "engine/progress.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/strings.h"

namespace berth::engine {
namespace {

std::deque<Progress> decoded(std::string_view text) {
  std::deque<Progress> out;
  decode_progress(text, out);
  return out;
}

TEST(ProgressMessage, TellsWhatALayerDoes) {
  EXPECT_EQ(decoded(R"({"status":"Downloading","progressDetail":{"current":5,"total":9},"id":"ab12"})").front(),
            (Progress{.id = "ab12", .status = "Downloading", .current = 5, .total = 9}));
  EXPECT_EQ(decoded(R"({"stream":"Step 1/2 : FROM x\n"})").front().stream, "Step 1/2 : FROM x\n");
  EXPECT_EQ(decoded(R"({"aux":{"ID":"sha256:1"}})").front().image_id, "sha256:1");
  EXPECT_EQ(decoded(R"({"progressDetail":{},"aux":{"Tag":"1","Digest":"sha256:2","Size":3}})").front().digest,
            "sha256:2");
}

TEST(ProgressMessage, OfAnErrorIsThrownWithItsKind) {
  try {
    decoded(R"({"errorDetail":{"code":401,"message":"who are you?"},"error":"short"})");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), Kind::kUnauthorized);
    EXPECT_EQ(e.message(), "who are you?");
  }
  EXPECT_THROW(decoded(R"({"error":"pull access denied"})"), Error);
  EXPECT_THROW(decoded("garbage"), Error);
}

TEST(ProgressMessage, OfBuildKitIsTakenApart) {
  // StatusResponse{vertexes: {digest: "d1", name: "RUN x", cached: true}, logs: {vertex: "d1", msg: "hi\n"}}
  const std::string vertex =
      "\x0a\x02"
      "d1"
      "\x1a\x05"
      "RUN x"
      "\x20\x01";
  const std::string log =
      "\x0a\x02"
      "d1"
      "\x22\x03"
      "hi\n";
  const std::string status = "\x0a" + std::string(1, static_cast<char>(vertex.size())) + vertex + "\x1a" +
                             std::string(1, static_cast<char>(log.size())) + log;
  const auto out = decoded(R"({"id":"moby.buildkit.trace","aux":")" + base64_encode(status) + "\"}");
  ASSERT_EQ(out.size(), 2U);
  EXPECT_EQ(out[0].id, "d1");
  EXPECT_EQ(out[0].status, "RUN x: cached");
  EXPECT_EQ(out[1].stream, "hi\n");
  EXPECT_THROW(decoded(R"({"id":"moby.buildkit.trace","aux":"Cv8="})"), Error);  // a length beyond the end
}

}  // namespace
}  // namespace berth::engine
