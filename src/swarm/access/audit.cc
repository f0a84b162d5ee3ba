#include "swarm/access/audit.h"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/strings.h"
#include "base/units.h"

namespace berth::swarm {

namespace {

json::array texts(const std::vector<std::string>& all) {
  json::array array;
  for (const std::string& one : all) array.emplace_back(one);
  return array;
}

std::string text_line(const AuditEntry& entry) {
  std::string line = entry.method + " " + entry.path;
  if (!entry.object.empty() && entry.path.find(entry.object) == std::string::npos) line += " '" + entry.object + "'";
  line += " by " + (entry.caller.name.empty() ? entry.caller.from : "'" + entry.caller.name + "'");
  line += " (" + std::string(name_of(entry.caller.grant.role)) + ")";
  if (!entry.nodes.empty()) line += " on " + join(entry.nodes, ", ");
  return line + ": " + (entry.status == 0 ? "broke off" : std::to_string(entry.status));
}

}  // namespace

std::string format_audit(const AuditEntry& entry) {
  json::object line{{"time", format_time(entry.time)},
                    {"who", entry.caller.name},
                    {"role", json::string(name_of(entry.caller.grant.role))}};
  if (!entry.caller.grant.scope.empty()) {
    json::array scope;
    for (const Selector& selector : entry.caller.grant.scope) scope.emplace_back(selector.text());
    line["scope"] = std::move(scope);
  }
  line["from"] = entry.caller.from;
  if (!entry.caller.via.empty()) line["via"] = entry.caller.via;
  line["method"] = entry.method;
  line["path"] = entry.path;
  if (!entry.object.empty()) line["object"] = entry.object;
  line["nodes"] = texts(entry.nodes);
  line["status"] = entry.status;
  line["took_ms"] = entry.took.count();
  return format_json(line);
}

AuditLog::AuditLog(const std::string& file) : file_(file) {
  if (file.empty()) return;
  if (file == "-") {
    fd_ = STDOUT_FILENO;
    return;
  }
  own_ = Fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!own_) throw system_error(errno, "opening the audit log '" + file + "'");
  fd_ = own_.get();
}

void AuditLog::write(const AuditEntry& entry) const {
  if (fd_ < 0) return log(LogLevel::kInfo, text_line(entry));
  const std::string line = format_audit(entry) + "\n";
  // One write, so that lines of several threads do not mix.
  if (::write(fd_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    log(LogLevel::kError, system_error(errno, "writing to the audit log '" + file_ + "'").message());
  }
}

void AuditLog::write_own(std::string_view what, const std::string& container, std::vector<std::string> nodes) const {
  if (fd_ < 0) return;
  AuditEntry entry;
  entry.caller = {.name = "manager", .grant = {Role::kManager, {}}};
  entry.method = what;
  entry.path = "/containers/" + container;
  entry.object = container;
  entry.nodes = std::move(nodes);
  entry.status = 200;
  entry.time = std::chrono::system_clock::now();
  write(entry);
}

}  // namespace berth::swarm
