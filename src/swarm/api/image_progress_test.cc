#include "swarm/api/image_progress.h"

#include <gtest/gtest.h>

namespace berth::swarm {
namespace {

TEST(ImageProgress, RowsAreOfANode) {
  EXPECT_EQ(progress_of_node(R"({"status":"Downloading","progressDetail":{"id":1},"id":"a3ed"})", "node-1"),
            R"({"status":"Downloading","progressDetail":{"id":1},"id":"node-1: a3ed"})");
  EXPECT_EQ(progress_of_node(R"({"status":"Digest: sha256:1"})", "node-1"),
            R"({"id":"node-1","status":"Digest: sha256:1"})");
}

TEST(ImageProgress, OutputStaysAsItIs) {
  EXPECT_EQ(progress_of_node(R"({"stream":"Loaded image: a:1\n"})", "node-1"), R"({"stream":"Loaded image: a:1\n"})");
}

TEST(ImageProgress, ErrorsAreFound) {
  EXPECT_EQ(progress_error(R"({"errorDetail":{"code":1,"message":"no \"x\""},"error":"no"})"), "no \"x\"");
  EXPECT_EQ(progress_error(R"({"error":"no"})"), "no");
  EXPECT_EQ(progress_error(R"({"status":"error"})"), "");
}

}  // namespace
}  // namespace berth::swarm
