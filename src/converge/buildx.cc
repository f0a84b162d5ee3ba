#include "converge/buildx.h"

#include <algorithm>

#include "base/error.h"
#include "base/lines.h"
#include "base/process.h"
#include "base/strings.h"

namespace berth::converge {

namespace {

// "ERROR: failed to solve: ..." is what buildx says last; what it says without is shown whole.
std::string last_words(std::string_view output) {
  constexpr std::string_view error = "ERROR: ";
  std::vector<std::string> lines = split(trim(output), '\n');
  const auto said =
      std::find_if(lines.rbegin(), lines.rend(), [&](const auto& line) { return line.starts_with(error); });
  if (said != lines.rend()) return said->substr(error.size());
  return lines.empty() || lines.back().empty() ? "it said nothing" : lines.back();
}

}  // namespace

void run_buildx(const Context& context, const Buildx& buildx, const BuildxCommand& command,
                const std::function<void(std::string_view line)>& say) {
  // Its progress comes on standard error.
  std::vector<std::string> argv = {"/bin/sh", "-c", "exec \"$0\" \"$@\" 2>&1", buildx.program.string()};
  argv.insert(argv.end(), command.arguments.begin(), command.arguments.end());
  SpawnOptions options;
  options.environment = buildx.environment;
  for (const auto& [name, value] : command.environment) options.environment->set(name, value);
  LineSplitter lines(say);
  options.heard = [&](std::string_view bytes) { lines.take(bytes); };
  const Output output = run(context, argv, command.dockerfile, options);
  lines.finish();
  if (!output.status.ok()) throw Error(Kind::kInternal, last_words(output.out));
}

}  // namespace berth::converge
