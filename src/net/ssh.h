// The command lines of the system's ssh, built without running anything.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"

namespace berth::net {

// Whom to log in to. What is empty or 0 is for ssh's own configuration to say.
struct SshHost {
  std::string host;
  int port = 0;
  std::string user;
  Path key;  // private key; it alone is offered then
  // Where the host's key is looked up, the first is where a new one is written. Empty: as the user's ssh does it, which
  // refuses hosts it does not know. Else a host seen for the first time is taken, and one whose key changed refused.
  std::vector<Path> known_hosts;
  bool operator==(const SshHost&) const = default;
};

// What ssh may do with our terminal.
enum class SshMode {
  kQuiet,        // never asks for anything
  kPiped,        // carries bytes; may ask by $SSH_ASKPASS
  kInteractive,  // may ask for passwords; a terminal on the other side is its own decision
};

// "ssh" and its options, up to and with the host: what follows is the command there. All that go to one host share one
// connection through a socket in `control_folder`, which lives on for a minute after the last.
std::vector<std::string> ssh_argv(const SshHost& host, const Path& control_folder, SshMode mode);
// The options alone, as `scp` and `sshfs` take them too: without user, port and host.
std::vector<std::string> ssh_options(const SshHost& host, const Path& control_folder, SshMode mode);
// Ends the shared connection.
std::vector<std::string> ssh_exit_argv(const SshHost& host, const Path& control_folder);

// A folder of ours alone for the shared connections' sockets, made when missing: short enough for a socket's name.
// Throws kForbidden when someone else could open it.
Path ssh_control_folder();

// One word for the shell on the other side.
std::string shell_quote(std::string_view word);
// Words for the shell on the other side, as one text.
std::string shell_join(const std::vector<std::string>& words);

}  // namespace berth::net
