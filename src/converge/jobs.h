// Runs of the jobs of a project, as its keeper notes them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compose/project.h"
#include "engine/types.h"

namespace berth::converge {

struct JobRun {
  std::string service;
  engine::Time began;
  std::optional<engine::Time> ended;      // nothing: it runs, or was skipped
  std::optional<std::int64_t> exit_code;  // nothing: not known
  bool skipped = false;                   // the run before had not ended
};

// From the keeper's log, oldest first; other lines are passed over.
std::vector<JobRun> job_runs(std::string_view log);

// "30 3 * * * (UTC)", "once per release"; empty for a service that is no job.
std::string schedule_text(const compose::Service& service);

// When the schedule starts it next; nothing when it has none, or never.
std::optional<engine::Time> next_run(const compose::Service& service, engine::Time now);

}  // namespace berth::converge
