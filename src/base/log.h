// Log lines for people who look for a fault; what a command has to say to its user goes through src/cli instead.
#pragma once

#include <string_view>

namespace berth {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// Lines below this level are dropped. kWarning at the start.
void set_log_level(LogLevel level);
bool log_enabled(LogLevel level);

enum class LogFormat { kText, kJson };

// kText at the start.
void set_log_format(LogFormat format);

// One line on standard error: `time="..." level=debug msg="..."`, or {"time":"...","level":"debug","msg":"..."}. Never
// log a secret. Any thread.
void log(LogLevel level, std::string_view message);

}  // namespace berth
