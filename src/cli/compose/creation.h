// The way of up, create and scale to the engine.
#pragma once

#include "cli/compose/carry_out.h"
#include "cli/compose/session.h"
#include "converge/up.h"

namespace berth::cli {

// Carries the request out and shows it, or with --dry-run shows what it would do. Asks before a volume's data is lost
// (never without a terminal). Throws the error of the first operation that failed.
void create_and_start(Session& session, const compose::Project& project, converge::UpRequest request,
                      Hushed hushed = {});

}  // namespace berth::cli
