// Who changed what, where, and how it ended: a line each.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "swarm/access/caller.h"

namespace berth::swarm {

struct AuditEntry {
  Caller caller;
  std::string method;
  std::string path;    // without query, which may hold secrets
  std::string object;  // whose change it is: a name or id; empty for none
  std::vector<std::string> nodes;
  int status = 0;  // of the answer; 0: the connection broke off
  std::chrono::milliseconds took{};
  std::chrono::system_clock::time_point time;
};

// {"time":"...","who":"ada","role":"operator","scope":["team=web"],"from":"tcp://...","method":"POST","path":"...",
// "object":"web","nodes":["node-1"],"status":204,"took_ms":12}. No bodies, headers, queries or errors' texts are in it:
// they may hold secrets.
std::string format_audit(const AuditEntry& entry);

// Told of what a manager changed by itself: "MOVE", "REMAKE" or "REMOVE", the container's name or id, and its nodes.
using Changed =
    std::function<void(std::string_view what, const std::string& container, std::vector<std::string> nodes)>;

// Any thread.
class AuditLog {
 public:
  // Appends to the file, which is made for its owner alone; "-" is standard output; empty: the log, one line a change.
  // Throws kForbidden, kNotFound.
  explicit AuditLog(const std::string& file = {});

  void write(const AuditEntry& entry) const;
  // A change of the manager's own. The log has lines of these already.
  void write_own(std::string_view what, const std::string& container, std::vector<std::string> nodes) const;

 private:
  std::string file_;
  Fd own_;
  int fd_ = -1;
};

}  // namespace berth::swarm
