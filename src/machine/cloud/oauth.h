// Access tokens of OAuth 2.0 (RFC 6749): fetched when they are needed, renewed before they end.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "machine/cloud/rest.h"

namespace berth::machine {

struct AccessToken {
  std::string text;
  std::chrono::seconds good_for{0};
};

// Asks the token endpoint at `url` with a form. Throws what Rest::call() throws, kInternal when no token comes.
AccessToken ask_token(const Context& context, const std::string& provider, const std::string& url,
                      const std::vector<std::pair<std::string, std::string>>& form, const RestPatience& patience);

// Options of an API that takes such tokens as `Authorization: Bearer`. `ask` is called at the first call and whenever
// the token is about to end; the clock must outlive the client.
RestOptions with_oauth(std::string provider, const RestPatience& patience, const Clock& clock,
                       std::function<AccessToken(const Context&)> ask);

}  // namespace berth::machine
