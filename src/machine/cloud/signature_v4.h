// Signatures of requests to AWS. Source: "Signature Version 4 signing process", AWS General Reference.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "machine/cloud/rest.h"

namespace berth::machine {

struct AwsCredentials {
  std::string access_key;
  std::string secret_key;
  std::string session_token;  // of temporary credentials; empty for none
};

// Adds X-Amz-Date, X-Amz-Security-Token and Authorization. `request.target` is the full one, its query already in AWS's
// encoding and in any order; Host is `host`; every header that is there is signed.
void sign_v4(RestRequest& request, std::string_view host, const AwsCredentials& credentials, std::string_view region,
             std::string_view service, std::chrono::system_clock::time_point now);

}  // namespace berth::machine
