#include "cli/compose/run_flags.h"

#include <filesystem>

#include "base/digest.h"
#include "base/error.h"
#include "base/files.h"
#include "base/strings.h"
#include "compose/canonical_port.h"
#include "compose/canonical_volume.h"
#include "compose/env_file.h"
#include "compose/shell_words.h"

namespace berth::cli {

namespace {

[[noreturn]] void refuse(const std::string& option, const std::string& value, const std::string& problem) {
  throw Error(Kind::kInvalid, "invalid " + option + " '" + value + "': " + problem);
}

// Later ones win; files only give what no -e does.
compose::OptionalTextMap environment_of(const Arguments& arguments, const Environment& environment) {
  compose::OptionalTextMap result;
  for (const std::string& text : arguments.texts("env")) {
    const auto [name, value] = cut(text, '=');
    const auto ours = value ? std::optional<std::string>(*value) : environment.get(name);
    if (ours) result[std::string(name)] = ours;
  }
  for (const std::string& file : arguments.texts("env-from-file")) {
    compose::Variables variables;
    yaml::Findings findings;
    const auto lookup = [&](std::string_view name) -> std::optional<std::string> {
      const auto found = result.find(name);
      return found == result.end() ? environment.get(name) : found->second;
    };
    compose::read_env_file(read_file(file), file, lookup, variables, findings);
    if (!findings.faults.empty()) throw yaml::to_error(findings.faults);
    for (const auto& [name, value] : variables) result.emplace(name, value);
  }
  return result;
}

compose::TextMap labels_of(const Arguments& arguments) {
  compose::TextMap labels;
  for (const char* flag_name : {"label", "labels"}) {
    for (const std::string& text : arguments.texts(flag_name)) {
      const auto [name, value] = cut(text, '=');
      if (!value) refuse("--label", text, "label must be set as KEY=VALUE");
      labels[std::string(name)] = *value;
    }
  }
  return labels;
}

std::vector<compose::Port> ports_of(const Arguments& arguments) {
  std::vector<compose::Port> ports;
  for (const std::string& text : arguments.texts("publish")) {
    std::string problem;
    const auto nodes = compose::long_ports(yaml::Node::string(text), problem);
    if (!problem.empty()) refuse("--publish", text, problem);
    for (const yaml::Node& node : nodes) {
      const auto member = [&](const char* name) {
        const yaml::Node* found = node.find(name);
        return found == nullptr ? std::string() : found->to_display();
      };
      compose::Port port;
      port.mode = member("mode");
      port.host_ip = member("host_ip");
      port.target = static_cast<std::uint16_t>(parse_integer(member("target")).value_or(0));
      port.published = member("published");
      port.protocol = member("protocol");
      ports.push_back(std::move(port));
    }
  }
  return ports;
}

std::vector<compose::Mount> volumes_of(const Arguments& arguments) {
  std::vector<compose::Mount> volumes;
  for (const char* flag_name : {"volume", "volumes"}) {
    for (const std::string& text : arguments.texts(flag_name)) {
      compose::Mount mount;
      if (const auto problem = compose::parse_short_volume(text, mount)) refuse("--volume", text, *problem);
      if (mount.kind == compose::MountKind::kBind) {
        mount.source = std::filesystem::absolute(mount.source).lexically_normal().string();
      }
      volumes.push_back(std::move(mount));
    }
  }
  return volumes;
}

// A terminal where ours is one, unless told otherwise.
bool wants_tty(const Arguments& arguments, const Terminal& terminal) {
  if (arguments.given("tty")) {
    if (arguments.given("no-TTY")) {
      throw Error(Kind::kInvalid, "--tty and --no-TTY can't be used together");
    }
    return arguments.on("tty");
  }
  if (arguments.given("no-TTY")) return !arguments.on("no-TTY");
  return terminal.in_is_terminal() && terminal.out_is_terminal();
}

}  // namespace

std::vector<Flag> run_flags() {
  return {
      flag("build", 0, "Build image before starting container"),
      texts_flag("cap-add", 0, "Add Linux capabilities").named("list"),
      texts_flag("cap-drop", 0, "Drop Linux capabilities").named("list"),
      flag("detach", 'd', "Run container in background and print container ID"),
      text_flag("entrypoint", 0, "Override the entrypoint of the image"),
      texts_flag("env", 'e', "Set environment variables"),
      texts_flag("env-from-file", 0, "Set environment variables from file").completing("file"),
      flag("interactive", 'i', "Keep STDIN open even if not attached").with_default("true"),
      texts_flag("label", 'l', "Add or override a label"),
      texts_flag("labels", 0, "As --label").unlisted(),
      text_flag("name", 0, "Assign a name to the container"),
      flag("no-TTY", 'T', "Disable pseudo-TTY allocation (default: auto-detected)"),
      flag("no-deps", 0, "Don't start linked services"),
      texts_flag("publish", 'p', "Publish a container's port(s) to the host"),
      text_flag("pull", 0, "Pull image before running (\"always\"|\"missing\"|\"never\")")
          .with_default("policy")
          .one_of({"always", "missing", "never", "build", "policy"}),
      flag("quiet", 'q', "Don't print anything to STDOUT"),
      flag("quiet-build", 0, "Suppress progress output from the build process"),
      flag("quiet-pull", 0, "Pull without printing progress information"),
      flag("remove-orphans", 0, "Remove containers for services not defined in the Compose file"),
      flag("rm", 0, "Automatically remove the container when it exits"),
      flag("service-ports", 'P', "Run command with all service's ports enabled and mapped to the host"),
      flag("tty", 't', "Allocate a pseudo-TTY").with_default("true").unlisted(),
      flag("use-aliases", 0, "Use the service's network useAliases in the network(s) the container connects to"),
      text_flag("user", 'u', "Run as specified username or uid"),
      texts_flag("volume", 'v', "Bind mount a volume"),
      texts_flag("volumes", 0, "As --volume").unlisted(),
      text_flag("workdir", 'w', "Working directory inside the container"),
  };
}

converge::RunOptions run_options(const Arguments& arguments, const Environment& environment, const Terminal& terminal) {
  if (arguments.on("service-ports") && !arguments.texts("publish").empty()) {
    throw Error(Kind::kInvalid, "--service-ports and --publish are incompatible");
  }
  converge::RunOptions options;
  options.service = arguments.rest.front();
  options.name = arguments.text("name");
  options.slug = to_hex(random_bytes(32));
  options.command.assign(arguments.rest.begin() + 1, arguments.rest.end());
  if (arguments.given("entrypoint")) {
    const auto split = compose::split_shell_words(arguments.text("entrypoint"));
    if (!split) refuse("--entrypoint", arguments.text("entrypoint"), "a quote is not closed");
    options.entrypoint = split->words;
  }
  options.environment = environment_of(arguments, environment);
  options.labels = labels_of(arguments);
  options.cap_add = arguments.texts("cap-add");
  options.cap_drop = arguments.texts("cap-drop");
  options.user = arguments.text("user");
  options.working_dir = arguments.text("workdir");
  options.publish = ports_of(arguments);
  options.volumes = volumes_of(arguments);
  options.service_ports = arguments.on("service-ports");
  options.use_aliases = arguments.on("use-aliases");
  options.auto_remove = arguments.on("rm");
  options.tty = wants_tty(arguments, terminal);
  options.interactive = arguments.on("interactive");
  options.no_deps = arguments.on("no-deps");
  options.up.remove_orphans = arguments.on("remove-orphans");
  options.up.ignore_orphans = environment.is_true("COMPOSE_IGNORE_ORPHANS");
  return options;
}

converge::ImageOptions run_image_options(const Arguments& arguments) {
  converge::ImageOptions options;
  options.build = arguments.on("build");
  if (const std::string pull = arguments.text("pull"); pull != "policy") options.pull = pull;
  return options;
}

}  // namespace berth::cli
