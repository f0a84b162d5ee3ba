#include <span>

#include "base/error.h"
#include "base/strings.h"
#include "base/units.h"
#include "cli/compose/carry_out.h"
#include "cli/compose/commands.h"
#include "converge/bake.h"
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

// What only BuildKit can do, and what only docker's plugin can, by the flag that asks for it.
constexpr const char* kBuildKitFlags[] = {"provenance", "push", "sbom", "ssh"};
constexpr const char* kBuildxFlags[] = {"builder", "check"};

void refuse(const Arguments& arguments, std::span<const char* const> flags, const std::string& why) {
  for (const char* name : flags) {
    if (arguments.given(name)) throw Error(Kind::kUnsupported, std::string("--") + name + " needs " + why);
  }
}

converge::BuildFlags build_flags(Session& session) {
  const Arguments& arguments = session.arguments();
  converge::BuildFlags flags;
  flags.builder = session.builder();
  const bool classic = flags.builder == converge::Builder::kClassic;
  if (classic) {
    refuse(arguments, kBuildKitFlags, "BuildKit: " + std::string(converge::kHowToGetBuildKit));
  }
  if (flags.builder != converge::Builder::kBuildx) {
    refuse(arguments, kBuildxFlags, "docker's buildx plugin: " + std::string(converge::kHowToGetBuildx));
  }
  flags.buildx = {.args = build_arguments(arguments.texts("build-arg"), session.invocation().environment),
                  .no_cache = arguments.on("no-cache"),
                  .pull = arguments.on("pull"),
                  .push = arguments.on("push"),
                  .check = arguments.on("check"),
                  .builder = arguments.text("builder"),
                  .provenance = arguments.text("provenance"),
                  .sbom = arguments.text("sbom"),
                  .ssh = arguments.texts("ssh")};
  if (const auto memory = arguments.optional_text("memory")) {
    const auto bytes = parse_bytes(*memory);
    if (!bytes) throw Error(Kind::kInvalid, "invalid --memory '" + *memory + "', it takes a size such as 512m");
    if (!classic) session.terminal().warn("--memory is passed over: BuildKit has no limit of memory");
    flags.memory = *bytes;
  }
  return flags;
}

int build_images(Invocation& invocation) {
  Session session(invocation, compose::Platforms::kDefault);
  const Arguments& arguments = invocation.arguments;
  const compose::Project project =
      session.selected_project(arguments.rest, arguments.rest.empty() || arguments.on("with-dependencies"));
  const converge::BuildFlags flags = build_flags(session);
  if (arguments.on("print")) {
    invocation.terminal.out_line(converge::bake_file(project, flags.buildx));
    return 0;
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
      text_flag("builder", 0, "Set builder to use").from_environment("BUILDX_BUILDER"),
      flag("check", 0, "Check build configuration"),
      text_flag("memory", 'm', "Set memory limit for the build container. Not supported by BuildKit.").named("bytes"),
      flag("no-cache", 0, "Do not use cache when building the image"),
      flag("print", 0, "Print equivalent bake file"),
      text_flag("provenance", 0, "Add a provenance attestation"),
      flag("pull", 0, "Always attempt to pull a newer version of the image"),
      flag("push", 0, "Push service images"),
      flag("quiet", 'q', "Suppress the build output"),
      text_flag("sbom", 0, "Add a SBOM attestation"),
      texts_flag("ssh", 0,
                 "Set SSH authentications used when building service images. (use 'default' for using your default SSH "
                 "Agent)"),
      flag("with-dependencies", 0, "Also build dependencies (transitively)"),
  };
  command.run = build_images;
  return command;
}

}  // namespace berth::cli
