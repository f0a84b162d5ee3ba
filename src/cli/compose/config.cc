#include "compose/config.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/strings.h"
#include "cli/compose/commands.h"
#include "cli/compose/image_digests.h"
#include "cli/compose/session.h"
#include "cli/table.h"
#include "compose/hash.h"
#include "compose/interpolate.h"

namespace berth::cli {

namespace {

compose::LoadOptions load_options(Session& session, bool whole) {
  const Arguments& arguments = session.arguments();
  compose::LoadOptions options = session.load_options();
  options.interpolate = !arguments.on("no-interpolate");
  options.normalize = !arguments.on("no-normalize") && !arguments.on("compatibility");
  options.resolve_paths = !arguments.on("no-path-resolution");
  options.check_consistency = !arguments.on("no-consistency");
  options.resolve_environment = whole && !arguments.on("no-env-resolution");
  options.discard_label_files = true;
  options.platforms = compose::Platforms::kAsWritten;
  return options;
}

compose::Loaded load(Session& session, const compose::LoadOptions& options) {
  compose::Loaded loaded = compose::load(options, session.reader());
  for (const yaml::Diagnostic& warning : loaded.warnings) session.terminal().warn(warning.str());
  if (!loaded.ok()) throw Error(Kind::kInvalid, yaml::to_text(loaded.errors));
  return loaded;
}

compose::Project load_project(Session& session, const compose::LoadOptions& options,
                              const std::vector<std::string>& services = {}) {
  compose::Loaded loaded = load(session, options);
  if (!loaded.project) throw Error(Kind::kInvalid, "this needs the variables' values: leave out --no-interpolate");
  compose::Project project = std::move(*loaded.project).select(services);
  if (session.arguments().on("all-resources")) return project;
  return std::move(project).without_unused_resources();
}

std::string text_of_config(Session& session) {
  const std::string format = session.arguments().text("format");
  if (!format.empty() && format != "yaml" && format != "json") {
    throw Error(Kind::kInvalid, "unsupported format \"" + format + "\": use yaml or json");
  }
  const bool as_json = format == "json";
  const compose::LoadOptions options = load_options(session, true);
  if (!options.interpolate) {
    const yaml::Node model = load(session, options).model;
    return as_json ? compose::model_json(model) : compose::model_yaml(model);
  }
  compose::Project project = load_project(session, options, session.arguments().rest);
  const bool locks = session.arguments().on("lock-image-digests");
  if (locks || session.arguments().on("resolve-image-digests")) pin_images(session, project);
  if (locks) return images_override(project);
  return as_json ? compose::config_json(project) : compose::config_yaml(project);
}

int print_config(Session& session) {
  const std::string text = text_of_config(session);
  const std::string output = session.arguments().text("output");
  if (session.arguments().on("quiet")) return 0;
  if (output.empty()) {
    session.terminal().out(text);
  } else {
    write_file(output, text);
  }
  return 0;
}

int print_lines(Session& session, const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  session.terminal().out(text);
  return 0;
}

// Services of --hash: "*" is all.
int print_hashes(Session& session) {
  compose::LoadOptions options = load_options(session, false);
  options.platforms = compose::Platforms::kOne;
  const compose::Project project = load_project(session, options);
  const std::string wanted = session.arguments().text("hash");
  std::vector<std::string> names = wanted == "*" ? compose::service_names(project) : split(wanted, ',');
  std::sort(names.begin(), names.end());
  std::vector<std::string> lines;
  for (const std::string& name : names) {
    const compose::Service* service = project.find_service(name);
    if (service == nullptr) throw Error(Kind::kNotFound, "no such service: " + name);
    lines.push_back(name + " " + compose::service_hash(*service));
  }
  return print_lines(session, lines);
}

int print_variables(Session& session) {
  compose::LoadOptions options = load_options(session, false);
  options.interpolate = false;
  const auto variables = compose::variables_of(load(session, options).model);
  const std::string format = session.arguments().text("format");
  std::vector<std::vector<std::string>> rows = {{"NAME", "REQUIRED", "DEFAULT VALUE", "ALTERNATE VALUE"}};
  json::object members;
  for (const compose::Variable& variable : variables) {
    const std::string required = variable.required ? "true" : "false";
    rows.push_back({variable.name, required, variable.default_value, variable.alternate_value});
    members[variable.name] = json::object{{"Name", variable.name},
                                          {"DefaultValue", variable.default_value},
                                          {"PresenceValue", variable.alternate_value},
                                          {"Required", variable.required}};
  }
  if (format == "json") {
    session.terminal().out_line(format_json(members, 4));
  } else if (format.empty() || format == "table" || format == "pretty") {
    session.terminal().out(format_table(rows, kListColumn));
  } else {
    throw Error(Kind::kInvalid, "unsupported format \"" + format + "\" for variables: use table or json");
  }
  return 0;
}

int print_environment(Session& session) {
  const compose::Project project = load_project(session, load_options(session, false), session.arguments().rest);
  std::vector<std::string> lines;
  for (const auto& [name, value] : project.environment.variables()) lines.push_back(name + "=" + value);
  std::sort(lines.begin(), lines.end());  // as docker compose: "A.B=" before "A="
  return print_lines(session, lines);
}

int config(Invocation& invocation) {
  Session session(invocation);
  const Arguments& arguments = session.arguments();
  const auto project = [&] { return load_project(session, load_options(session, false), arguments.rest); };
  if (arguments.on("services")) return print_lines(session, compose::service_names(project()));
  if (arguments.on("volumes")) return print_lines(session, compose::volume_keys(project()));
  if (arguments.on("networks")) return print_lines(session, compose::network_keys(project()));
  if (arguments.on("models")) return print_lines(session, compose::model_names(project()));
  if (!arguments.text("hash").empty()) return print_hashes(session);
  if (arguments.on("profiles")) return print_lines(session, compose::profile_names(project()));
  if (arguments.on("images")) return print_lines(session, compose::image_names(project()));
  if (arguments.on("variables")) return print_variables(session);
  if (arguments.on("environment")) return print_environment(session);
  return print_config(session);
}

}  // namespace

Command config_command() {
  Command command;
  command.name = "config";
  command.aliases = {"convert"};
  command.usage = "[OPTIONS] [SERVICE...]";
  command.summary = "Parse, resolve and render compose file in canonical format";
  command.completes = "service";
  command.flags = {
      flag("environment", 0, "Print environment used for interpolation."),
      text_flag("format", 0, "Format the output. Values: [yaml | json]"),
      text_flag("hash", 0, "Print the service config hash, one per line."),
      flag("images", 0, "Print the image names, one per line."),
      flag("lock-image-digests", 0, "Produces an override file with image digests"),
      flag("models", 0, "Print the model names, one per line."),
      flag("networks", 0, "Print the network names, one per line."),
      flag("no-consistency", 0, "Don't check model consistency - warning: may produce invalid Compose output"),
      flag("no-env-resolution", 0, "Don't resolve service env files"),
      flag("no-interpolate", 0, "Don't interpolate environment variables"),
      flag("no-normalize", 0, "Don't normalize compose model"),
      flag("no-path-resolution", 0, "Don't resolve file paths"),
      text_flag("output", 'o', "Save to file (default to stdout)").completing("file"),
      flag("profiles", 0, "Print the profile names, one per line."),
      flag("quiet", 'q', "Only validate the configuration, don't print anything"),
      flag("resolve-image-digests", 0, "Pin image tags to digests"),
      flag("services", 0, "Print the service names, one per line."),
      flag("variables", 0, "Print model variables and default values."),
      flag("volumes", 0, "Print the volume names, one per line."),
  };
  command.run = config;
  return command;
}

}  // namespace berth::cli
