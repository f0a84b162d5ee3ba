#include "converge/jobs.h"

#include "base/cron.h"
#include "base/strings.h"
#include "compose/berth_options.h"

namespace berth::converge {

namespace {

std::optional<engine::Time> time_of(std::string_view text) {
  const auto seconds = parse_integer(text);
  if (!seconds) return std::nullopt;
  return engine::Time(std::chrono::seconds(*seconds));
}

}  // namespace

std::vector<JobRun> job_runs(std::string_view log) {
  std::vector<JobRun> runs;
  for (const std::string& line : split(log, '\n')) {
    const std::vector<std::string> words = split(trim(line), ' ');
    constexpr std::size_t kRunWords = 5;
    if (words.size() == kRunWords && words[0] == "run") {
      const auto began = time_of(words[2]);
      const auto ended = time_of(words[3]);
      if (began && ended) {
        runs.push_back({.service = words[1], .began = *began, .ended = ended, .exit_code = parse_integer(words[4])});
      }
    } else if (words.size() > 3 && words[0] == "skip") {
      const auto began = time_of(cut(words[2], ':').first);
      if (began) runs.push_back({.service = words[1], .began = *began, .skipped = true});
    }
  }
  return runs;
}

std::string schedule_text(const compose::Service& service) {
  const compose::BerthOptions options = compose::berth_options(service);
  if (options.schedule) return options.schedule->cron + " (UTC)";
  return options.once_per_release ? "once per release" : "";
}

std::optional<engine::Time> next_run(const compose::Service& service, engine::Time now) {
  const auto schedule = compose::berth_options(service).schedule;
  const auto cron = schedule ? Cron::parse(schedule->cron) : std::nullopt;
  if (!cron) return std::nullopt;
  const auto next = cron->next(std::chrono::system_clock::to_time_t(now));
  if (!next) return std::nullopt;
  return engine::Time(std::chrono::seconds(*next));
}

}  // namespace berth::converge
