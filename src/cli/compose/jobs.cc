#include "converge/jobs.h"

#include <algorithm>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "base/units.h"
#include "cli/compose/commands.h"
#include "cli/compose/session.h"
#include "cli/table.h"
#include "converge/keeper.h"
#include "converge/labels.h"

namespace berth::cli {

namespace {

using converge::JobRun;

// The jobs of a project with what the engine has of them.
class Jobs {
 public:
  explicit Jobs(Session& session) : session_(session), project_(session.project()) {
    state_ = converge::observe(session.context(), session.engine(), project_, {.images = false});
  }

  const compose::Project& project() const { return project_; }

  std::vector<const compose::Service*> all() const {
    std::vector<const compose::Service*> jobs;
    for (const auto& [name, service] : project_.services) {
      if (!converge::schedule_text(service).empty()) jobs.push_back(&service);
    }
    return jobs;
  }

  // Throws kNotFound for what is no job, or has no container yet.
  engine::ContainerInspect container_of(const std::string& job) const {
    session_.check_services({job});
    if (converge::schedule_text(*project_.find_service(job)).empty()) {
      throw Error(Kind::kNotFound,
                  "service '" + job + "' is no job: x-berth.schedule or x-berth.once would make it one");
    }
    auto container = find_container(job);
    if (!container) throw Error(Kind::kNotFound, "job '" + job + "' has no container: run 'up' first");
    return std::move(*container);
  }

  std::optional<engine::ContainerInspect> find_container(const std::string& job) const {
    for (const engine::ContainerSummary& container : state_.containers) {
      if (converge::service_of(container) != job || converge::is_one_off(container)) continue;
      return session_.engine().inspect_container(session_.context(), container.id);
    }
    return std::nullopt;
  }

  // Of the job, or of all when it is empty; oldest first, one that is running last.
  std::vector<JobRun> runs(const std::string& job) const {
    std::vector<JobRun> runs;
    if (const engine::ContainerSummary* keeper = converge::find_keeper(state_)) {
      runs = converge::job_runs(log_of(keeper->id, {}, false));
    }
    for (const compose::Service* service : all()) {
      const bool noted = std::any_of(runs.begin(), runs.end(),
                                     [&](const JobRun& run) { return run.service == service->name && !run.skipped; });
      const auto container = find_container(service->name);
      if (!container || !container->state.started_at || (noted && !container->state.running)) continue;
      JobRun run{.service = service->name, .began = *container->state.started_at};
      if (!container->state.running) {
        run.ended = container->state.finished_at;
        run.exit_code = container->state.exit_code;
      }
      runs.push_back(std::move(run));
    }
    std::erase_if(runs, [&](const JobRun& run) { return !job.empty() && run.service != job; });
    std::stable_sort(runs.begin(), runs.end(), [](const auto& a, const auto& b) { return a.began < b.began; });
    return runs;
  }

  std::string log_of(const engine::ContainerId& id, engine::LogOptions options, bool tty) const {
    engine::LogStream log = session_.engine().container_logs(session_.context(), id, options, tty);
    std::string text;
    while (const auto chunk = log.next(session_.context())) text += chunk->data;
    return text;
  }

 private:
  Session& session_;
  const compose::Project& project_;
  converge::State state_;
};

std::string ago(engine::Time time) { return human_duration(system_clock().now() - time) + " ago"; }

std::string result_of(const JobRun& run) {
  if (run.skipped) return "skipped";
  if (!run.ended) return "running";
  return run.exit_code ? "exited (" + std::to_string(*run.exit_code) + ")" : "ended";
}

int list(Invocation& invocation) {
  Session session(invocation);
  const Jobs jobs(session);
  std::vector<std::vector<std::string>> rows = {{"JOB", "WHEN", "LAST RUN", "RESULT", "NEXT RUN"}};
  json::array array;
  for (const compose::Service* job : jobs.all()) {
    std::vector<JobRun> runs = jobs.runs(job->name);
    std::erase_if(runs, [](const JobRun& run) { return run.skipped; });
    const auto next = converge::next_run(*job, system_clock().now());
    const std::string when = converge::schedule_text(*job);
    rows.push_back({job->name, when, runs.empty() ? "never" : ago(runs.back().began),
                    runs.empty() ? "" : result_of(runs.back()), next ? format_time(*next) : ""});
    json::object entry{{"Job", job->name}, {"When", when}};
    if (!runs.empty()) {
      entry["LastRun"] = format_time(runs.back().began);
      entry["Result"] = result_of(runs.back());
    }
    if (next) entry["NextRun"] = format_time(*next);
    array.push_back(std::move(entry));
  }
  if (invocation.arguments.text("format") == "json") {
    invocation.terminal.out_line(format_json(array));
  } else {
    invocation.terminal.out(format_table(rows));
  }
  return 0;
}

int history(Invocation& invocation) {
  Session session(invocation);
  const Jobs jobs(session);
  const std::string job = invocation.arguments.rest.empty() ? "" : invocation.arguments.rest.front();
  if (!job.empty()) session.check_services({job});
  std::vector<std::vector<std::string>> rows = {{"JOB", "STARTED", "DURATION", "RESULT"}};
  json::array array;
  for (const JobRun& run : jobs.runs(job)) {
    const std::string duration = run.ended ? human_duration(*run.ended - run.began) : "";
    rows.push_back({run.service, format_time(run.began), duration, result_of(run)});
    json::object entry{{"Job", run.service}, {"Started", format_time(run.began)}, {"Result", result_of(run)}};
    if (run.ended) entry["Ended"] = format_time(*run.ended);
    if (run.exit_code) entry["ExitCode"] = *run.exit_code;
    array.push_back(std::move(entry));
  }
  if (invocation.arguments.text("format") == "json") {
    invocation.terminal.out_line(format_json(array));
  } else {
    invocation.terminal.out(format_table(rows));
  }
  return 0;
}

int logs(Invocation& invocation) {
  Session session(invocation);
  const Jobs jobs(session);
  const std::string job = invocation.arguments.rest.front();
  const engine::ContainerInspect container = jobs.container_of(job);
  std::vector<JobRun> runs = jobs.runs(job);
  std::erase_if(runs, [](const JobRun& run) { return run.skipped; });
  const auto back = static_cast<std::size_t>(std::max(1LL, invocation.arguments.integer("run").value_or(1)));
  if (back > runs.size()) {
    throw Error(Kind::kNotFound, "job '" + job + "' has run " + std::to_string(runs.size()) + " times");
  }
  const JobRun& run = runs[runs.size() - back];
  // The keeper sees a run a moment after it has begun.
  constexpr auto kBefore = std::chrono::seconds(1);
  engine::LogOptions options{.since = run.began - kBefore};
  if (run.ended) options.until = *run.ended + kBefore;
  invocation.terminal.out(jobs.log_of(container.id, options, container.config.tty));
  return 0;
}

int run(Invocation& invocation) {
  Session session(invocation);
  const Jobs jobs(session);
  const std::string job = invocation.arguments.rest.front();
  const engine::ContainerInspect container = jobs.container_of(job);
  if (container.state.running) {
    throw Error(Kind::kConflict, "job '" + job + "' runs already: see 'jobs logs " + job + "'");
  }
  if (session.dry_run()) return 0;
  const engine::Time began = system_clock().now();
  session.engine().start_container(session.context(), container.id);
  if (invocation.arguments.on("detach")) return 0;
  engine::LogStream log = session.engine().container_logs(session.context(), container.id,
                                                          {.follow = true, .since = began}, container.config.tty);
  while (const auto chunk = log.next(session.context())) invocation.terminal.out(chunk->data);
  return static_cast<int>(
      session.engine().wait_container(session.context(), container.id).exit(session.context()).status_code);
}

Command child(std::string name, std::string usage, std::string summary, int (*body)(Invocation&)) {
  Command command;
  command.name = std::move(name);
  command.usage = std::move(usage);
  command.summary = std::move(summary);
  command.completes = "service";
  command.run = body;
  return command;
}

}  // namespace

Command jobs_command() {
  const auto format = [] {
    return text_flag("format", 0, "Format the output").with_default("table").one_of({"table", "json"});
  };
  Command command;
  command.name = "jobs";
  command.usage = "COMMAND";
  command.summary = "List, run and follow scheduled jobs, and those that run once per release";
  Command ls = child("ls", "[OPTIONS]", "List jobs with their last and next runs", list);
  ls.aliases = {"list"};
  ls.at_most = 0;
  ls.flags = {format()};
  Command past = child("history", "[OPTIONS] [JOB]", "List the runs of jobs", history);
  past.at_most = 1;
  past.flags = {format()};
  Command output = child("logs", "[OPTIONS] JOB", "Print what one run of a job wrote", logs);
  output.at_least = output.at_most = 1;
  output.flags = {integer_flag("run", 0, "Which run, counted back from the last").with_default("1")};
  Command now = child("run", "[OPTIONS] JOB", "Run a job now, and return its exit code", run);
  now.at_least = now.at_most = 1;
  now.flags = {flag("detach", 'd', "Do not wait for its end")};
  command.children = {std::move(ls), std::move(past), std::move(output), std::move(now)};
  return command;
}

}  // namespace berth::cli
