#include "cli/compose/creation.h"

#include "base/strings.h"
#include "cli/compose/carry_out.h"

namespace berth::cli {

namespace {

bool may_recreate(Session& session, const std::vector<std::string>& volumes) {
  const std::string names = "'" + join(volumes, "', '") + "'";
  const std::string differs = (volumes.size() == 1 ? "volume " : "volumes ") + names +
                              " exist but do not match the configuration in the compose file";
  if (!session.terminal().in_is_terminal()) {
    session.terminal().warn(differs + "; kept as they are, since recreating them loses their data");
    return false;
  }
  const std::string answer = to_lower(trim(session.terminal().ask(differs + ". Recreate (data will be lost)? [y/N] ")));
  return answer == "y" || answer == "yes";
}

}  // namespace

void create_and_start(Session& session, const compose::Project& project, converge::UpRequest request, bool quiet) {
  if (session.dry_run()) {
    const converge::Plan plan = converge::preview(session.context(), session.engine(), project, request);
    return show_plan(session, plan, "Running");
  }
  const bool yes = session.arguments().on("yes");
  const auto progress = progress_of(session, "Running", quiet);
  request.may_recreate_volumes = [&](const std::vector<std::string>& volumes) {
    return yes || may_recreate(session, volumes);
  };
  const converge::Outcome outcome = converge::up(session.context(), session.engine(), project, request,
                                                 execute_options(session), progress_sink(*progress));
  progress->finish();
  if (outcome.failure) throw *outcome.failure;
}

}  // namespace berth::cli
