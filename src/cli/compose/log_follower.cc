#include "cli/compose/log_follower.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <thread>

#include "base/log.h"
#include "base/parallel.h"
#include "base/strings.h"
#include "cli/compose/log_cursor.h"
#include "converge/labels.h"

namespace berth::cli {

namespace {

using namespace std::chrono_literals;
using engine::ContainerId;

// Streams read at a time where nothing is followed; the engine itself is busy with fewer.
constexpr std::size_t kReaders = 6;
constexpr auto kRetry = 500ms;
// Long enough for an engine that is restarted.
constexpr auto kPatience = 10s;

// One container's log on its way to the printer.
struct Followed {
  ContainerId id;
  std::string name;
  std::string service;
  LogPrinter::Source* source = nullptr;
  bool silent_history = false;  // what there is already shall not be printed
  LogCursor cursor;             // its thread's

  // Under the map's lock.
  bool active = false;                // its thread reads
  bool again = false;                 // it started once more meanwhile
  std::optional<std::string> status;  // to be printed once all is read
  std::jthread thread;
};

// There is nothing to read any more: the container is removed, or on its way out, when engines answer with 409.
bool is_removed(const Error& e) { return e.kind() == Kind::kNotFound || e.kind() == Kind::kConflict; }

}  // namespace

class LogFollower::State {
 public:
  State(const Context& context, engine::Client& engine, LogPrinter& printer, LogFollowOptions options);
  void run(const Context& context);

 private:
  using Map = std::map<ContainerId, std::unique_ptr<Followed>>;

  std::vector<engine::ContainerSummary> list(const Context& context);
  bool wanted(std::string_view service) const;
  Followed& enter(Map& map, const ContainerId& id, std::string_view name, const engine::StringMap& labels);
  Followed& enter(const engine::ContainerSummary& container);

  void print_all(const Context& context);
  void follow_all(const Context& context);

  void on_event(const Context& context, const engine::Event& event);
  void on_start(const Context& context, const engine::Event& event);
  void on_die(const Context& context, const engine::Event& event);
  void look_anew(const Context& context);

  void start_reading(const Context& context, const ContainerId& id);
  void follow(const Context& context, Followed& container);
  void read_patiently(const Context& context, Followed& container);
  void read(const Context& context, Followed& container, bool first);
  void pass_over_what_ended(const Context& context);
  void pass_over_history(const Context& context, Followed& container, bool tty);
  void attach(const Context& context, Followed& container, bool tty);

  engine::Client& engine_;
  LogPrinter& printer_;
  const LogFollowOptions options_;
  std::optional<engine::EventStream> events_;
  std::vector<engine::ContainerSummary> first_;
  std::set<ContainerId> live_;    // the event loop's
  std::optional<Error> failure_;  // under the map's lock
  CancelSource* stop_ = nullptr;  // of the threads
  Guarded<Map> followed_;         // last: its threads end first
};

LogFollower::State::State(const Context& context, engine::Client& engine, LogPrinter& printer, LogFollowOptions options)
    : engine_(engine), printer_(printer), options_(std::move(options)) {
  if (options_.follow) {
    engine::EventOptions wanted_events;
    wanted_events.filters = {{"type", "container"},
                             {"label", std::string(converge::label::kProject) + "=" + options_.project}};
    wanted_events.patience = kPatience;
    events_ = engine_.events(context, wanted_events);
  }
  first_ = list(context);
  for (const engine::ContainerSummary& container : first_) {
    Followed& entered = enter(container);
    entered.silent_history = !options_.history && container.state != "created";
    live_.insert(container.id);
  }
  pass_over_what_ended(context);
  if (options_.index && first_.empty()) {
    throw Error(Kind::kNotFound, "service \"" + options_.services.front() + "\" is not running container #" +
                                     std::to_string(*options_.index));
  }
}

bool LogFollower::State::wanted(std::string_view service) const {
  const auto& names = options_.services;
  return names.empty() || std::find(names.begin(), names.end(), service) != names.end();
}

std::vector<engine::ContainerSummary> LogFollower::State::list(const Context& context) {
  using namespace converge;
  engine::ContainerListOptions query;
  query.all = true;
  const auto with_label = [&](const char* name, const std::string& value) {
    query.filters.emplace("label", std::string(name) + (value.empty() ? "" : "=" + value));
  };
  with_label(label::kProject, options_.project);
  with_label(label::kConfigHash, "");
  with_label(label::kOneOff, "False");
  if (options_.services.size() == 1) with_label(label::kService, options_.services.front());
  if (options_.index) with_label(label::kContainerNumber, std::to_string(*options_.index));
  auto containers = engine_.list_containers(context, query);
  std::erase_if(containers, [&](const auto& container) { return !wanted(service_of(container)); });
  std::sort(containers.begin(), containers.end(),
            [](const auto& a, const auto& b) { return converge::name_of(a) < converge::name_of(b); });
  return containers;
}

Followed& LogFollower::State::enter(Map& map, const ContainerId& id, std::string_view name,
                                    const engine::StringMap& labels) {
  using namespace converge;
  std::unique_ptr<Followed>& slot = map[id];
  if (!slot) {
    slot = std::make_unique<Followed>();
    slot->id = id;
    slot->service = label_of(labels, label::kService);
    slot->name = log_name(name, options_.project, slot->service, label_of(labels, label::kContainerNumber));
    slot->source = &printer_.source(slot->name);
    slot->cursor = LogCursor(options_.timestamps);
  }
  return *slot;
}

Followed& LogFollower::State::enter(const engine::ContainerSummary& container) {
  return enter(*followed_.lock(), container.id, converge::name_of(container), container.labels);
}

void LogFollower::State::run(const Context& context) {
  options_.follow ? follow_all(context) : print_all(context);
  printer_.flush();
}

void LogFollower::State::print_all(const Context& context) {
  CancelSource stop(context);
  std::vector<Followed*> containers;
  for (const auto& container : first_) containers.push_back(&enter(container));
  const auto outcomes = for_each_parallel(containers, kReaders, [&](Followed* container) {
    try {
      read(stop.context(), *container, true);
    } catch (const Error& e) {
      if (is_removed(e)) return;
      stop.cancel();
      throw;
    }
  });
  context.check();
  for (const auto& outcome : outcomes) {
    if (outcome && outcome->kind() != Kind::kCancelled) throw *outcome;
  }
}

void LogFollower::State::follow_all(const Context& context) {
  CancelSource stop(context);
  stop_ = &stop;
  const auto take_threads = [&] {
    std::vector<std::jthread> threads;
    const auto map = followed_.lock();
    for (auto& [id, container] : *map) threads.push_back(std::move(container->thread));
    return threads;
  };
  try {
    for (const auto& container : first_) start_reading(stop.context(), container.id);
    while (!live_.empty() || (options_.goes_on && options_.goes_on())) {
      const auto event = events_->next(stop.context());
      if (!event) break;
      on_event(stop.context(), *event);
    }
    take_threads().clear();  // waits for their ends
  } catch (const Error&) {
    stop.cancel();
    take_threads().clear();
    if (!failure_) throw;
  }
  if (failure_) throw *failure_;
}

void LogFollower::State::on_event(const Context& context, const engine::Event& event) {
  using namespace converge;
  if (event.is_gap) return look_anew(context);
  const auto& labels = event.attributes;
  if (!wanted(label_of(labels, label::kService)) || label_of(labels, label::kOneOff) == "True") return;
  if (options_.index && label_of(labels, label::kContainerNumber) != std::to_string(*options_.index)) return;
  const ContainerId id(event.actor_id);
  if (event.action == "create") live_.insert(id);
  if (event.action == "start") on_start(context, event);
  if (event.action == "die") on_die(context, event);
  if (event.action == "destroy") live_.erase(id);
}

void LogFollower::State::on_start(const Context& context, const engine::Event& event) {
  const ContainerId id(event.actor_id);
  live_.insert(id);
  enter(*followed_.lock(), id, converge::label_of(event.attributes, "name"), event.attributes);
  start_reading(context, id);
}

void LogFollower::State::on_die(const Context& context, const engine::Event& event) {
  ContainerEnd end;
  const ContainerId id(event.actor_id);
  end.exit_code = parse_integer(converge::label_of(event.attributes, "exitCode")).value_or(0);
  try {
    // A container that a policy starts again is "restarting"; one that `restart` does is "running" all the time.
    const auto now = engine_.inspect_container(context, id).state;
    end.restarting = now.restarting || now.running;
  } catch (const Error& e) {
    if (e.kind() != Kind::kNotFound) throw;
  }
  if (!end.restarting) live_.erase(id);
  std::optional<std::string> status;
  if (options_.statuses) {
    status = "exited with code " + std::to_string(end.exit_code) + (end.restarting ? " (restarting)" : "");
  }
  {
    auto map = followed_.lock();
    Followed& container = enter(*map, id, converge::label_of(event.attributes, "name"), event.attributes);
    end.name = container.name;
    end.service = container.service;
    if (container.active) container.status = std::exchange(status, std::nullopt);
  }
  if (status) printer_.status(end.name, *status);
  if (options_.on_end) options_.on_end(end);
}

// Events may have been lost: what runs is followed on from where its cursor is.
void LogFollower::State::look_anew(const Context& context) {
  live_.clear();
  for (const auto& container : list(context)) {
    live_.insert(container.id);
    enter(container);
    start_reading(context, container.id);
  }
}

void LogFollower::State::start_reading(const Context& context, const ContainerId& id) {
  auto map = followed_.lock();
  Followed& container = *map->at(id);
  if (container.active) {
    container.again = true;
    return;
  }
  container.active = true;
  container.thread = std::jthread([this, context, &container] { follow(context, container); });
}

// A container's thread: reads stream after stream for as long as the container starts again.
void LogFollower::State::follow(const Context& context, Followed& container) {
  for (;;) {
    try {
      read_patiently(context, container);
    } catch (const Error& e) {
      const auto map = followed_.lock();
      if (e.kind() != Kind::kCancelled && !failure_) failure_ = e;
      container.active = false;
      stop_->cancel();
      return;
    }
    std::optional<std::string> status;
    bool again;
    {
      const auto map = followed_.lock();
      status = std::exchange(container.status, std::nullopt);
      again = std::exchange(container.again, false);
      container.active = again;
    }
    if (status) printer_.status(container.name, *status);
    if (!again) return;
  }
}

// Opens a broken stream again until the engine is back.
void LogFollower::State::read_patiently(const Context& context, Followed& container) {
  for (;;) {
    try {
      return read(context, container, !container.cursor.since());
    } catch (const Error& e) {
      if (is_removed(e)) return;
      if (e.kind() != Kind::kUnavailable) throw;
      log(LogLevel::kDebug, "following '" + container.name + "' again: " + e.message());
    }
    context.sleep_for(kRetry);
  }
}

void LogFollower::State::read(const Context& context, Followed& container, bool first) {
  const bool tty = engine_.inspect_container(context, container.id).config.tty;
  engine::LogOptions query;
  query.follow = options_.follow;
  query.timestamps = options_.timestamps || options_.follow;  // the cursor needs them
  query.since = options_.since;
  query.until = options_.until;
  if (first && options_.follow && (container.silent_history || options_.tail == 0)) {
    pass_over_history(context, container, tty);
  } else if (first) {
    query.tail = options_.tail;
  } else {
    container.cursor.reopen();
  }
  if (const auto since = container.cursor.since()) query.since = since;
  try {
    auto stream = engine_.container_logs(context, container.id, query, tty);
    LogLines lines;
    engine::LogSource source = engine::LogSource::kOut;
    const auto print = [&](std::string_view line) {
      if (const auto text = container.cursor.take(line)) printer_.write(*container.source, source, *text);
    };
    while (const auto chunk = stream.next(context)) {
      source = chunk->source;
      if (options_.follow) {
        lines.add(source, chunk->data, print);
      } else {
        printer_.write(*container.source, source, chunk->data);
      }
    }
    lines.finish(print);
  } catch (const Error& e) {
    if (e.kind() != Kind::kUnsupported) throw;
    // The log driver keeps nothing to read; what is written from now on can be had all the same.
    if (options_.follow && !options_.history) return attach(context, container, tty);
    log(LogLevel::kWarning, "can't retrieve logs for '" + container.name + "': " + e.message());
  }
  printer_.finish(*container.source);
}

// Before they may be started again, so that nothing they write then is taken for history.
void LogFollower::State::pass_over_what_ended(const Context& context) {
  std::vector<Followed*> ended;
  for (const auto& container : first_) {
    Followed& entered = enter(container);
    if (entered.silent_history && !converge::is_up(container)) ended.push_back(&entered);
  }
  const auto outcomes = for_each_parallel(ended, kReaders, [&](Followed* container) {
    pass_over_history(context, *container, engine_.inspect_container(context, container->id).config.tty);
    container->silent_history = false;
  });
  for (const auto& outcome : outcomes) {
    if (outcome && !is_removed(*outcome)) throw *outcome;
  }
}

void LogFollower::State::pass_over_history(const Context& context, Followed& container, bool tty) {
  engine::LogOptions query;
  query.timestamps = true;
  query.tail = 1;
  try {
    auto stream = engine_.container_logs(context, container.id, query, tty);
    while (const auto chunk = stream.next(context)) container.cursor.skip_past(chunk->data);
  } catch (const Error& e) {
    if (e.kind() != Kind::kUnsupported) throw;
  }
}

void LogFollower::State::attach(const Context& context, Followed& container, bool tty) {
  try {
    auto stream = engine_.attach_container(context, container.id, {}, tty);
    while (const auto chunk = stream.next(context)) printer_.write(*container.source, chunk->source, chunk->data);
  } catch (const Error& e) {
    if (e.kind() != Kind::kConflict) throw;  // not running
  }
  printer_.finish(*container.source);
}

LogFollower::LogFollower(const Context& context, engine::Client& engine, LogPrinter& printer, LogFollowOptions options)
    : state_(std::make_unique<State>(context, engine, printer, std::move(options))) {}
LogFollower::~LogFollower() = default;
void LogFollower::run(const Context& context) { state_->run(context); }

std::string log_name(std::string_view name, std::string_view project, std::string_view service,
                     std::string_view number) {
  const std::string usual = std::string(service) + "-" + std::string(number);
  return name == std::string(project) + "-" + usual ? usual : std::string(name);
}

}  // namespace berth::cli
