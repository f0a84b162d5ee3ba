#include "base/error.h"
#include "base/strings.h"
#include "base/units.h"
#include "cli/compose/carry_out.h"
#include "cli/compose/commands.h"
#include "converge/images.h"

namespace berth::cli {

namespace {

// NAME=VALUE, or NAME with its value taken from the environment, as docker build has it.
compose::OptionalTextMap build_arguments(const std::vector<std::string>& texts, const Environment& environment) {
  compose::OptionalTextMap arguments;
  for (const std::string& text : texts) {
    const auto [name, value] = cut(text, '=');
    arguments[std::string(name)] = value ? std::optional(std::string(*value)) : environment.get(name);
  }
  return arguments;
}

int build_images(Invocation& invocation) {
  Session session(invocation);
  const Arguments& arguments = invocation.arguments;
  const compose::Project project =
      session.selected_project(arguments.rest, arguments.rest.empty() || arguments.on("with-dependencies"));
  converge::BuildFlags flags;
  flags.args = build_arguments(arguments.texts("build-arg"), invocation.environment);
  flags.no_cache = arguments.on("no-cache");
  flags.pull = arguments.on("pull");
  if (const auto memory = arguments.optional_text("memory")) {
    const auto bytes = parse_bytes(*memory);
    if (!bytes) throw Error(Kind::kInvalid, "invalid --memory '" + *memory + "', it takes a size such as 512m");
    flags.memory = *bytes;
  }
  const converge::Plan plan = converge::plan_build(project, flags);
  if (plan.empty()) {
    invocation.terminal.warn("No services to build");
    return 0;
  }
  carry_out(session, plan, "Building", arguments.on("quiet"));
  return 0;
}

}  // namespace

Command build_command() {
  Command command;
  command.name = "build";
  command.usage = "[OPTIONS] [SERVICE...]";
  command.summary = "Build or rebuild services";
  command.completes = "service";
  command.flags = {
      texts_flag("build-arg", 0, "Set build-time variables for services"),
      text_flag("memory", 'm', "Set memory limit for the build container. Not supported by BuildKit.").named("bytes"),
      flag("no-cache", 0, "Do not use cache when building the image"),
      flag("pull", 0, "Always attempt to pull a newer version of the image"),
      flag("quiet", 'q', "Suppress the build output"),
      flag("with-dependencies", 0, "Also build dependencies (transitively)"),
  };
  command.run = build_images;
  return command;
}

}  // namespace berth::cli
