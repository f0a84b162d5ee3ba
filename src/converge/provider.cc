#include "converge/provider.h"

#include <algorithm>

#include "base/error.h"
#include "base/json.h"
#include "base/lines.h"
#include "base/log.h"
#include "base/process.h"
#include "base/strings.h"

namespace berth::converge {

namespace {

std::string_view name_of(RunProvider::Command command) { return command == RunProvider::Command::kUp ? "up" : "down"; }

std::string whose(const RunProvider& run) {
  return "provider '" + run.provider.type + "' of service '" + run.service + "'";
}

std::vector<ProviderOptions::Option> options_of(const json::value& metadata, std::string_view command) {
  std::vector<ProviderOptions::Option> options;
  const json::value* about = find(metadata, command);
  const json::array* parameters = about == nullptr ? nullptr : find_array(*about, "parameters");
  if (parameters == nullptr) return options;
  for (const json::value& parameter : *parameters) {
    options.push_back({.name = text_of(parameter, "name"), .required = flag_of(parameter, "required")});
  }
  return options;
}

Path find_provider(const Programs& programs, const RunProvider& run) {
  const std::string& type = run.provider.type;
  if (type == "compose") throw Error(Kind::kInvalid, whose(run) + ": compose can't be its own provider");
  if (const auto plugin = programs.find_plugin(type)) return *plugin;
  if (const auto program = find_program(type, run.environment)) return *program;
  throw Error(Kind::kNotFound, whose(run) + " has no program: there is no docker-" + type + " in " +
                                   programs.folders_text() + ", and no " + type + " on PATH (" +
                                   run.environment.get_or("PATH", "") + "): install it");
}

// What the program says of its options, if it can be asked.
std::optional<ProviderOptions> ask_for_options(const Context& context, const Path& program,
                                               const SpawnOptions& options) {
  const Output output = berth::run(context, {program.string(), "compose", "metadata"}, {}, options);
  return output.status.ok() ? parse_provider_metadata(output.out) : std::nullopt;
}

}  // namespace

std::optional<ProviderOptions> parse_provider_metadata(std::string_view text) {
  try {
    const json::value metadata = parse_json(text);
    ProviderOptions options{.up = options_of(metadata, "up"), .down = options_of(metadata, "down")};
    const bool tells = !text_of(metadata, "description").empty() || !options.up.empty() || !options.down.empty();
    return tells ? std::optional(std::move(options)) : std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::vector<std::string> provider_arguments(const RunProvider& run, const std::optional<ProviderOptions>& options) {
  std::vector<std::string> arguments = {"compose", "--project-name=" + run.project, std::string(name_of(run.command))};
  const auto* taken = !options ? nullptr : run.command == RunProvider::Command::kUp ? &options->up : &options->down;
  if (taken != nullptr) {
    for (const ProviderOptions::Option& option : *taken) {
      if (!option.required || run.provider.options.contains(option.name)) continue;
      throw Error(Kind::kInvalid, whose(run) + " requires the option '" + option.name + "' for " +
                                      std::string(name_of(run.command)) + ": give it in provider.options");
    }
  }
  for (const auto& [name, values] : run.provider.options) {
    const auto is_it = [&](const ProviderOptions::Option& option) { return option.name == name; };
    if (taken != nullptr && std::none_of(taken->begin(), taken->end(), is_it)) continue;
    for (const std::string& value : values) arguments.push_back("--" + name + "=" + value);
  }
  arguments.push_back(run.service);
  return arguments;
}

void ProviderTalk::hear(std::string_view line) {
  if (trim(line).empty()) return;
  const auto fail = [&](std::string why) {
    if (!error_) error_ = std::move(why);
  };
  try {
    const json::value message = parse_json(line);
    const std::string type = text_of(message, "type");
    const std::string text = text_of(message, "message");
    if (type == "info") {
      say_(trim(std::string_view(text).substr(0, text.find('\n'))));
    } else if (type == "error") {
      fail(text);
    } else if (type == "debug") {
      log(LogLevel::kDebug, run_.service + ": " + text);
    } else if (const std::size_t equals = text.find('='); type == "setenv" && equals != std::string::npos) {
      variables_[text.substr(0, equals)] = text.substr(equals + 1);
    } else {
      fail("said what is no message of a provider: " + std::string(trim(line)));
    }
  } catch (const Error&) {
    fail("said what is no message of a provider: " + std::string(trim(line)));
  }
}

compose::TextMap run_provider(const Context& context, const Programs& programs, const RunProvider& run,
                              const std::function<void(std::string_view message)>& say) {
  const Path program = find_provider(programs, run);
  SpawnOptions options;
  options.environment = programs.told_of_engine(run.environment);
  std::vector<std::string> argv = {program.string()};
  const auto arguments = provider_arguments(run, ask_for_options(context, program, options));
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  ProviderTalk talk(run, say);
  LineSplitter lines([&](std::string_view line) { talk.hear(line); });
  options.heard = [&](std::string_view bytes) { lines.take(bytes); };
  const Output output = berth::run(context, argv, {}, options);
  lines.finish();
  const std::string it = whose(run) + " (" + program.string() + ")";
  if (talk.error()) throw Error(Kind::kConflict, it + ": " + *talk.error());
  if (!output.status.ok()) {
    const std::string words = last_lines(output.err, 1);
    throw Error(Kind::kConflict, it + ": its '" + std::string(name_of(run.command)) + "' ended with code " +
                                     std::to_string(output.status.code) + (words.empty() ? "" : ": " + words));
  }
  return variables_for_dependents(run.service, talk.variables());
}

compose::TextMap variables_for_dependents(std::string_view service, const compose::TextMap& variables) {
  const std::string prefix = to_upper(service) + "_";
  compose::TextMap named;
  for (const auto& [key, value] : variables) {
    named[prefix + key] = value;
    named[replace_all(prefix, "-", "_") + key] = value;
  }
  return named;
}

void add_variables(const compose::TextMap& variables, std::vector<std::string>& environment) {
  for (const auto& [name, value] : variables) {
    std::erase_if(environment, [&](const std::string& line) { return line == name || line.starts_with(name + "="); });
    environment.push_back(name + "=" + value);
  }
}

}  // namespace berth::converge
