#include "engine/reference.h"

#include <algorithm>

#include "base/error.h"
#include "base/strings.h"

namespace berth::engine {

namespace {

constexpr std::string_view kDefaultDomain = "docker.io";
constexpr std::string_view kOldDefaultDomain = "index.docker.io";
constexpr std::string_view kOfficial = "library/";
constexpr std::size_t kLongestName = 255;
constexpr std::size_t kLongestTag = 128;

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_alphanumeric(char c) { return is_lower_or_digit(c) || is_upper(c); }
bool is_hexadecimal(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

[[noreturn]] void refuse(std::string_view text, std::string_view reason) {
  throw Error(Kind::kInvalid, "'" + std::string(text) + "' isn't an image reference: " + std::string(reason));
}

// Letters and digits, with between them one '.', one or two '_', or any number of '-'.
bool is_path_component(std::string_view part) {
  std::size_t i = 0;
  const auto word = [&] {
    const std::size_t begin = i;
    while (i < part.size() && is_lower_or_digit(part[i])) ++i;
    return i > begin;
  };
  if (!word()) return false;
  while (i < part.size()) {
    const std::size_t begin = i;
    const char separator = part[i];
    while (i < part.size() && part[i] == separator) ++i;
    const std::size_t most = separator == '.' ? 1 : separator == '_' ? 2 : separator == '-' ? part.size() : 0;
    if (i - begin > most || !word()) return false;
  }
  return true;
}

bool is_host(std::string_view host) {
  if (host.starts_with('[')) {
    return host.size() > 2 && host.ends_with(']') &&
           std::ranges::all_of(host.substr(1, host.size() - 2), [](char c) { return is_hexadecimal(c) || c == ':'; });
  }
  return std::ranges::all_of(split(host, '.'), [](const std::string& part) {
    return !part.empty() && part.front() != '-' && part.back() != '-' &&
           std::ranges::all_of(part, [](char c) { return is_alphanumeric(c) || c == '-'; });
  });
}

bool is_domain(std::string_view domain) {
  const std::size_t colon = domain.rfind(':');
  if (colon == std::string_view::npos || domain.ends_with(']')) return is_host(domain);
  const std::string_view port = domain.substr(colon + 1);
  return !port.empty() && std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; }) &&
         is_host(domain.substr(0, colon));
}

bool is_tag(std::string_view tag) {
  return !tag.empty() && tag.size() <= kLongestTag && tag.front() != '.' && tag.front() != '-' &&
         std::ranges::all_of(tag, [](char c) { return is_alphanumeric(c) || c == '_' || c == '.' || c == '-'; });
}

bool is_digest(std::string_view digest) {
  constexpr std::size_t kShortest = 32;
  const auto [algorithm, hex] = cut(digest, ':');
  return !algorithm.empty() && hex && hex->size() >= kShortest && std::ranges::all_of(*hex, is_hexadecimal) &&
         std::ranges::all_of(algorithm,
                             [](char c) { return is_alphanumeric(c) || c == '-' || c == '_' || c == '+' || c == '.'; });
}

bool is_id(std::string_view text) {
  constexpr std::size_t kIdSize = 64;
  return text.size() == kIdSize && std::ranges::all_of(text, [](char c) { return is_hexadecimal(c) && !is_upper(c); });
}

// The domain, where the text before the first slash can only be one.
void split_domain(std::string_view name, Reference& out) {
  const std::size_t slash = name.find('/');
  const std::string_view first = name.substr(0, slash);
  const bool has_domain =
      slash != std::string_view::npos && (first.find_first_of(".:") != std::string_view::npos || first == "localhost" ||
                                          std::ranges::any_of(first, is_upper));
  out.domain = has_domain ? first : kDefaultDomain;
  out.path = has_domain ? name.substr(slash + 1) : name;
  if (out.domain == kOldDefaultDomain) out.domain = kDefaultDomain;
  if (out.domain == kDefaultDomain && out.path.find('/') == std::string::npos) out.path.insert(0, kOfficial);
}

}  // namespace

Reference Reference::parse(std::string_view text) {
  if (text.empty()) throw Error(Kind::kInvalid, "an image reference is empty");
  if (is_id(text)) refuse(text, "64 hexadecimal digits are an image's id");
  Reference out;
  std::string_view name = text;
  if (const std::size_t at = name.find('@'); at != std::string_view::npos) {
    out.digest = name.substr(at + 1);
    if (!is_digest(out.digest)) refuse(text, "what follows '@' must be a digest such as sha256:0123...");
    name = name.substr(0, at);
  }
  const std::size_t colon = name.rfind(':');
  if (colon != std::string_view::npos && name.find('/', colon) == std::string_view::npos) {
    out.tag = name.substr(colon + 1);
    if (!is_tag(out.tag)) refuse(text, "a tag is up to 128 letters, digits, '_', '.' and '-'");
    name = name.substr(0, colon);
  }
  split_domain(name, out);
  if (std::ranges::any_of(out.path, is_upper)) refuse(text, "a repository's name must be lower case");
  if (!is_domain(out.domain) || !std::ranges::all_of(split(out.path, '/'), is_path_component)) {
    refuse(text, "expected [REGISTRY/]NAME[:TAG][@DIGEST]");
  }
  if (out.domain.size() + 1 + out.path.size() > kLongestName) refuse(text, "its name has over 255 characters");
  return out;
}

std::string Reference::text() const {
  return domain + "/" + path + (tag.empty() ? "" : ":" + tag) + (digest.empty() ? "" : "@" + digest);
}

std::string Reference::familiar_name() const {
  if (domain != kDefaultDomain) return domain + "/" + path;
  const bool official = path.starts_with(kOfficial) && path.find('/', kOfficial.size()) == std::string::npos;
  return official ? path.substr(kOfficial.size()) : path;
}

std::string Reference::familiar() const {
  return familiar_name() + (tag.empty() ? "" : ":" + tag) + (digest.empty() ? "" : "@" + digest);
}

Reference Reference::with_default_tag() const {
  Reference out = *this;
  if (out.tag.empty() && out.digest.empty()) out.tag = "latest";
  return out;
}

}  // namespace berth::engine
