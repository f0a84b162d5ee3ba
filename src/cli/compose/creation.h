// The way of up, create and scale to the engine.
#pragma once

#include "cli/compose/carry_out.h"
#include "cli/compose/session.h"
#include "converge/up.h"

namespace berth::cli {

// What `up` and its kin exit with, besides 1 for what failed and 130 after Ctrl-C; docs/compose-updates.md has the
// table.
inline constexpr int kConverged = 0;
inline constexpr int kTimedOut = 3;
inline constexpr int kRolledBack = 4;

struct CreationOptions {
  Hushed hushed;
  bool quiet = false;                        // only what fails is shown
  bool yes = false;                          // --yes: data of volumes may be lost without a question
  std::optional<converge::Release> release;  // what the history keeps; nothing: the session's project
};

// Carries the request out and shows it, or with --dry-run shows what it would do. Asks before a volume's data is lost
// (never without a terminal). Returns one of the exit codes above, its reason told; throws the error of the first
// operation that failed. The history keeps the release when anything was changed.
int create_and_start(Session& session, const compose::Project& project, converge::UpRequest request,
                     CreationOptions options = {});

}  // namespace berth::cli
