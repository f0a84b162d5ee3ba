#include "base/error.h"
#include "base/strings.h"
#include "cli/compose/commands.h"
#include "cli/compose/containers.h"
#include "cli/interact.h"
#include "engine/exec_end.h"

namespace berth::cli {

namespace {

// Whether the program gets a terminal: where ours is one, unless told otherwise.
bool wants_tty(const Arguments& arguments, const Terminal& terminal) {
  for (const char* name : {"no-tty", "no-TTY"}) {
    if (arguments.given(name)) return !arguments.on(name) && terminal.in_is_terminal();
  }
  return arguments.on("tty") && terminal.in_is_terminal() && terminal.out_is_terminal();
}

// "NAME" alone takes our own value, and is left out where we have none.
std::vector<std::string> environment_of(const std::vector<std::string>& given, const Environment& environment) {
  std::vector<std::string> result;
  for (const std::string& variable : given) {
    if (variable.find('=') != std::string::npos) {
      result.push_back(variable);
    } else if (const auto value = environment.get(variable)) {
      result.push_back(variable + "=" + *value);
    }
  }
  return result;
}

engine::ExecCreate request_of(Session& session, bool tty) {
  const Arguments& arguments = session.arguments();
  engine::ExecCreate request;
  const bool attached = !arguments.on("detach");
  request.attach_stdin = attached && arguments.on("interactive");
  request.attach_stdout = attached;
  request.attach_stderr = attached;
  request.tty = tty;
  request.privileged = arguments.on("privileged");
  request.user = arguments.text("user");
  request.working_dir = arguments.text("workdir");
  request.env = environment_of(arguments.texts("env"), session.invocation().environment);
  request.cmd.assign(arguments.rest.begin() + 1, arguments.rest.end());
  if (tty) request.console_size = {session.terminal().size().rows, session.terminal().size().columns};
  return request;
}

int exec(Invocation& invocation) {
  Session session(invocation);
  const Arguments& arguments = session.arguments();
  session.connect_early();
  const bool tty = wants_tty(arguments, session.terminal());
  const auto container = service_container(session, arguments.rest[0], arguments.integer("index").value_or(0));
  const engine::ExecCreate request = request_of(session, tty);
  engine::Client& engine = session.engine();
  const engine::ExecId id = engine.create_exec(session.context(), container.id, request);
  if (arguments.on("detach")) {
    engine.start_exec_detached(session.context(), id, tty);
    return 0;
  }
  engine::AttachStream stream = engine.start_exec(session.context(), id, tty);
  InteractOptions options = interact_options(session.terminal(), request.attach_stdin, tty);
  options.resize = [&](Size size) { engine.resize_exec(session.context(), id, size.rows, size.columns); };
  if (interact(session.context(), conversation_of(stream), options) == InteractEnd::kDetached) return 0;
  return static_cast<int>(engine::exec_exit_code(session.context(), engine, id));
}

}  // namespace

Command exec_command() {
  Command command;
  command.name = "exec";
  command.usage = "[OPTIONS] SERVICE COMMAND [ARGS...]";
  command.summary = "Execute a command in a running container";
  command.completes = "service";
  command.at_least = 2;
  command.stops_at_first_argument = true;
  command.flags = {
      flag("detach", 'd', "Detached mode: Run command in the background"),
      texts_flag("env", 'e', "Set environment variables"),
      integer_flag("index", 0, "Index of the container if service has multiple replicas"),
      flag("interactive", 'i', "Keep STDIN open even if not attached").with_default("true").unlisted(),
      flag("no-tty", 'T', "Disable pseudo-TTY allocation (default: auto-detected)"),
      flag("no-TTY", 0, "As --no-tty").unlisted(),
      flag("privileged", 0, "Give extended privileges to the process"),
      flag("tty", 't', "Allocate a pseudo-TTY").with_default("true").unlisted(),
      text_flag("user", 'u', "Run the command as this user"),
      text_flag("workdir", 'w', "Path to workdir directory for this command"),
  };
  command.run = exec;
  return command;
}

}  // namespace berth::cli
