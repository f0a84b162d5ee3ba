#include "base/error.h"
#include "base/strings.h"
#include "cli/compose/commands.h"
#include "cli/compose/containers.h"
#include "converge/labels.h"
#include "converge/observe.h"

namespace berth::cli {

namespace {

int port(Invocation& invocation) {
  Session session(invocation);
  const Arguments& arguments = session.arguments();
  const auto wanted = parse_integer(arguments.rest[1]);
  if (!wanted || *wanted < 0 || *wanted > 65535) {
    throw Error(Kind::kInvalid, "invalid port '" + arguments.rest[1] + "': must be a number up to 65535");
  }
  const std::string protocol = to_lower(arguments.text("protocol"));
  const auto container = service_container(session, arguments.rest[0], arguments.integer("index").value_or(0));
  const bool is_behind_ingress = !converge::label_of(container.labels, converge::label::kBehindIngress).empty();
  std::vector<std::string> others;
  for (const engine::Port& candidate : container.ports) {
    const bool is_behind = candidate.public_port == 0 && is_behind_ingress;
    if (candidate.private_port == *wanted && candidate.type == protocol && !is_behind) {
      session.terminal().out_line(candidate.ip + ":" + std::to_string(candidate.public_port));
      return 0;
    }
    others.push_back(std::to_string(candidate.private_port) + "/" + candidate.type);
  }
  // Its service's ingress may hold it.
  const converge::State state = converge::observe(session.context(), session.engine(), session.project_name());
  for (const engine::ContainerSummary& ingress : state.containers) {
    if (!converge::is_ingress(ingress) || converge::service_of(ingress) != arguments.rest[0]) continue;
    for (const engine::Port& candidate : ingress.ports) {
      if (candidate.private_port != *wanted || candidate.type != protocol || candidate.public_port == 0) continue;
      session.terminal().out_line(candidate.ip + ":" + std::to_string(candidate.public_port));
      return 0;
    }
  }
  throw Error(Kind::kNotFound, "no port " + arguments.rest[1] + "/" + protocol + " for container " +
                                   converge::name_of(container) + ": " + join(others, ", "));
}

}  // namespace

Command port_command() {
  Command command;
  command.name = "port";
  command.usage = "[OPTIONS] SERVICE PRIVATE_PORT";
  command.summary = "Print the public port for a port binding";
  command.completes = "service";
  command.at_least = 2;
  command.at_most = 2;
  command.flags = {
      integer_flag("index", 0, "Index of the container if service has multiple replicas"),
      text_flag("protocol", 0, "tcp or udp").with_default("tcp"),
  };
  command.run = port;
  return command;
}

}  // namespace berth::cli
