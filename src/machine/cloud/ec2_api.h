// Amazon's EC2 Query API, version 2016-11-15, as calls with parameters and answers as XML.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "machine/cloud/rest.h"
#include "machine/cloud/signature_v4.h"
#include "machine/cloud/xml.h"

namespace berth::machine {

// In order: {"InstanceId.1", "i-1"}. Empty values are left out.
using Ec2Parameters = std::vector<std::pair<std::string, std::string>>;

// One account in one region. One thread at a time. All calls may be repeated: what makes something has a token or a
// name that is taken once.
class Ec2Api {
 public:
  Ec2Api(const ApiAddress& address, AwsCredentials credentials, std::string region, const RestPatience& patience,
         const Clock& clock);

  // Throws as Rest::call(), with EC2's code and words: "EC2 answered RunInstances with InvalidAMIID.NotFound: ...".
  XmlElement call(const Context& context, const std::string& action, const Ec2Parameters& parameters = {});
  // Nothing when EC2 answers with one of those codes.
  std::optional<XmlElement> call_unless(const Context& context, const std::vector<std::string>& codes,
                                        const std::string& action, const Ec2Parameters& parameters = {});

 private:
  Rest rest_;
};

}  // namespace berth::machine
