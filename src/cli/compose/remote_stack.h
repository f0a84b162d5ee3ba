// What people are told before an application from elsewhere runs here.
#pragma once

#include "cli/compose/session.h"

namespace berth::cli {

// Where the first -f is an address: says where its files are, and on a terminal, unless `yes`, shows the variables that
// they read with their values and asks. Throws kCancelled when the answer is no.
void confirm_remote_stack(Session& session, const compose::Project& project, bool yes);

}  // namespace berth::cli
