#include "machine/cloud/google_credentials.h"

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/strings.h"
#include "pki/signature.h"

namespace berth::machine {

namespace {

using berth::text_of;  // of JSON, rather than of a State

constexpr const char* kTokenUri = "https://oauth2.googleapis.com/token";
constexpr const char* kScope = "https://www.googleapis.com/auth/compute";
constexpr std::int64_t kLifetime = 3600;  // seconds; the longest there is

// JSON Web Tokens are without padding (RFC 7515 2).
std::string base64_url(std::string_view bytes) {
  std::string text = base64_encode(bytes, true);
  while (text.ends_with('=')) text.pop_back();
  return text;
}

// Source: "Using OAuth 2.0 for Server to Server Applications", "Preparing to make an authorized API call".
std::string assertion(const GoogleCredentials& c, const Clock& clock) {
  const std::int64_t now = std::chrono::duration_cast<std::chrono::seconds>(clock.now().time_since_epoch()).count();
  const json::object header = {{"alg", "RS256"}, {"typ", "JWT"}, {"kid", c.private_key_id}};
  const json::object claims = {
      {"iss", c.client_email}, {"scope", kScope}, {"aud", c.token_uri}, {"iat", now}, {"exp", now + kLifetime}};
  const std::string to_sign = base64_url(format_json(header)) + "." + base64_url(format_json(claims));
  return to_sign + "." + base64_url(pki::sign_rs256(c.private_key, to_sign));
}

GoogleCredentials read_credentials(const json::value& file) {
  const std::string type = text_of(file, "type");
  GoogleCredentials c{.token_uri = text_of(file, "token_uri"),
                      .client_email = text_of(file, "client_email"),
                      .private_key = text_of(file, "private_key"),
                      .private_key_id = text_of(file, "private_key_id"),
                      .client_id = text_of(file, "client_id"),
                      .client_secret = text_of(file, "client_secret"),
                      .refresh_token = text_of(file, "refresh_token")};
  if (c.token_uri.empty()) c.token_uri = kTokenUri;
  const bool whole = type == "service_account"   ? !c.client_email.empty() && !c.private_key.empty()
                     : type == "authorized_user" ? !c.client_id.empty() && !c.refresh_token.empty()
                                                 : false;
  if (!whole) {
    throw Error(Kind::kInvalid, "credentials of type '" + type +
                                    "' that cannot be used: give the key of a service account (type 'service_account')"
                                    " or log in with gcloud (type 'authorized_user')");
  }
  return c;
}

}  // namespace

GoogleCredentials find_google_credentials(const Environment& environment) {
  Path file = environment.get_or("GOOGLE_APPLICATION_CREDENTIALS", "");
  if (file.empty()) {
    file = Path(environment.get_or("CLOUDSDK_CONFIG", environment.home() + "/.config/gcloud")) /
           "application_default_credentials.json";
  }
  const auto text = read_file_if_exists(file);
  if (!text) {
    throw Error(Kind::kUnauthorized,
                "google driver requires credentials, and '" + file.string() +
                    "' does not exist: set GOOGLE_APPLICATION_CREDENTIALS to the key file of a service account, or run "
                    "'gcloud auth application-default login'");
  }
  return within("'" + file.string() + "'", [&] { return read_credentials(parse_json(*text)); });
}

AccessToken ask_google_token(const Context& context, const GoogleCredentials& c, const RestPatience& patience,
                             const Clock& clock) {
  if (!c.refresh_token.empty()) {
    return ask_token(context, "Google", c.token_uri,
                     {{"grant_type", "refresh_token"},
                      {"client_id", c.client_id},
                      {"client_secret", c.client_secret},
                      {"refresh_token", c.refresh_token}},
                     patience);
  }
  return ask_token(context, "Google", c.token_uri,
                   {{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"}, {"assertion", assertion(c, clock)}},
                   patience);
}

}  // namespace berth::machine
