#include "machine/cloud/oauth.h"

#include <optional>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "http/url.h"

namespace berth::machine {

namespace {

using berth::text_of;  // of JSON, rather than of a State

constexpr std::chrono::seconds kMargin{60};  // a token is not used in its last minute

}  // namespace

AccessToken ask_token(const Context& context, const std::string& provider, const std::string& url,
                      const std::vector<std::pair<std::string, std::string>>& form, const RestPatience& patience) {
  http::Query fields;
  for (const auto& [name, value] : form) fields.add(name, value);
  Rest rest(parse_api_address(url, "the token endpoint"),
            {.provider = provider, .authorize = {}, .patience = patience, .ca = {}, .verify = true});
  RestRequest request{.method = "POST", .target = "", .body = fields.text()};
  request.headers.add("Content-Type", "application/x-www-form-urlencoded");
  request.repeatable = true;
  const json::value answer = rest.call(context, request).json();
  AccessToken token{text_of(answer, "access_token"), std::chrono::seconds(integer_of(answer, "expires_in"))};
  if (token.text.empty()) throw Error(Kind::kInternal, "the token endpoint '" + url + "' answers without a token");
  return token;
}

RestOptions with_oauth(std::string provider, const RestPatience& patience, const Clock& clock,
                       std::function<AccessToken(const Context&)> ask) {
  struct Kept {
    AccessToken token;
    std::chrono::steady_clock::time_point since;
  };
  const auto kept = std::make_shared<std::optional<Kept>>();
  return {.provider = std::move(provider),
          .authorize =
              [kept, &clock, ask = std::move(ask)](const Context& context, RestRequest& request) {
                const auto now = clock.steady();
                if (!*kept || now - (*kept)->since + kMargin > (*kept)->token.good_for) *kept = Kept{ask(context), now};
                request.headers.set("Authorization", "Bearer " + (*kept)->token.text);
              },
          .patience = patience,
          .ca = {},
          .verify = true};
}

}  // namespace berth::machine
