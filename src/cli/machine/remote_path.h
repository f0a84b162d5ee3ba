// Places that `scp` and `mount` name, and the command lines of the programs that carry them out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/ssh.h"

namespace berth::cli {

// "MACHINE:PATH", "USER@MACHINE:PATH", or a path here.
struct Place {
  std::string user;     // empty: the machine's
  std::string machine;  // empty: here
  std::string path;
  bool operator==(const Place&) const = default;
};
// A path here that holds a colon is written with a slash before it: "./a:b".
Place parse_place(std::string_view text);

struct CopyOptions {
  bool recursive = false;
  bool delta = false;  // by rsync
  bool quiet = false;
};

// One end of a copy: a place, and whom to ask there.
struct End {
  Place place;
  std::optional<net::SshHost> host;  // nothing: here
};

// scp, or rsync where only what differs is sent. Between two machines scp's bytes pass through here (-3); rsync can't
// do that. Throws kUnsupported saying so.
std::vector<std::string> copy_argv(const End& from, const End& to, const CopyOptions& options,
                                   const Path& control_folder);

// sshfs of `from` at the folder `to` here; "fusermount -u" where it is to be undone.
std::vector<std::string> mount_argv(const End& from, const std::string& to, const Path& control_folder);

}  // namespace berth::cli
