// Real Debian hosts of tools/testhost, and `berth machine` run against them as a user does.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/environment.h"
#include "base/files.h"
#include "base/process.h"

namespace berth::scenario {

// Why no hosts can be had here (not root, no debootstrap); nothing when they can.
std::optional<std::string> hosts_missing();

// A lab of hosts, and a machine store beside it. All goes when this goes. One thread.
class HostLab {
 public:
  HostLab();
  ~HostLab();
  HostLab(const HostLab&) = delete;
  HostLab& operator=(const HostLab&) = delete;

  // Makes hosts that let our key in; options are tools/testhost's.
  void add(const std::vector<std::string>& names, const std::vector<std::string>& options = {});
  std::string address(const std::string& name) const;
  // Runs tools/testhost; throws kInternal when it fails. Returns its output.
  std::string testhost(const std::vector<std::string>& words) const;
  // Output of a shell line that root runs on the host.
  std::string on(const std::string& name, const std::string& line) const;

  // Runs `berth machine WORDS`.
  Output machine(const std::vector<std::string>& words) const;
  // With Stdio::kPipe for `in` its questions wait for an answer.
  Child start_machine(const std::vector<std::string>& words, const Path& output, Stdio in = Stdio::kNull) const;
  // Words of `create -d generic` for a host: its address, user `debian` and our key.
  std::vector<std::string> create_words(const std::string& name, const std::vector<std::string>& more = {}) const;
  // Runs the docker CLI against the machine, by the lines of `env`.
  std::string docker(const std::string& name, const std::vector<std::string>& words) const;

  const Path& folder() const { return temporary_.path(); }
  Path storage() const { return temporary_.path() / "store"; }
  Path key() const { return temporary_.path() / "key"; }

 private:
  TemporaryFolder temporary_;
  std::string lab_;
  Environment environment_;
};

}  // namespace berth::scenario
