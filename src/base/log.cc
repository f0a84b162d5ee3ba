#include "base/log.h"

#include <atomic>
#include <string>

#include <unistd.h>

#include "base/clock.h"
#include "base/units.h"

namespace berth {

namespace {

std::atomic<LogLevel> least = LogLevel::kWarning;

std::string_view name(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

}  // namespace

void set_log_level(LogLevel level) { least = level; }

bool log_enabled(LogLevel level) { return level >= least.load(); }

void log(LogLevel level, std::string_view message) {
  if (!log_enabled(level)) return;
  std::string line = "time=\"" + format_time(system_clock().now()) + "\" level=" + std::string(name(level)) + " msg=\"";
  for (const char c : message) {
    if (c == '"' || c == '\\') line += '\\';
    if (c == '\n') {
      line += "\\n";
    } else {
      line += c;
    }
  }
  line += "\"\n";
  // One write, so that lines of several threads do not mix.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace berth
