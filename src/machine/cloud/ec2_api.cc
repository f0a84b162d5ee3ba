#include "machine/cloud/ec2_api.h"

#include <algorithm>

#include "base/error.h"
#include "http/url.h"

namespace berth::machine {

namespace {

constexpr const char* kVersion = "2016-11-15";

XmlElement xml_of(const RestAnswer& answer, const std::string& action) {
  try {
    return parse_xml(answer.body);
  } catch (const Error& e) {
    throw Error(Kind::kInternal, "EC2's answer to " + action + " is no XML: " + e.message());
  }
}

RestOptions options_of(const ApiAddress& address, AwsCredentials credentials, std::string region,
                       const RestPatience& patience, const Clock& clock) {
  const std::string host = address.authority();
  RestOptions options;
  options.provider = "EC2";
  options.patience = patience;
  options.authorize = [host, credentials = std::move(credentials), region = std::move(region), &clock](
                          const Context&, RestRequest& request) {
    sign_v4(request, host, credentials, region, "ec2", clock.now());
  };
  return options;
}

}  // namespace

Ec2Api::Ec2Api(const ApiAddress& address, AwsCredentials credentials, std::string region, const RestPatience& patience,
               const Clock& clock)
    : rest_(address, options_of(address, std::move(credentials), std::move(region), patience, clock)) {}

std::optional<XmlElement> Ec2Api::call_unless(const Context& context, const std::vector<std::string>& codes,
                                              const std::string& action, const Ec2Parameters& parameters) {
  http::Query query;
  query.add("Action", action).add("Version", kVersion);
  for (const auto& [name, value] : parameters) query.add_if(name, value);
  RestRequest request{.method = "POST", .target = "/", .body = query.text(), .repeatable = true};
  request.headers.add("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
  const RestAnswer answer = rest_.send(context, request);
  if (answer.ok()) {
    XmlElement value = xml_of(answer, action);
    if (value.name != action + "Response") {
      throw Error(Kind::kInternal, "EC2's answer to " + action + " is '" + value.name + "'");
    }
    return value;
  }
  if (!answer.body.starts_with("<")) throw rest_.error_of(answer);
  const XmlElement value = xml_of(answer, action);
  const std::string code = value.text_at("Errors/Error/Code");
  if (std::find(codes.begin(), codes.end(), code) != codes.end()) return std::nullopt;
  throw Error(kind_of_http_status(answer.status),
              "EC2 answered " + action + " with " + code + ": " + value.text_at("Errors/Error/Message"));
}

XmlElement Ec2Api::call(const Context& context, const std::string& action, const Ec2Parameters& parameters) {
  return *call_unless(context, {}, action, parameters);
}

}  // namespace berth::machine
