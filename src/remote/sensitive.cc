// What a secret looks like: the usual forms of keys and tokens, and names that say so.
#include <algorithm>
#include <cctype>
#include <optional>

#include "base/strings.h"
#include "remote/publication.h"

namespace berth::remote {

namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-'; }

// Tokens that begin with a mark of their maker and go on for so many letters and digits.
struct Form {
  std::string_view mark;
  std::size_t more;
  std::string_view what;
};
constexpr Form kForms[] = {
    {"AKIA", 16, "AWS access key"},        {"ASIA", 16, "AWS access key"},        {"ghp_", 36, "GitHub token"},
    {"gho_", 36, "GitHub token"},          {"ghs_", 36, "GitHub token"},          {"github_pat_", 22, "GitHub token"},
    {"glpat-", 20, "GitLab token"},        {"dckr_pat_", 20, "Docker Hub token"}, {"xoxb-", 20, "Slack token"},
    {"sk_live_", 20, "Stripe secret key"}, {"eyJhbGciOi", 20, "JSON Web Token"},
};

std::optional<std::string_view> form_in(std::string_view line) {
  for (const Form& form : kForms) {
    const std::size_t at = line.find(form.mark);
    if (at == std::string_view::npos || (at > 0 && is_word(line[at - 1]))) continue;
    const std::string_view rest = line.substr(at + form.mark.size());
    const auto size = std::find_if_not(rest.begin(), rest.end(), is_word) - rest.begin();
    if (static_cast<std::size_t>(size) >= form.more) return form.what;
  }
  return std::nullopt;
}

// scheme://user:password@host, the password no variable.
bool has_password_in_url(std::string_view line) {
  const std::size_t begin = line.find("://");
  if (begin == std::string_view::npos) return false;
  const std::string_view rest = line.substr(begin + 3, line.find_first_of("/ \"'", begin + 3) - begin - 3);
  const std::size_t at = rest.rfind('@');
  const std::size_t colon = rest.find(':');
  return at != std::string_view::npos && colon < at && colon + 1 < at && rest[colon + 1] != '$';
}

// "NAME: value" or "NAME=value" (perhaps behind "- ") whose name speaks of a secret and whose value is one itself: no
// variable, no path, no mapping.
bool has_telling_name(std::string_view line) {
  std::string_view text = trim(line);
  while (text.starts_with('-') || text.starts_with('"') || text.starts_with('\'')) text = trim(text.substr(1));
  const auto size = std::find_if_not(text.begin(), text.end(), is_word) - text.begin();
  const std::string name = replace_all(to_lower(text.substr(0, static_cast<std::size_t>(size))), "-", "_");
  text = trim(text.substr(static_cast<std::size_t>(size)));
  if (text.starts_with('"') || text.starts_with('\'')) text = trim(text.substr(1));
  if (!text.starts_with(':') && !text.starts_with('=')) return false;
  text = trim(text.substr(1));
  while (text.starts_with('"') || text.starts_with('\'')) text = trim(text.substr(1));
  constexpr std::string_view kNames[] = {"password", "passwd",     "passphrase",  "secret",     "api_key",
                                         "apikey",   "access_key", "private_key", "auth_token", "token"};
  const bool tells = std::any_of(std::begin(kNames), std::end(kNames), [&](auto end) { return name.ends_with(end); });
  return tells && text.size() >= 3 && std::string_view("$/.[{&*!|>#").find(text[0]) == std::string_view::npos;
}

}  // namespace

std::vector<Sensitive> find_sensitive(std::string_view text) {
  std::vector<Sensitive> found;
  std::size_t number = 0;
  for (const std::string& line : split(text, '\n')) {
    ++number;
    if (trim(line).starts_with('#')) continue;
    if (line.find("-----BEGIN ") != std::string::npos && line.find("PRIVATE KEY-----") != std::string::npos) {
      found.push_back({number, "private key"});
    } else if (const auto form = form_in(line)) {
      found.push_back({number, std::string(*form)});
    } else if (has_password_in_url(line)) {
      found.push_back({number, "password in a URL"});
    } else if (has_telling_name(line)) {
      found.push_back({number, "value under a name that speaks of a secret"});
    }
  }
  return found;
}

}  // namespace berth::remote
