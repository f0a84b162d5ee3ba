#include "agent/keeper.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace berth::agent {

namespace {

constexpr std::string_view kService = "com.docker.compose.service";
constexpr std::string_view kDependsOn = "com.docker.compose.depends_on";
constexpr std::string_view kReplace = "com.docker.compose.replace";
constexpr std::string_view kRestartUnhealthy = "io.berth.compose.restart-unhealthy";
constexpr std::string_view kSchedule = "io.berth.compose.schedule";

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return parts;
}

// A container that is to take another's place has a name of its own until it does: "0123456789ab_shop-web-1".
bool is_newcomer(const Seen& seen, const Json& labels) {
  constexpr std::size_t kDigits = 12;
  return labels.find(kReplace) != nullptr && seen.name.size() > kDigits && seen.name[kDigits] == '_';
}

std::string between(std::string_view text, std::string_view before, std::string_view after) {
  const std::size_t begin = text.find(before);
  if (begin == std::string_view::npos) return {};
  const std::size_t from = begin + before.size();
  const std::size_t end = text.find(after, from);
  return end == std::string_view::npos ? std::string() : std::string(text.substr(from, end - from));
}

Seen seen_of_entry(const Json& entry, const Json& labels) {
  Seen seen;
  seen.id = entry.text_of("Id");
  if (const Json* names = entry.find("Names"); names != nullptr && !names->items.empty()) {
    seen.name = names->items.front().text;
    if (seen.name.starts_with('/')) seen.name.erase(0, 1);
  }
  seen.service = labels.text_of(kService);
  seen.state = entry.text_of("State");
  const std::string_view status =
      entry.text_of("Status");  // "Up 2 minutes (health: starting)", "Exited (3) 1 hour ago"
  for (const char* health : {"healthy", "unhealthy"}) {
    if (status.find("(" + std::string(health) + ")") != std::string_view::npos) seen.health = health;
  }
  if (status.find("(health: starting)") != std::string_view::npos) seen.health = "starting";
  if (status.starts_with("Exited (")) seen.exit_code = between(status, "(", ")");
  for (const std::string& dependency : split(labels.text_of(kDependsOn), ',')) {
    seen.depends_on.push_back(dependency.substr(0, dependency.find(':')));
  }
  const std::string delays(labels.text_of(kRestartUnhealthy));
  if (!delays.empty()) {
    char* rest = nullptr;
    const Seconds delay = std::strtol(delays.c_str(), &rest, 10);
    seen.delays = std::pair(delay, static_cast<Seconds>(std::strtol(rest, nullptr, 10)));
  }
  const std::string_view schedule = labels.text_of(kSchedule);
  const std::size_t blank = std::min(schedule.find(' '), schedule.size());
  seen.overlap = schedule.substr(0, blank);
  seen.cron = schedule.substr(std::min(schedule.size(), blank + 1));
  return seen;
}

bool is_up(const Seen& seen) { return seen.state == "running" || seen.state == "restarting" || seen.state == "paused"; }

}  // namespace

std::vector<Seen> seen_of(const Json& list) {
  std::vector<Seen> all;
  for (const Json& entry : list.items) {
    const Json* labels = entry.find("Labels");
    if (labels == nullptr) continue;
    Seen seen = seen_of_entry(entry, *labels);
    if (!is_newcomer(seen, *labels)) all.push_back(std::move(seen));
  }
  return all;
}

std::vector<Action> Keeper::look(const std::vector<Seen>& containers, Seconds now) {
  next_.reset();
  std::vector<Action> actions;
  std::map<std::string, Record> kept;
  for (const Seen& seen : containers) kept[seen.id] = std::move(records_[seen.id]);
  records_ = std::move(kept);
  for (const Seen& seen : containers) {
    if (seen.delays) mend(seen, containers, now, actions);
    if (!seen.cron.empty()) run(seen, now, actions);
  }
  return actions;
}

// One container of a service at a time, and none whose trouble may be another's: so that a fault does not become a
// storm.
void Keeper::mend(const Seen& seen, const std::vector<Seen>& all, Seconds now, std::vector<Action>& actions) {
  Record& record = records_[seen.id];
  const auto [delay, most] = *seen.delays;
  if (seen.health == "healthy") {
    if (record.healthy_since == 0) record.healthy_since = now;
    if (record.streak > 0 && now - record.healthy_since >= most) record.streak = 0;
    return;
  }
  record.healthy_since = 0;
  if (seen.health != "unhealthy" || seen.state != "running" || record.acting) return;
  if (record.streak > 0) {
    const int doublings = std::min(record.streak - 1, 20);
    const Seconds due = record.restarted_at + std::min(most, delay << doublings);
    if (now < due) return look_again(due);
  }
  for (const Seen& other : all) {
    if (other.id == seen.id) continue;
    const bool needed =
        std::find(seen.depends_on.begin(), seen.depends_on.end(), other.service) != seen.depends_on.end();
    if (needed && other.health == "unhealthy") return;
    if (other.service == seen.service && is_recovering(other)) return;
  }
  ++record.streak;
  record.restarted_at = now;
  record.acting = true;
  std::string why = "restart " + seen.name + ": it is unhealthy";
  if (record.streak > 1) why += " again, for the " + std::to_string(record.streak) + ". time in a row";
  actions.push_back({.kind = Action::Kind::kRestart, .id = seen.id, .why = std::move(why)});
}

bool Keeper::is_recovering(const Seen& seen) const {
  const auto found = records_.find(seen.id);
  if (found == records_.end()) return false;
  return found->second.acting || (found->second.streak > 0 && seen.health == "starting");
}

void Keeper::run(const Seen& seen, Seconds now, std::vector<Action>& actions) {
  Record& record = records_[seen.id];
  if (record.cron_text != seen.cron) {
    record.cron_text = seen.cron;
    record.cron = Cron::parse(seen.cron);
    record.due = record.cron ? record.cron->next(now) : std::nullopt;
    if (!record.cron) notes_.push_back("'" + seen.cron + "' of " + seen.name + " is no schedule");
  }
  const bool runs = is_up(seen);
  const auto act = [&](Action::Kind kind, std::string why) {
    record.acting = true;
    actions.push_back({.kind = kind, .id = seen.id, .why = std::move(why)});
  };
  if (runs && !record.ran) record.began = now;
  if (!runs && record.ran) {
    notes_.push_back("run " + seen.service + " " + std::to_string(record.began) + " " + std::to_string(now) + " " +
                     (seen.exit_code.empty() ? "-" : seen.exit_code));
  }
  record.ran = runs;
  if (!runs && record.waits && !record.acting) {
    record.waits = false;
    act(Action::Kind::kStart, "start " + seen.name + ": its run was waiting");
  }
  if (record.due && now >= *record.due) {
    record.due = record.cron->next(now);
    if (!runs && !record.acting) {
      act(Action::Kind::kStart, "start " + seen.name + ": it is time");
    } else if (seen.overlap == "wait") {
      record.waits = true;
      notes_.push_back("wait " + seen.service + ": the run before has not ended");
    } else if (seen.overlap == "replace" && !record.acting) {
      act(Action::Kind::kRestart, "restart " + seen.name + ": it is time, and the run before has not ended");
    } else {
      notes_.push_back("skip " + seen.service + " " + std::to_string(now) + ": the run before has not ended");
    }
  }
  if (record.due) look_again(*record.due);
}

void Keeper::done(const std::string& id) {
  const auto found = records_.find(id);
  if (found != records_.end()) found->second.acting = false;
}

void Keeper::look_again(Seconds at) { next_ = next_ ? std::min(*next_, at) : at; }

std::vector<std::string> Keeper::take_notes() { return std::exchange(notes_, {}); }

}  // namespace berth::agent
