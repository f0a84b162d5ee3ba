#include "remote/git_address.h"

#include <algorithm>
#include <cctype>

#include "base/error.h"
#include "base/strings.h"
#include "http/url.h"

namespace berth::remote {

namespace {

bool is_name(std::string_view text, std::string_view more) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || more.find(c) != std::string_view::npos;
  });
}

// "user@host:path", as scp has it.
bool is_scp_like(std::string_view text) {
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos) return false;
  const std::size_t colon = text.find(':', at);
  return colon != std::string_view::npos && is_name(text.substr(0, at), "-_") &&
         is_name(text.substr(at + 1, colon - at - 1), "-.");
}

bool leads_out(std::string_view path) {
  if (path.starts_with('/')) return true;
  const auto parts = split(path, '/');
  return std::find(parts.begin(), parts.end(), "..") != parts.end();
}

void take_query(std::string_view query, std::string_view text, GitAddress& address) {
  const auto target = http::parse_target("/?" + std::string(query));
  if (!target) throw Error(Kind::kInvalid, "'" + std::string(text) + "' has a malformed query");
  for (const auto& [name, value] : target->query) {
    if (name == "ref" || name == "commit" || name == "checksum") {
      address.ref = value;
    } else if (name == "branch") {
      address.ref = "refs/heads/" + value;
    } else if (name == "tag") {
      address.ref = "refs/tags/" + value;
    } else if (name == "subdir") {
      address.path = value;
    } else {
      throw Error(Kind::kInvalid,
                  "'" + std::string(text) + "': '" + name + "' is none of ref, branch, tag, commit, checksum, subdir");
    }
  }
}

}  // namespace

std::optional<GitAddress> parse_git_address(std::string_view text) {
  GitAddress address;
  auto [place, fragment] = cut(text, '#');
  if (place.starts_with("github.com/")) {
    address.remote = "https://" + std::string(place);
  } else if (place.starts_with("https://") || place.starts_with("http://") || place.starts_with("ssh://") ||
             place.starts_with("git://")) {
    const auto [remote, query] = cut(place, '?');
    address.remote = remote;
    if (remote.starts_with("http") && !remote.ends_with(".git")) return std::nullopt;
    if (query) take_query(*query, text, address);
  } else if (is_scp_like(place)) {
    address.remote = place;
  } else {
    return std::nullopt;
  }
  if (fragment) {
    const auto [ref, path] = cut(*fragment, ':');
    if (!ref.empty()) address.ref = ref;
    if (path) address.path = *path;
  }
  if (address.ref.empty()) address.ref = "HEAD";
  if (address.ref.starts_with('-')) throw Error(Kind::kInvalid, "'" + std::string(text) + "' has a ref that is no ref");
  while (address.path.starts_with("./")) address.path.erase(0, 2);
  if (leads_out(address.path)) {
    throw Error(Kind::kInvalid,
                "'" + std::string(text) + "' leads out of its repository: write '#REF:FOLDER' below it");
  }
  return address;
}

}  // namespace berth::remote
