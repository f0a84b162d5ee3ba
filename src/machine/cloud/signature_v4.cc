#include "machine/cloud/signature_v4.h"

#include <algorithm>
#include <ctime>
#include <map>

#include "base/digest.h"
#include "base/strings.h"

namespace berth::machine {

namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

std::string time_text(std::chrono::system_clock::time_point now) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &utc)};
}

// Parameters sorted; one without a value gets an empty one.
std::string canonical_query(std::string_view query) {
  if (query.empty()) return {};
  std::vector<std::string> parameters = split(query, '&');
  for (std::string& parameter : parameters) {
    if (parameter.find('=') == std::string::npos) parameter += '=';
  }
  std::sort(parameters.begin(), parameters.end());
  return join(parameters, "&");
}

}  // namespace

void sign_v4(RestRequest& request, std::string_view host, const AwsCredentials& credentials, std::string_view region,
             std::string_view service, std::chrono::system_clock::time_point now) {
  const std::string time = time_text(now);
  const std::string date = time.substr(0, 8);
  request.headers.set("X-Amz-Date", time);
  if (!credentials.session_token.empty()) request.headers.set("X-Amz-Security-Token", credentials.session_token);
  request.headers.remove("Authorization");

  std::map<std::string, std::string> headers = {{"host", std::string(host)}};
  for (const auto& field : request.headers) headers[to_lower(field.name)] = trim(field.value);
  std::string canonical_headers;
  std::vector<std::string> names;
  for (const auto& [name, value] : headers) {
    canonical_headers.append(name).append(":").append(value).append("\n");
    names.push_back(name);
  }
  const std::string signed_headers = join(names, ";");
  const auto [path, query] = cut(request.target, '?');
  const std::string canonical =
      join({request.method, path.empty() ? "/" : std::string(path), canonical_query(query.value_or("")),
            canonical_headers, signed_headers, sha256_hex(request.body)},
           "\n");

  const std::string scope = join({date, std::string(region), std::string(service), "aws4_request"}, "/");
  const std::string to_sign = join({std::string(kAlgorithm), time, scope, sha256_hex(canonical)}, "\n");
  std::string key = hmac_sha256("AWS4" + credentials.secret_key, date);
  for (const std::string_view part : {region, service, std::string_view("aws4_request")}) key = hmac_sha256(key, part);
  request.headers.set("Authorization", std::string(kAlgorithm) + " Credential=" + credentials.access_key + "/" + scope +
                                           ", SignedHeaders=" + signed_headers +
                                           ", Signature=" + to_hex(hmac_sha256(key, to_sign)));
}

}  // namespace berth::machine
