// Calls to a manager, or an engine, from many clients at a time, and what they took.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/context.h"
#include "cost.h"
#include "engine/endpoint.h"

namespace berth::fleet {

enum class Work {
  kPing,
  kInfo,
  kList,     // all containers, running or not
  kInspect,  // of containers there are
  kCreate,
  kCreateStart,  // two calls, one operation
  kStopRemove,   // of containers that were created by kCreate and kCreateStart; count is theirs at most
};
// Nothing when it is none.
std::optional<Work> work_named(std::string_view name);

struct LoadOptions {
  engine::Endpoint endpoint;
  Work work = Work::kPing;
  std::size_t clients = 64;
  std::size_t count = 1000;  // operations
  std::chrono::seconds at_most{120};
  std::string image = "nginx";
  std::string container;     // what kInspect looks at; empty: the first thousand of the list, in turn
  std::optional<pid_t> pid;  // whose cost is measured
};

struct LoadReport {
  std::size_t done = 0;  // operations, failed ones too
  std::size_t failed = 0;
  std::string first_error;
  std::chrono::duration<double> wall{};
  std::chrono::duration<double> p50{}, p90{}, p99{}, longest{};  // of an operation that succeeded
  std::uint64_t bytes = 0;                                       // of bodies that were answered
  std::optional<Cost> before, after;

  double rate() const { return wall.count() > 0 ? static_cast<double>(done - failed) / wall.count() : 0; }
  // Of the process, per operation.
  std::chrono::duration<double> cpu_each() const;
};

// Returns when `count` operations are done or the time is up. Throws kUnavailable when nobody answers there,
// kCancelled.
LoadReport run_load(const Context& context, const LoadOptions& options);

// One line for people; the same as JSON, times in milliseconds.
std::string report_line(const std::string& name, const LoadReport& report);
std::string report_json(const std::string& name, const LoadReport& report);

}  // namespace berth::fleet
