#include "converge/programs.h"

#include <algorithm>

#include <unistd.h>

#include "base/lines.h"
#include "base/strings.h"

namespace berth::converge {

std::optional<Path> Programs::find_plugin(std::string_view name) const {
  for (const Path& folder : plugin_folders) {
    Path program = folder / ("docker-" + std::string(name));
    if (::access(program.c_str(), X_OK) == 0) return program;
  }
  return std::nullopt;
}

std::string Programs::folders_text() const {
  std::vector<std::string> texts;
  for (const Path& folder : plugin_folders) texts.push_back(folder.string());
  return join(texts, ", ");
}

Environment Programs::told_of_engine(Environment environment) const {
  if (!engine_host.empty()) {
    environment.set("DOCKER_HOST", engine_host);
    environment.unset("DOCKER_CONTEXT");
  }
  return environment;
}

Output run_as_one(const Context& context, const std::vector<std::string>& argv, const Environment& environment,
                  std::string_view input, const std::function<void(std::string_view line)>& say) {
  std::vector<std::string> merged = {"/bin/sh", "-c", "exec \"$0\" \"$@\" 2>&1"};
  merged.insert(merged.end(), argv.begin(), argv.end());
  SpawnOptions options;
  options.environment = environment;
  LineSplitter lines(say);
  options.heard = [&](std::string_view bytes) { lines.take(bytes); };
  Output output = run(context, merged, input, options);
  lines.finish();
  return output;
}

std::string last_words(std::string_view output) {
  constexpr std::string_view mark = "error: ";
  const std::vector<std::string> lines = split(trim(output), '\n');
  const auto said = std::find_if(lines.rbegin(), lines.rend(), [&](const auto& line) {
    return equal_ignoring_case(std::string_view(line).substr(0, mark.size()), mark);
  });
  if (said != lines.rend()) return said->substr(mark.size());
  return lines.empty() || lines.back().empty() ? "it said nothing" : lines.back();
}

}  // namespace berth::converge
