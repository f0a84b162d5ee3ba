#include <algorithm>
#include <set>

#include "base/clock.h"
#include "base/error.h"
#include "base/strings.h"
#include "base/units.h"
#include "cli/compose/carry_out.h"
#include "cli/compose/commands.h"
#include "cli/compose/creation.h"
#include "cli/compose/up_flags.h"
#include "converge/history.h"
#include "converge/providers.h"

namespace berth::cli {

namespace {

using converge::Release;

const Release& chosen(const std::vector<Release>& releases, const Arguments& arguments) {
  const auto number = arguments.integer("to");
  if (!number) {
    const Release* before = converge::release_before(releases);
    if (before == nullptr) {
      throw Error(Kind::kNotFound, "there is no release to return to: see 'berth compose history'");
    }
    return *before;
  }
  const auto found =
      std::find_if(releases.begin(), releases.end(), [&](const Release& release) { return release.number == *number; });
  if (found == releases.end()) {
    throw Error(Kind::kNotFound,
                "there is no release " + std::to_string(*number) + ": see 'berth compose history' for those kept");
  }
  return *found;
}

// Services whose last change is to be undone: those named, else those that the last release was about.
std::vector<std::string> services_to_return(const Arguments& arguments, const Release& last, const Release& target,
                                            const compose::Project& project) {
  for (const std::string& name : arguments.rest) {
    if (project.services.contains(name)) continue;
    throw Error(Kind::kNotFound, "there was no service '" + name + "' in release " + std::to_string(target.number));
  }
  if (!arguments.rest.empty()) return arguments.rest;
  std::vector<std::string> services = last.services;
  std::erase_if(services, [&](const std::string& name) { return !project.services.contains(name); });
  return services;
}

// Each service gets the very image that it ran, whatever its name stands for now. Throws kNotFound for those that are
// gone.
void pin_images(Session& session, const Release& target, compose::Project& project) {
  std::set<std::string> names;
  for (const auto& [name, service] : project.services) {
    const auto id = target.image_ids.find(project.image_of(service));
    if (id == target.image_ids.end()) continue;
    names.insert(id->first);
    names.insert(id->second);
  }
  converge::State state;
  converge::observe_images(session.context(), session.engine(), {names.begin(), names.end()}, state);
  std::vector<std::string> gone;
  for (auto& [name, service] : project.services) {
    const std::string image = project.image_of(service);
    const auto id = target.image_ids.find(image);
    if (id == target.image_ids.end()) continue;
    const converge::Image* now = state.find_image(image);
    if (now != nullptr && now->id.value == id->second) continue;
    if (state.find_image(id->second) == nullptr) {
      gone.push_back("image '" + image + "' that service '" + name + "' ran in release " +
                     std::to_string(target.number) + " is not on the engine any more: load or pull " + id->second);
      continue;
    }
    service.image = id->second;
  }
  if (!gone.empty()) throw Error(Kind::kNotFound, join(gone, "\n"));
}

// What programs of providers and models are run with: a release keeps no variables.
const Environment& environment_now(Session& session) {
  const compose::Project* project = session.names_project_only() ? nullptr : session.project_if_any();
  return project == nullptr ? session.invocation().environment : project->environment;
}

int roll_back(Invocation& invocation) {
  Session session(invocation);
  session.set_context(invocation.interrupted);
  const Arguments& arguments = invocation.arguments;
  const std::vector<Release> releases = session.history().list();
  const Release& target = chosen(releases, arguments);
  const compose::Project whole =
      converge::project_of(target, compose::DiskReader(), !engine::is_local(session.engine().endpoint()));
  const std::vector<std::string> services = services_to_return(arguments, releases.back(), target, whole);
  compose::Project project = whole.select(converge::with_providers(whole, services), false).without_unused_resources();
  pin_images(session, target, project);
  session.complete(project);
  project.environment = environment_now(session);

  converge::UpRequest request;
  request.images.pull = "never";
  request.images.no_build = true;
  request.up.services = services;
  request.up.rolling_back = true;
  request.up.wait = true;
  request.up.wait_timeout = seconds_of(arguments, "wait-timeout");
  request.up.timeout = seconds_of(arguments, "timeout");
  request.up.remove_orphans = arguments.on("remove-orphans");
  if (arguments.on("compatibility")) request.up.separator = "_";

  Release kept = target;
  kept.returns_to = target.number;
  const auto age = system_clock().now() - target.applied_at;
  invocation.terminal.err_line("Returning " + (services.empty() ? "all services" : join(services, ", ")) +
                               " to release " + std::to_string(target.number) + ", applied " + human_duration(age) +
                               " ago");
  return create_and_start(session, project, std::move(request),
                          {.yes = arguments.on("yes"), .release = std::move(kept)});
}

}  // namespace

Command rollback_command() {
  Command command;
  command.name = "rollback";
  command.usage = "[OPTIONS] [SERVICE...]";
  command.summary = "Return to a model that was applied before";
  command.completes = "service";
  command.flags = {
      flag("remove-orphans", 0, "Remove containers for services not defined in the release"),
      integer_flag("timeout", 't', "Use this timeout in seconds for container shutdown"),
      integer_flag("to", 0, "Release to return to (default: the one before)"),
      integer_flag("wait-timeout", 0, "Maximum duration in seconds to wait for the services to be running|healthy"),
      flag("yes", 'y', "Assume \"yes\" as answer to all prompts and run non-interactively"),
  };
  command.run = roll_back;
  return command;
}

}  // namespace berth::cli
