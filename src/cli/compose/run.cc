#include "converge/run.h"

#include "base/error.h"
#include "base/log.h"
#include "cli/compose/carry_out.h"
#include "cli/compose/commands.h"
#include "cli/compose/run_flags.h"
#include "cli/compose/signal_forwarder.h"
#include "cli/interact.h"
#include "converge/providers.h"
#include "converge/up.h"

namespace berth::cli {

namespace {

void remove_quietly(Session& session, const engine::ContainerId& id) {
  try {
    session.engine().remove_container(session.context().detached(), id, {.force = true, .volumes = true});
  } catch (const Error& e) {
    log(LogLevel::kDebug, e.message());
  }
}

// Dependencies started, images there, container created.
engine::ContainerId create(Session& session, const converge::RunOptions& options, const compose::Project& project) {
  const Arguments& arguments = session.arguments();
  const Hushed hushed{.pulls = arguments.on("quiet-pull"), .builds = arguments.on("quiet-build")};
  engine::ContainerId id;
  const auto progress = progress_of(session, "Running", arguments.on("quiet"));
  converge::ImageOptions images = run_image_options(arguments);
  images.builder = session.builder();
  images.images_from = session.images_from();
  const auto prepared = converge::prepare(session.context(), session.engine(), project, images,
                                          execute_options(session), progress_sink(*progress, hushed));
  if (!prepared.outcome.ok()) {
    progress->finish();
    throw *prepared.outcome.failure;
  }
  // What speaks against it is told before a provider runs.
  converge::RunPlan run = converge::plan_run(project, prepared.state, options);
  if (converge::has_providers(project)) {
    const auto provided = converge::run_providers(session.context(), session.engine(), project,
                                                  execute_options(session), progress_sink(*progress, hushed));
    if (!provided.outcome.ok()) {
      progress->finish();
      throw *provided.outcome.failure;
    }
    run = converge::plan_run(provided.project, prepared.state, options);
  }
  const auto outcome = converge::execute(session.context(), session.engine(), run.plan, execute_options(session),
                                         progress_sink(*progress, hushed));
  progress->finish();
  if (run.create != converge::OperationNumber::kNone) id = outcome.of(run.create).container_id;
  if (outcome.failure) {
    if (!id.empty()) remove_quietly(session, id);
    throw *outcome.failure;
  }
  return id;
}

// Attached and waited for from before its start, so that nothing is missed. Returns the program's exit code.
int converse(Session& session, const engine::ContainerId& id, const converge::RunOptions& options) {
  engine::Client& engine = session.engine();
  const Context& context = session.context();
  auto ended = engine.wait_container(
      context, id, options.auto_remove ? engine::WaitCondition::kRemoved : engine::WaitCondition::kNextExit);
  auto stream = engine.attach_container(context, id, {.in = options.interactive}, options.tty);
  engine.start_container(context, id);
  InteractOptions interaction = interact_options(session.terminal(), options.interactive, options.tty);
  interaction.resize = [&](Size size) { engine.resize_container(context, id, size.rows, size.columns); };
  // In raw mode Ctrl-C is a key; what interrupts us then is somebody else's wish that we end.
  const SignalForwarder forwarder(session, id, options.tty ? "SIGTERM" : "SIGINT");
  if (interact(context, conversation_of(stream), interaction) == InteractEnd::kDetached) return 0;
  return static_cast<int>(ended.exit(context).status_code);
}

int run(Invocation& invocation) {
  Session session(invocation);
  session.set_context(invocation.interrupted);  // until the program runs, the first Ctrl-C ends it all
  const Arguments& arguments = session.arguments();
  const std::string service = arguments.rest.front();
  const compose::Project project = session.selected_project({service}, !arguments.on("no-deps"));
  const converge::RunOptions options = run_options(arguments, project.environment, session.terminal());
  if (session.dry_run()) {
    const auto state = converge::observe(session.context(), session.engine(), project);
    show_plan(session, converge::plan_run(project, state, options).plan, "Running");
    return 0;
  }
  const engine::ContainerId id = create(session, options, project);
  session.set_context(invocation.context);
  try {
    if (!arguments.on("detach")) return converse(session, id, options);
    session.engine().start_container(session.context(), id);
    session.terminal().out_line(id.value);
    return 0;
  } catch (const Error& e) {
    // --rm is kept by the engine only for what has run; and a second Ctrl-C ends the program too.
    if (options.auto_remove) remove_quietly(session, id);
    throw;
  }
}

}  // namespace

Command run_command() {
  Command command;
  command.name = "run";
  command.usage = "[OPTIONS] SERVICE [COMMAND] [ARGS...]";
  command.summary = "Run a one-off command on a service";
  command.completes = "service";
  command.at_least = 1;
  command.stops_at_first_argument = true;
  command.graceful = true;
  command.flags = run_flags();
  command.run = run;
  return command;
}

}  // namespace berth::cli
