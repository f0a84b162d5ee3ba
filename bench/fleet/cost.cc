#include "cost.h"

#include <ctime>
#include <string>

#include "base/error.h"
#include "base/files.h"
#include "base/strings.h"

namespace berth::fleet {

namespace {

// The number behind "NAME:" in a file of /proc; 0 when it is not there.
std::int64_t number_of(const std::string& text, const std::string& name) {
  const auto found = ("\n" + text).find("\n" + name + ":");
  if (found == std::string::npos) return 0;
  std::string_view rest = std::string_view(text).substr(found + name.size() + 1);
  rest = trim(rest.substr(0, rest.find('\n')));
  return parse_integer(rest.substr(0, rest.find(' '))).value_or(0);
}

}  // namespace

Cost cost_of(pid_t pid) {
  clockid_t clock;
  timespec time{};
  const int failed = ::clock_getcpuclockid(pid, &clock);
  if (failed != 0 || ::clock_gettime(clock, &time) != 0) {
    throw Error(Kind::kNotFound, "there is no process " + std::to_string(pid) + " to measure");
  }
  const std::string folder = "/proc/" + std::to_string(pid);
  const std::string status = read_file(folder + "/status");
  Cost cost;
  cost.cpu = std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  cost.resident = number_of(read_file(folder + "/smaps_rollup"), "Rss") * 1024;
  cost.peak = number_of(status, "VmHWM") * 1024;
  cost.threads = number_of(status, "Threads");
  return cost;
}

}  // namespace berth::fleet
