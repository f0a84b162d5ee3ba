#include "machine/cloud/aws_credentials.h"

#include "base/error.h"
#include "base/files.h"
#include "base/strings.h"

namespace berth::machine {

namespace {

// The keys of one section of an INI file; empty where there is no such section.
AwsCredentials read_profile(std::string_view text, std::string_view profile) {
  AwsCredentials found;
  bool ours = false;
  for (const std::string& raw : split(text, '\n')) {
    const std::string_view line = trim(raw);
    if (line.starts_with('#') || line.starts_with(';')) continue;
    if (line.starts_with('[')) {
      ours = line.ends_with(']') && trim(line.substr(1, line.size() - 2)) == profile;
      continue;
    }
    const auto [key, value] = cut(line, '=');
    if (!ours || !value) continue;
    if (trim(key) == "aws_access_key_id") found.access_key = trim(*value);
    if (trim(key) == "aws_secret_access_key") found.secret_key = trim(*value);
    if (trim(key) == "aws_session_token") found.session_token = trim(*value);
  }
  return found;
}

}  // namespace

AwsCredentials find_aws_credentials(const AwsCredentials& given, const Environment& environment) {
  if (given.access_key.empty() != given.secret_key.empty()) {
    throw Error(Kind::kInvalid, "--amazonec2-access-key and --amazonec2-secret-key need each other");
  }
  if (!given.access_key.empty()) return given;
  const Path file =
      environment.get_or("AWS_SHARED_CREDENTIALS_FILE", environment.get_or("HOME", "/root") + "/.aws/credentials");
  const std::string profile = environment.get_or("AWS_PROFILE", "default");
  if (const auto text = read_file_if_exists(file)) {
    AwsCredentials found = read_profile(*text, profile);
    if (!found.access_key.empty() && !found.secret_key.empty()) return found;
  }
  throw Error(Kind::kUnauthorized,
              "amazonec2 driver requires AWS credentials configured with the --amazonec2-access-key and "
              "--amazonec2-secret-key options, environment variables, or profile '" +
                  profile + "' of '" + file.string() + "'");
}

}  // namespace berth::machine
