#include "base/error.h"
#include "cli/compose/commands.h"
#include "cli/compose/containers.h"
#include "cli/compose/signal_forwarder.h"
#include "cli/detach_keys.h"
#include "cli/interact.h"
#include "converge/labels.h"

namespace berth::cli {

namespace {

void check_state(const engine::ContainerInspect& container) {
  const auto refuse = [&](const std::string& problem) {
    throw Error(Kind::kConflict, "cannot attach to container '" + container.name + "', which is " + problem);
  };
  if (container.state.paused) refuse("paused: unpause it first");
  if (container.state.restarting) refuse("restarting: wait until it is up again");
}

// Returns the program's exit code, or 0 where the user detaches.
int attach(Invocation& invocation) {
  Session session(invocation);
  const Arguments& arguments = session.arguments();
  engine::Client& engine = session.engine();
  const Context& context = session.context();
  const std::string keys = arguments.text("detach-keys");
  static_cast<void>(DetachKeys(keys));  // refuses what is malformed before anything is begun
  const auto found = service_container(session, arguments.rest[0], arguments.integer("index").value_or(0));
  const auto container = engine.inspect_container(context, found.id);
  check_state(container);
  if (session.dry_run()) {
    throw Error(Kind::kUnsupported, "attaching is not supported in dry-run mode: nothing would be shown");
  }
  const bool tty = container.config.tty;
  const bool in = !arguments.on("no-stdin") && container.config.open_stdin;
  if (tty && in && !session.terminal().in_is_terminal()) {
    throw Error(Kind::kInvalid, "the input device is not a TTY: give --no-stdin");
  }
  auto ended = engine.wait_container(context, found.id, engine::WaitCondition::kNextExit);
  auto stream = engine.attach_container(context, found.id, {.in = in, .detach_keys = keys}, tty);
  InteractOptions options = interact_options(session.terminal(), in, tty);
  options.detach_keys = keys;
  options.resize = [&](Size size) { engine.resize_container(context, found.id, size.rows, size.columns); };
  std::optional<SignalForwarder> forwarder;
  if (arguments.on("sig-proxy")) forwarder.emplace(session, found.id, tty ? "SIGTERM" : "SIGINT");
  // Without a proxy, Ctrl-C ends us and leaves the program alone.
  const Context& until = forwarder ? context : invocation.interrupted;
  if (interact(until, conversation_of(stream), options) == InteractEnd::kDetached) return 0;
  return static_cast<int>(ended.exit(until).status_code);
}

}  // namespace

Command attach_command() {
  Command command;
  command.name = "attach";
  command.usage = "[OPTIONS] SERVICE";
  command.summary = "Attach local standard input, output, and error streams to a service's running container";
  command.completes = "service";
  command.at_least = 1;
  command.at_most = 1;
  command.graceful = true;
  command.flags = {
      text_flag("detach-keys", 0, "Override the key sequence for detaching from a container."),
      integer_flag("index", 0, "index of the container if service has multiple replicas."),
      flag("no-stdin", 0, "Do not attach STDIN"),
      flag("sig-proxy", 0, "Proxy all received signals to the process").with_default("true"),
  };
  command.run = attach;
  return command;
}

}  // namespace berth::cli
