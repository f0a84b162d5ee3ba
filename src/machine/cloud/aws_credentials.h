// Where AWS's own tools find credentials: options, environment, ~/.aws/credentials.
#pragma once

#include "base/environment.h"
#include "machine/cloud/signature_v4.h"

namespace berth::machine {

// `given` where it is complete; else those of the profile AWS_PROFILE ("default") in AWS_SHARED_CREDENTIALS_FILE
// (~/.aws/credentials). Throws kUnauthorized, in docker-machine's words, where there are none; kInvalid for half of
// them.
AwsCredentials find_aws_credentials(const AwsCredentials& given, const Environment& environment);

}  // namespace berth::machine
