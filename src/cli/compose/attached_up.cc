#include "cli/compose/attached_up.h"

#include <algorithm>
#include <thread>

#include "base/error.h"
#include "base/strings.h"
#include "cli/compose/carry_out.h"

namespace berth::cli {

namespace {

// What containers wrote before they ended is still on its way when the engine says that they did.
constexpr auto kLastWords = std::chrono::seconds(2);

}  // namespace

AttachedUp::AttachedUp(Session& session, const compose::Project& project, Options options)
    : session_(session), project_(project), options_(std::move(options)) {}

int AttachedUp::run() {
  Terminal& terminal = session_.terminal();
  LogStyle style = log_style(terminal);
  style.prefix = options_.prefix;
  style.colours = style.colours && options_.colours;
  style.divided = true;
  LogPrinter printer(terminal, style);

  LogFollowOptions follow_options;
  follow_options.project = project_.name;
  follow_options.services = options_.attach_to;
  follow_options.history = false;
  follow_options.follow = true;
  follow_options.timestamps = options_.timestamps;
  is_beside_ = options_.beside != nullptr;
  follow_options.goes_on = [this] { return is_beside_.load(); };
  follow_options.on_end = [this](const ContainerEnd& end) { on_end(end); };

  CancelSource following;  // not ended by Ctrl-C: what containers say while they stop is shown
  LogFollower follower(following.context(), session_.engine(), printer, follow_options);
  terminal.out_line("Attaching to " + join(options_.attach_to, ", "));

  CancelSource beside(session_.invocation().interrupted);
  std::jthread starter([&] {
    start_all(session_.invocation().interrupted, printer);
    if (options_.beside) go_beside(beside.context());
  });
  std::jthread reader([&] { follow(follower, following.context()); });
  const bool interrupted = wait_for_end();
  beside.cancel();
  starter.join();
  const bool aborted = progressed_.lock()->aborts.has_value();
  if (interrupted || aborted) {
    terminal.out_line(interrupted ? "Gracefully Stopping... press Ctrl+C again to force"
                                  : "Aborting on container exit...");
    stop_all();
    const auto deadline = Context().with_timeout(kLastWords);
    try {
      auto progressed = progressed_.lock();
      progressed.wait(deadline, [&] { return progressed->printed_all; });
    } catch (const Error&) {
      // A container that cannot be stopped is not waited for.
    }
  }
  following.cancel();
  reader.join();
  printer.flush();
  return exit_code(interrupted);
}

void AttachedUp::on_end(const ContainerEnd& end) {
  if (end.restarting) return;
  const auto progressed = progressed_.lock();
  if (end.service == options_.exit_code_from && !progressed->chosen) progressed->chosen = end.exit_code;
  const bool aborts = options_.abort == Abort::kOnExit || (options_.abort == Abort::kOnFailure && end.exit_code != 0);
  if (aborts && !progressed->aborts) progressed->aborts = end.exit_code;
  progressed_.notify();
}

void AttachedUp::start_all(const Context& context, LogPrinter& printer) {
  try {
    const converge::State state = converge::observe(context, session_.engine(), project_, {.images = false});
    converge::StartOptions start;
    start.services = options_.services;
    start.separator = options_.separator;
    const converge::Plan plan = converge::plan_start(project_, state, start);
    const converge::Outcome outcome =
        converge::execute(context, session_.engine(), plan, execute_options(session_),
                          [&](const converge::Event& event) { print_hook(event, printer); });
    if (outcome.failure) throw *outcome.failure;
  } catch (const Error& e) {
    if (e.kind() == Kind::kCancelled) return;
    progressed_.lock()->failure = e;
    progressed_.notify();
  }
}

void AttachedUp::go_beside(const Context& context) {
  try {
    if (!progressed_.lock()->failure) options_.beside(context);
  } catch (const Error& e) {
    if (e.kind() != Kind::kCancelled) progressed_.lock()->failure = e;
  }
  is_beside_ = false;
  progressed_.notify();
}

void AttachedUp::print_hook(const converge::Event& event, LogPrinter& printer) {
  const auto& shown = options_.attach_to;
  if (event.kind != converge::Event::Kind::kHookOutput) return;
  if (std::find(shown.begin(), shown.end(), event.service) == shown.end()) return;
  std::string name = event.name;
  if (const std::string prefix = project_.name + "-"; name.starts_with(prefix)) name.erase(0, prefix.size());
  LogPrinter::Source& source = printer.source(name + " ->");
  printer.write(source, engine::LogSource::kOut, event.detail + "\n");
}

void AttachedUp::follow(LogFollower& follower, const Context& context) {
  std::optional<Error> failure;
  try {
    follower.run(context);
  } catch (const Error& e) {
    if (e.kind() != Kind::kCancelled) failure = e;
  }
  const auto progressed = progressed_.lock();
  progressed->printed_all = true;
  if (failure && !progressed->failure) progressed->failure = failure;
  progressed_.notify();
}

bool AttachedUp::wait_for_end() {
  try {
    auto progressed = progressed_.lock();
    progressed.wait(session_.invocation().interrupted,
                    [&] { return progressed->printed_all || progressed->failure || progressed->aborts; });
    return false;
  } catch (const Error& e) {
    if (e.kind() != Kind::kCancelled) throw;
    return true;
  }
}

void AttachedUp::stop_all() {
  session_.set_context(session_.invocation().context);
  try {
    converge::StopOptions stop;
    stop.services = options_.services;
    stop.timeout = options_.timeout;
    const converge::State state = converge::observe(session_.context(), session_.engine(), project_, {.images = false});
    carry_out(session_, converge::plan_stop(project_, state, stop), "Stopping");
  } catch (const Error& e) {
    if (e.kind() != Kind::kCancelled) throw;
    kill_all();
  }
}

void AttachedUp::kill_all() {
  session_.set_context(Context());
  converge::KillOptions kill;
  kill.services = options_.services;
  const converge::State state = converge::observe(session_.context(), session_.engine(), project_, {.images = false});
  carry_out(session_, converge::plan_kill(project_, state, kill), "Killing");
}

int AttachedUp::exit_code(bool interrupted) {
  const auto progressed = progressed_.lock();
  if (interrupted) return berth::exit_code(Kind::kCancelled);
  if (progressed->failure) throw *progressed->failure;
  if (!options_.exit_code_from.empty()) return static_cast<int>(progressed->chosen.value_or(0));
  return static_cast<int>(progressed->aborts.value_or(0));
}

}  // namespace berth::cli
