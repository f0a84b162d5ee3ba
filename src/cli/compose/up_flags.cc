#include "cli/compose/up_flags.h"

#include "base/error.h"
#include "base/strings.h"

namespace berth::cli {

std::vector<Flag> creation_flags() {
  return {
      flag("build", 0, "Build images before starting containers"),
      flag("force-recreate", 0, "Recreate containers even if their configuration and image haven't changed"),
      flag("no-build", 0, "Don't build an image, even if it's policy"),
      flag("no-recreate", 0, "If containers already exist, don't recreate them. Incompatible with --force-recreate."),
      text_flag("pull", 0, "Pull image before running (\"always\"|\"missing\"|\"never\"|\"build\")")
          .with_default("policy")
          .one_of({"always", "missing", "never", "build", "policy", "if_not_present"}),
      flag("quiet-pull", 0, "Pull without printing progress information"),
      flag("remove-orphans", 0, "Remove containers for services not defined in the Compose file")
          .from_environment("COMPOSE_REMOVE_ORPHANS"),
      texts_flag("scale", 0,
                 "Scale SERVICE to NUM instances. Overrides the scale setting in the Compose file if present.")
          .named("scale"),
      flag("yes", 'y', "Assume \"yes\" as answer to all prompts and run non-interactively"),
  };
}

std::map<std::string, std::int64_t, std::less<>> parse_scale(const std::vector<std::string>& texts) {
  std::map<std::string, std::int64_t, std::less<>> scale;
  for (const std::string& text : texts) {
    const auto [service, number_text] = cut(text, '=');
    const auto number = number_text ? parse_integer(*number_text) : std::nullopt;
    if (service.empty() || !number || *number < 0) {
      throw Error(Kind::kInvalid, "invalid --scale '" + text + "', it takes SERVICE=NUM");
    }
    scale[std::string(service)] = *number;
  }
  return scale;
}

bool variable_is_true(const Invocation& invocation, std::string_view name) {
  return invocation.environment.is_true(name);
}

converge::UpRequest creation_request(Invocation& invocation, const std::vector<std::string>& services) {
  const Arguments& arguments = invocation.arguments;
  const auto exclude = [&](std::string_view one, std::string_view other) {
    if (!arguments.on(one) || !arguments.on(other)) return;
    throw Error(Kind::kInvalid, "--" + std::string(one) + " and --" + std::string(other) + " are incompatible");
  };
  exclude("build", "no-build");
  exclude("force-recreate", "no-recreate");

  converge::UpRequest request;
  request.images.build = arguments.on("build");
  request.images.no_build = arguments.on("no-build");
  if (const std::string pull = arguments.text("pull"); pull != "policy") {
    request.images.pull = pull == "if_not_present" ? "missing" : pull;
  }
  request.up.services = services;
  request.up.scale = parse_scale(arguments.texts("scale"));
  request.up.remove_orphans = arguments.on("remove-orphans");
  request.up.ignore_orphans = variable_is_true(invocation, "COMPOSE_IGNORE_ORPHANS");
  if (request.up.remove_orphans && request.up.ignore_orphans) {
    throw Error(Kind::kInvalid, "COMPOSE_IGNORE_ORPHANS and --remove-orphans cannot be combined");
  }
  if (arguments.on("force-recreate")) request.up.recreate = converge::Recreate::kForce;
  if (arguments.on("no-recreate")) {
    request.up.recreate = converge::Recreate::kNever;
    request.up.recreate_dependencies = converge::Recreate::kNever;
  }
  if (arguments.on("compatibility")) request.up.separator = "_";
  return request;
}

}  // namespace berth::cli
