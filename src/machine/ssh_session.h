// A shell on a host: every command over one connection.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/context.h"
#include "base/environment.h"
#include "base/error.h"
#include "base/process.h"
#include "machine/driver.h"
#include "net/ssh.h"

namespace berth::machine {

// One thread at a time. The connection is made by the first command, kept for those after it, and ended with this.
class SshSession {
 public:
  explicit SshSession(net::SshHost host);
  ~SshSession();
  SshSession(const SshSession&) = delete;
  SshSession& operator=(const SshSession&) = delete;

  const net::SshHost& host() const { return host_; }

  // Runs `script` by the host's /bin/sh with `input` as its standard input. `line` gets each line of its standard
  // output as it comes. A failing script is no Error: look at the status. Throws kUnavailable when the host cannot be
  // reached or breaks off, kUnauthorized when it refuses the key, kForbidden when its key is not the known one, all in
  // ssh's words; kCancelled, kTimeout (what runs there runs on).
  Output run(const Context& context, const std::string& script, std::string_view input = {},
             const std::function<void(std::string_view line)>& line = {});
  // The same as root: by sudo where the user is not root.
  Output run_as_root(const Context& context, const std::string& script, std::string_view input = {},
                     const std::function<void(std::string_view line)>& line = {});

  // Waits until the host lets us in, asking again while it boots. Throws as run(), kTimeout with the last reason. With
  // `patient` a refused key is asked again for a minute too: hosts of clouds learn of it late.
  void await(const Context& context, bool patient);

  // The next command makes a connection of its own, with the groups that the user has by then.
  void reconnect();

 private:
  Output run_command(const Context& context, const std::string& command, std::string_view input,
                     const std::function<void(std::string_view line)>& line);

  net::SshHost host_;
  Path control_folder_;
  bool connected_ = false;
};

// Whom ssh logs in to. A host's key is kept in the machine's `folder`; the user's own known hosts count too where
// `known_to_user` says that the host was there before the machine.
net::SshHost ssh_host_of(const SshTarget& target, const Path& folder, bool known_to_user,
                         const Environment& environment);

// What ssh's words for a connection that failed mean; `words` are its standard error.
Error ssh_error(const net::SshHost& host, std::string_view words);

// "user@host" or "host", for messages.
std::string text_of(const net::SshHost& host);

}  // namespace berth::machine
