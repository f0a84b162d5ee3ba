#include "machine/cloud/signature_v4.h"

#include <gtest/gtest.h>

namespace berth::machine {
namespace {

// The credentials and the time of AWS's published test suite: 2015-08-30 12:36:00 UTC.
const AwsCredentials kCredentials = {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};
const auto kNow = std::chrono::system_clock::from_time_t(1440938160);

std::string signature(RestRequest request) {
  sign_v4(request, "example.amazonaws.com", kCredentials, "us-east-1", "service", kNow);
  return std::string(*request.headers.get("Authorization"));
}

// Expected values: cases get-vanilla, get-vanilla-query-order-key-case and post-vanilla of that suite.
TEST(SignatureV4, IsAsAwsPublishesIt) {
  EXPECT_EQ(signature({.method = "GET", .target = "/", .body = {}}),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
            "SignedHeaders=host;x-amz-date, "
            "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
  EXPECT_EQ(signature({.method = "GET", .target = "/?Param2=value2&Param1=value1", .body = {}}),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
            "SignedHeaders=host;x-amz-date, "
            "Signature=b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
  EXPECT_EQ(signature({.method = "POST", .target = "/", .body = {}}),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
            "SignedHeaders=host;x-amz-date, "
            "Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
}

TEST(SignatureV4, IsTheSameWhenARequestIsSignedAgain) {
  RestRequest request{.method = "POST", .target = "/", .body = "Action=X"};
  sign_v4(request, "h", kCredentials, "r", "s", kNow);
  const std::string first(*request.headers.get("Authorization"));
  sign_v4(request, "h", kCredentials, "r", "s", kNow);
  EXPECT_EQ(*request.headers.get("Authorization"), first);
}

}  // namespace
}  // namespace berth::machine
