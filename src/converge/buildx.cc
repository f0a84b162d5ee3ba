#include "converge/buildx.h"

#include "base/error.h"
#include "converge/programs.h"

namespace berth::converge {

void run_buildx(const Context& context, const Buildx& buildx, const BuildxCommand& command,
                const std::function<void(std::string_view line)>& say) {
  std::vector<std::string> argv = {buildx.program.string()};
  argv.insert(argv.end(), command.arguments.begin(), command.arguments.end());
  Environment environment = buildx.environment;
  for (const auto& [name, value] : command.environment) environment.set(name, value);
  // Its progress comes on standard error.
  const Output output = run_as_one(context, argv, environment, command.dockerfile, say);
  if (!output.status.ok()) throw Error(Kind::kInternal, last_words(output.out));
}

}  // namespace berth::converge
