#include "cli/compose/carry_out.h"

#include "base/strings.h"
#include "base/units.h"

namespace berth::cli {

namespace {

using converge::Event;
using State = ProgressRow::State;

// A pull's or build's message as rows or lines.
void show_transfer(Progress& progress, const Event& event) {
  const engine::Progress& transfer = event.progress;
  if (!transfer.stream.empty()) {
    const std::string_view text = trim(transfer.stream);
    if (!text.empty()) progress.line((event.service.empty() ? event.name : event.service) + " | " + std::string(text));
    return;
  }
  if (transfer.id.empty()) return;
  ProgressRow row;
  row.id = transfer.id;
  row.parent = event.noun + " " + event.name;
  row.text = transfer.status;
  row.current = transfer.current;
  row.total = transfer.total;
  if (event.detail != transfer.status) row.detail = event.detail;
  if (transfer.total > 0) row.detail = human_size(Bytes(transfer.current)) + "/" + human_size(Bytes(transfer.total));
  const bool done = transfer.status.ends_with("complete") || transfer.status == "Already exists";
  row.state = done ? State::kDone : State::kWorking;
  progress.update(row);
}

ProgressRow row_of(const Event& event) {
  ProgressRow row;
  row.id = event.noun + " " + event.name;
  row.text = event.status;
  row.detail = event.detail;
  switch (event.kind) {
    case Event::Kind::kDone:
      row.state = State::kDone;
      break;
    case Event::Kind::kFailed:
      row.state = State::kError;
      row.text = "Error";
      break;
    case Event::Kind::kCancelled:
      row.state = State::kWarning;
      row.text = "Cancelled";
      break;
    case Event::Kind::kWarning:
      row.state = State::kWarning;
      break;
    case Event::Kind::kStarted:
    case Event::Kind::kProgress:
    case Event::Kind::kOutput:
    case Event::Kind::kHookOutput:
      break;
  }
  return row;
}

}  // namespace

std::unique_ptr<Progress> progress_of(Session& session, const std::string& title, bool quiet) {
  const ProgressMode mode = quiet ? ProgressMode::kQuiet : parse_progress_mode(session.arguments().text("progress"));
  return make_progress(mode, session.terminal(), title, session.dry_run());
}

converge::EventSink progress_sink(Progress& progress, Hushed hushed) {
  return [&progress, hushed](const Event& event) {
    if (event.kind == Event::Kind::kProgress) {
      const bool pull = event.status == "Pulling" || event.noun == "Model";
      const bool hush = (hushed.pulls && pull) || (hushed.builds && event.status == "Building");
      return hush ? void() : show_transfer(progress, event);
    }
    // For the end, or for another place, by who wants to tell it.
    if (event.kind == Event::Kind::kOutput || event.kind == Event::Kind::kHookOutput) return;
    if (event.kind == Event::Kind::kWarning && event.operation == converge::OperationNumber::kNone) {
      return progress.line("WARN " + event.detail);
    }
    // The inner steps of a recreation have no words of their own; their failures do matter.
    if (event.status.empty() && event.kind != Event::Kind::kFailed && event.kind != Event::Kind::kWarning) return;
    progress.update(row_of(event));
  };
}

converge::ExecuteOptions execute_options(Session& session) {
  converge::ExecuteOptions options;
  if (const auto parallel = session.parallel()) options.calls_in_flight = *parallel;
  options.credentials = &session.credentials();
  options.buildx = session.buildx();
  options.ssh_agent = session.invocation().environment.get_or("SSH_AUTH_SOCK", "");
  options.programs = &session.programs();
  return options;
}

void show_plan(Session& session, const converge::Plan& plan, const std::string& title) {
  const auto progress = progress_of(session, title);
  for (const std::string& warning : plan.warnings) progress->line("WARN " + warning);
  for (const converge::Operation& operation : plan.operations) {
    const converge::Words words = converge::words(operation);
    if (words.done.empty()) continue;
    ProgressRow row;
    row.id = words.noun + " " + words.name;
    row.text = words.doing;
    progress->update(row);
    row.text = words.done;
    row.state = State::kDone;
    progress->update(row);
  }
  progress->finish();
}

void carry_out(Session& session, const converge::Plan& plan, const std::string& title, bool quiet) {
  if (session.dry_run()) return show_plan(session, plan, title);
  for (const std::string& warning : plan.warnings) session.terminal().warn(warning);
  if (plan.empty()) return;
  const auto progress = progress_of(session, title, quiet);
  const converge::Outcome outcome =
      converge::execute(session.context(), session.engine(), plan, execute_options(session), progress_sink(*progress));
  progress->finish();
  if (outcome.failure) throw *outcome.failure;
}

Subject observe_subject(Session& session, const converge::ObserveOptions& options) {
  session.connect_early();
  if (!session.names_project_only()) {
    if (const compose::Project* project = session.project_if_any()) {
      session.check_services(session.arguments().rest);
      return {*project, converge::observe(session.context(), session.engine(), *project, options)};
    }
  }
  const std::string name = session.project_name();
  converge::State state = converge::observe(session.context(), session.engine(), name);
  compose::Project project = converge::project_of(name, state);
  return {std::move(project), std::move(state)};
}

std::optional<std::chrono::seconds> seconds_of(const Arguments& arguments, std::string_view flag_name) {
  const auto given = arguments.integer(flag_name);
  return given ? std::optional(std::chrono::seconds(*given)) : std::nullopt;
}

}  // namespace berth::cli
