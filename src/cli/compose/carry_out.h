// Plans carried out and shown: the one way in which the commands of `berth compose` change an engine.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cli/compose/session.h"
#include "cli/progress.h"
#include "converge/execute.h"
#include "converge/plan.h"
#include "converge/reconcile.h"

namespace berth::cli {

// Progress as --progress asks for it; `quiet` shows only what fails.
std::unique_ptr<Progress> progress_of(Session& session, const std::string& title, bool quiet = false);

// Whose steps are not shown, only their begin and end: --quiet-pull, --quiet-build.
struct Hushed {
  bool pulls = false;
  bool builds = false;
};

// Hands the executor's events to a progress display.
converge::EventSink progress_sink(Progress& progress, Hushed hushed = {});

// Options for execute(): --parallel, registry credentials.
converge::ExecuteOptions execute_options(Session& session);

// Prints what the plan would do, as --dry-run and `plan` show it; changes nothing.
void show_plan(Session& session, const converge::Plan& plan, const std::string& title);

// Executes the plan, or shows it with --dry-run. Throws the error of the first operation that failed.
void carry_out(Session& session, const converge::Plan& plan, const std::string& title, bool quiet = false);

// What the engine has and what the files want of it, for commands that work on containers which exist; without files,
// the project is read off the labels.
struct Subject {
  compose::Project project;
  converge::State state;
};
Subject observe_subject(Session& session, const converge::ObserveOptions& options = {.images = false});

// Value of -t, --timeout.
std::optional<std::chrono::seconds> seconds_of(const Arguments& arguments, std::string_view flag_name);

}  // namespace berth::cli
