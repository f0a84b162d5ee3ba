// Google's "application default credentials": where Google's own tools look for them, too.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/environment.h"
#include "machine/cloud/oauth.h"

namespace berth::machine {

struct GoogleCredentials {
  std::string token_uri;
  // Of a service account, which signs for itself.
  std::string client_email;
  std::string private_key;  // PEM
  std::string private_key_id;
  // Of a user who logged in with gcloud.
  std::string client_id;
  std::string client_secret;
  std::string refresh_token;
};

// The file that $GOOGLE_APPLICATION_CREDENTIALS names, else gcloud's. Throws kUnauthorized saying what to do where
// there is none, kInvalid for a file that is no such credentials.
GoogleCredentials find_google_credentials(const Environment& environment);

// An access token for Compute Engine. Throws as ask_token().
AccessToken ask_google_token(const Context& context, const GoogleCredentials& credentials, const RestPatience& patience,
                             const Clock& clock);

}  // namespace berth::machine
