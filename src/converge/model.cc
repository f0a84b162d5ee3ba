#include "converge/model.h"

#include <algorithm>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"

namespace berth::converge {

namespace {

// The JSON value among the lines of a text that begins with `first`: '[' or '{'.
std::optional<json::value> json_in(std::string_view text, char first) {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    if (text[begin] == first) {
      for (const std::string_view candidate : {text.substr(begin), text.substr(begin, end - begin)}) {
        try {
          return parse_json(candidate);
        } catch (const Error&) {
          continue;  // not the value, or something follows it
        }
      }
    }
    begin = end + 1;
  }
  return std::nullopt;
}

// As the plugin's store has it: "ai/smollm2:latest", "huggingface.co/...".
std::string in_full(std::string_view given) {
  std::string name(given);
  for (const std::string_view hub : {"docker.io/", "index.docker.io/"}) {
    if (name.starts_with(hub)) name.erase(0, hub.size());
  }
  if (name.starts_with("hf.co/")) name = "huggingface.co" + name.substr(std::string_view("hf.co").size());
  if (name.starts_with("huggingface.co/")) name = to_lower(name);
  if (name.find('/') == std::string::npos) name = "ai/" + name;
  if (name.find_first_of(":@", name.rfind('/')) == std::string::npos) name += ":latest";
  return name;
}

class Plugin {
 public:
  Plugin(const Context& context, const Programs& programs, const ServeModel& serve)
      : context_(context), serve_(serve), environment_(programs.told_of_engine(serve.environment)) {
    const auto program = programs.find_plugin("model");
    if (!program) {
      throw Error(Kind::kNotFound, "model '" + serve.name + "' needs docker's plugin docker-model, which is not in " +
                                       programs.folders_text() +
                                       ": install it (the package docker-model-plugin; Docker Desktop has it)");
    }
    program_ = program->string();
  }

  // What it says, on both outputs: it answers on either, depending on its version.
  std::string run(const std::vector<std::string>& arguments, const std::function<void(std::string_view)>& say = {}) {
    std::vector<std::string> argv = {program_};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    const Output output = run_as_one(context_, argv, environment_, {}, [&](std::string_view line) {
      if (say) say(line);
    });
    if (!output.status.ok()) fail(arguments, "ended with code " + std::to_string(output.status.code), output.out);
    return output.out;
  }

  [[noreturn]] void fail(const std::vector<std::string>& arguments, const std::string& how,
                         std::string_view output) const {
    throw Error(Kind::kConflict, "model '" + serve_.name + "' (" + program_ + "): its '" + join(arguments, " ") + "' " +
                                     how + ": " + last_words(output));
  }

 private:
  const Context& context_;
  const ServeModel& serve_;
  const Environment environment_;
  std::string program_;
};

}  // namespace

std::vector<std::string> configure_arguments(const ServeModel& serve) {
  std::vector<std::string> arguments = {"configure"};
  if (serve.context_size > 0) {
    arguments.emplace_back("--context-size");
    arguments.push_back(std::to_string(serve.context_size));
  }
  arguments.push_back(serve.model);
  if (!serve.runtime_flags.empty()) arguments.emplace_back("--");
  arguments.insert(arguments.end(), serve.runtime_flags.begin(), serve.runtime_flags.end());
  return arguments;
}

std::optional<bool> lists_model(std::string_view text, std::string_view model) {
  const auto models = json_in(text, '[');
  if (!models || !models->is_array()) return std::nullopt;
  const json::array& entries = models->get_array();
  return std::any_of(entries.begin(), entries.end(), [&](const json::value& entry) {
    const std::vector<std::string> tags = texts_of(entry, "tags");
    return std::any_of(tags.begin(), tags.end(), [&](const auto& tag) { return in_full(tag) == in_full(model); });
  });
}

std::string endpoint_in(std::string_view text) {
  const auto status = json_in(text, '{');
  return status ? text_of(*status, "endpoint") : std::string();
}

std::string serve_model(const Context& context, const Programs& programs, const ServeModel& serve,
                        const std::function<void(std::string status, std::string_view detail)>& say) {
  Plugin plugin(context, programs, serve);
  const std::vector<std::string> list = {"ls", "--json"};
  const std::string listed = plugin.run(list);
  const auto is_there = lists_model(listed, serve.model);
  if (!is_there) plugin.fail(list, "has no list of models", listed);
  if (!*is_there) {
    say("Pulling", {});
    plugin.run({"pull", serve.model}, [&](std::string_view line) {
      if (!trim(line).empty()) say("Pulling", trim(line));
    });
    say("Pull complete", {});
  }
  plugin.run(configure_arguments(serve));
  const std::vector<std::string> ask = {"status", "--json"};
  const std::string status = plugin.run(ask);
  std::string endpoint = endpoint_in(status);
  if (endpoint.empty()) plugin.fail(ask, "names no endpoint", status);
  return endpoint;
}

}  // namespace berth::converge
