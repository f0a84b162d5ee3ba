// Addresses of files in git repositories, as docker build and compose write them: "https://host/app.git#ref:folder",
// "git@host:app.git", "ssh://...", "git://...". Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace berth::remote {

struct GitAddress {
  std::string remote;  // as git takes it
  std::string ref;     // branch, tag, commit, or any ref; "HEAD" where none is given
  std::string path;    // file or folder in the repository; empty: its root
  bool operator==(const GitAddress&) const = default;
};

// Nothing when the text is no address of a git repository: over http one has to end with ".git". Throws kInvalid for
// one whose ref or path cannot be (a ref like "-x", a path that leads out of the repository, a query that is not
// known).
std::optional<GitAddress> parse_git_address(std::string_view text);

}  // namespace berth::remote
