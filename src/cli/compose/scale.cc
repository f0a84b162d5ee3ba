#include "base/error.h"
#include "base/strings.h"
#include "cli/compose/commands.h"
#include "cli/compose/creation.h"
#include "converge/up.h"

namespace berth::cli {

namespace {

int scale(Invocation& invocation) {
  Session session(invocation);
  converge::UpRequest request;
  std::vector<std::string> services;
  for (const std::string& text : invocation.arguments.rest) {
    const auto [service, number_text] = cut(text, '=');
    if (!number_text) throw Error(Kind::kInvalid, "invalid scale specifier: " + text + " (it takes SERVICE=REPLICAS)");
    const auto number = parse_integer(*number_text);
    if (!number || *number < 0) {
      throw Error(Kind::kInvalid, "invalid scale specifier: can't parse replica value as int: " + text);
    }
    request.up.scale[std::string(service)] = *number;
    services.emplace_back(service);
  }
  const compose::Project project = session.selected_project(services, !invocation.arguments.on("no-deps"));
  request.images.builder = session.builder();
  request.up.services = services;
  request.up.ignore_orphans = true;  // as docker compose has it
  if (invocation.arguments.on("compatibility")) request.up.separator = "_";
  return create_and_start(session, project, std::move(request));
}

}  // namespace

Command scale_command() {
  Command command;
  command.name = "scale";
  command.usage = "[SERVICE=REPLICAS...]";
  command.summary = "Scale services";
  command.completes = "service";
  command.at_least = 1;
  command.flags = {flag("no-deps", 0, "Don't start linked services")};
  command.run = scale;
  return command;
}

}  // namespace berth::cli
