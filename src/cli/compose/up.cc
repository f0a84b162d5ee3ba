#include <algorithm>

#include "base/error.h"
#include "cli/compose/attached_up.h"
#include "cli/compose/carry_out.h"
#include "cli/compose/commands.h"
#include "cli/compose/creation.h"
#include "cli/compose/remote_stack.h"
#include "cli/compose/up_flags.h"
#include "cli/compose/watcher.h"
#include "converge/rollout.h"

namespace berth::cli {

namespace {

void refuse_combinations(const Arguments& arguments) {
  const bool wait = arguments.on("wait");
  for (const char* name : {"abort-on-container-exit", "abort-on-container-failure", "attach", "attach-dependencies",
                           "exit-code-from", "watch"}) {
    if (arguments.given(name) && (wait || arguments.on("detach"))) {
      throw Error(Kind::kInvalid, std::string(wait ? "--wait" : "--detach") + " cannot be combined with --" + name);
    }
  }
  const auto exclude = [&](const std::string& one, const std::string& other) {
    if (arguments.given(one) && arguments.given(other)) {
      throw Error(Kind::kInvalid, "--" + one + " and --" + other + " are incompatible");
    }
  };
  exclude("abort-on-container-exit", "abort-on-container-failure");
  exclude("attach", "attach-dependencies");
  if (arguments.on("menu")) {
    throw Error(Kind::kUnsupported,
                "--menu is not supported: leave it out, and use another terminal for other commands");
  }
  exclude("no-recreate", "renew-anon-volumes");
  exclude("no-recreate", "always-recreate-deps");
}

converge::UpRequest up_request(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  converge::UpRequest request = creation_request(invocation, arguments.rest);
  request.up.start = !arguments.on("no-start");
  request.up.timeout = seconds_of(arguments, "timeout");
  request.up.wait = arguments.on("wait");
  request.up.wait_timeout = seconds_of(arguments, "wait-timeout");
  request.up.renew_anonymous_volumes = arguments.on("renew-anon-volumes");
  if (request.up.renew_anonymous_volumes) request.up.recreate = converge::Recreate::kForce;
  if (arguments.on("always-recreate-deps")) request.up.recreate_dependencies = converge::Recreate::kForce;
  return request;
}

// Services whose output an attached up shows.
std::vector<std::string> attached_services(const Arguments& arguments, const compose::Project& project) {
  std::vector<std::string> chosen = arguments.texts("attach");
  for (const std::string& name : chosen) {
    if (!project.services.contains(name)) {
      throw Error(Kind::kInvalid, "cannot attach to services not included in up: " + name);
    }
  }
  if (chosen.empty()) {
    const bool named_only = !arguments.rest.empty() && !arguments.on("attach-dependencies");
    for (const auto& [name, service] : project.services) {
      const bool named = std::find(arguments.rest.begin(), arguments.rest.end(), name) != arguments.rest.end();
      if (service.attach.value_or(true) && (named || !named_only)) chosen.push_back(name);
    }
  }
  for (const std::string& name : arguments.texts("no-attach")) std::erase(chosen, name);
  return chosen;
}

AttachedUp::Options attached_options(const Arguments& arguments, const compose::Project& project) {
  AttachedUp::Options options;
  options.services = arguments.rest;
  options.attach_to = attached_services(arguments, project);
  options.timestamps = arguments.on("timestamps");
  options.prefix = !arguments.on("no-log-prefix");
  options.colours = !arguments.on("no-color");
  options.timeout = seconds_of(arguments, "timeout");
  options.exit_code_from = arguments.text("exit-code-from");
  if (!options.exit_code_from.empty() && !project.services.contains(options.exit_code_from)) {
    throw Error(Kind::kNotFound, "no such service: " + options.exit_code_from);
  }
  if (arguments.on("abort-on-container-failure")) {
    options.abort = AttachedUp::Abort::kOnFailure;
  } else if (arguments.on("abort-on-container-exit") || !options.exit_code_from.empty()) {
    options.abort = AttachedUp::Abort::kOnExit;
  }
  return options;
}

// Whether its start can't be left until its output is listened to: an update keeps the order of its starts and stops,
// an ingress has to be told, and what programs said that ran before its creation is needed by hooks before its start.
bool must_start_with_the_rest(const compose::Project& project, const compose::Service& service) {
  if (converge::update_policy(service, false) != nullptr) return true;
  if (service.pre_start.empty()) return false;
  return !service.models.empty() ||
         std::any_of(service.depends_on.begin(), service.depends_on.end(), [&](const auto& dependency) {
           const auto other = project.services.find(dependency.first);
           return other != project.services.end() && other->second.provider;
         });
}

int bring_up(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  refuse_combinations(arguments);
  Session session(invocation);
  session.set_context(invocation.interrupted);
  session.connect_early();
  converge::UpRequest request = up_request(invocation);
  request.images.builder = session.builder();
  const compose::Project project = session.selected_project(arguments.rest, !arguments.on("no-deps"));
  if (project.services.empty()) throw Error(Kind::kInvalid, "no service selected");
  confirm_remote_stack(session, project, arguments.on("yes"));

  const CreationOptions creation{.hushed = {.pulls = arguments.on("quiet-pull"), .builds = arguments.on("quiet-build")},
                                 .yes = arguments.on("yes")};
  const bool attached = request.up.start && !arguments.on("detach") && !request.up.wait && !session.dry_run();
  if (!attached) return create_and_start(session, project, std::move(request), creation);
  AttachedUp::Options options = attached_options(arguments, project);
  options.separator = request.up.separator;
  std::optional<Watcher> watcher;
  if (arguments.on("watch")) {
    watcher.emplace(session, project, WatchOptions{.beside_logs = true}, arguments.rest);
    options.beside = [&](const Context& context) { watcher->run(context); };
  }
  request.up.start = std::any_of(project.services.begin(), project.services.end(),
                                 [&](const auto& entry) { return must_start_with_the_rest(project, entry.second); });
  if (const int code = create_and_start(session, project, std::move(request), creation); code != kConverged)
    return code;
  return AttachedUp(session, project, options).run();
}

}  // namespace

Command up_command() {
  Command command;
  command.name = "up";
  command.usage = "[OPTIONS] [SERVICE...]";
  command.summary = "Create and start containers";
  command.completes = "service";
  command.graceful = true;
  command.flags = creation_flags();
  for (Flag& more : std::vector<Flag>{
           flag("abort-on-container-exit", 0,
                "Stops all containers if any container was stopped. Incompatible with -d"),
           flag("abort-on-container-failure", 0,
                "Stops all containers if any container exited with failure. Incompatible with -d"),
           flag("always-recreate-deps", 0, "Recreate dependent containers. Incompatible with --no-recreate."),
           texts_flag("attach", 0,
                      "Restrict attaching to the specified services. Incompatible with --attach-dependencies.")
               .completing("service"),
           flag("attach-dependencies", 0, "Automatically attach to log output of dependent services"),
           flag("detach", 'd', "Detached mode: Run containers in the background"),
           text_flag("exit-code-from", 0,
                     "Return the exit code of the selected service container. Implies --abort-on-container-exit")
               .completing("service"),
           flag("menu", 0, "Enable interactive shortcuts when running attached (not supported, only --menu=false)")
               .unlisted(),
           texts_flag("no-attach", 0, "Do not attach (stream logs) to the specified services").completing("service"),
           flag("no-color", 0, "Produce monochrome output"),
           flag("no-deps", 0, "Don't start linked services"),
           flag("no-log-prefix", 0, "Don't print prefix in logs"),
           flag("no-start", 0, "Don't start the services after creating them"),
           flag("quiet-build", 0, "Suppress the build output"),
           flag("renew-anon-volumes", 'V',
                "Recreate anonymous volumes instead of retrieving data from the previous containers"),
           integer_flag("timeout", 't',
                        "Use this timeout in seconds for container shutdown when attached or when containers are "
                        "already running"),
           flag("timestamps", 0, "Show timestamps"),
           flag("wait", 0, "Wait for services to be running|healthy. Implies detached mode."),
           flag("watch", 'w', "Watch source code and rebuild/refresh containers when files are updated."),
           integer_flag("wait-timeout", 0, "Maximum duration in seconds to wait for the project to be running|healthy"),
       }) {
    command.flags.push_back(std::move(more));
  }
  command.run = bring_up;
  return command;
}

}  // namespace berth::cli
