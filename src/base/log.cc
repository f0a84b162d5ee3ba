#include "base/log.h"

#include <atomic>
#include <string>

#include <unistd.h>

#include "base/clock.h"
#include "base/units.h"

namespace berth {

namespace {

std::atomic<LogLevel> least = LogLevel::kWarning;
std::atomic<LogFormat> form = LogFormat::kText;

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

// What JSON must have escaped, without its library's weight.
void append_json(std::string& line, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      line.append(1, '\\').append(1, c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      line.append("\\u00").append(1, kDigits[static_cast<unsigned char>(c) >> 4]).append(1, kDigits[c & 15]);
    } else {
      line += c;
    }
  }
}

std::string json_line(LogLevel level, std::string_view message) {
  std::string line = "{\"time\":\"" + format_time(system_clock().now()) + "\",\"level\":\"" + std::string(name(level)) +
                     "\",\"msg\":\"";
  append_json(line, message);
  return line + "\"}\n";
}

std::string text_line(LogLevel level, std::string_view message) {
  std::string line = "time=\"" + format_time(system_clock().now()) + "\" level=" + std::string(name(level)) + " msg=\"";
  for (const char c : message) {
    if (c == '"' || c == '\\') line += '\\';
    if (c == '\n') {
      line += "\\n";
    } else {
      line += c;
    }
  }
  return line + "\"\n";
}

}  // namespace

void set_log_format(LogFormat format) { form = format; }

void set_log_level(LogLevel level) { least = level; }

bool log_enabled(LogLevel level) { return level >= least.load(); }

void log(LogLevel level, std::string_view message) {
  if (!log_enabled(level)) return;
  const std::string line = form == LogFormat::kJson ? json_line(level, message) : text_line(level, message);
  // One write, so that lines of several threads do not mix.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace berth
