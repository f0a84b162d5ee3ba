#include "engine/run_inside.h"

#include "base/lines.h"
#include "base/strings.h"
#include "engine/exec_end.h"

namespace berth::engine {

namespace {

constexpr std::size_t kMostOutput = 64 * 1024;

}  // namespace

InsideResult run_inside(const Context& context, Client& client, const ContainerId& container, ExecCreate program,
                        const std::function<void(std::string_view line)>& told) {
  program.attach_stdout = true;
  program.attach_stderr = true;
  const ExecId exec = client.create_exec(context, container, program);
  AttachStream stream = client.start_exec(context, exec);
  InsideResult result;
  LineSplitter lines(
      [&](std::string_view line) {
        if (line.ends_with('\r')) line.remove_suffix(1);
        told(line);
      },
      kMostOutput);
  while (const auto chunk = stream.next(context)) {
    result.output += chunk->data;
    if (result.output.size() > 2 * kMostOutput) result.output.erase(0, result.output.size() - kMostOutput);
    if (told) lines.take(chunk->data);
  }
  lines.finish();
  if (result.output.size() > kMostOutput) result.output.erase(0, result.output.size() - kMostOutput);
  result.output = trim(result.output);
  result.exit_code = exec_exit_code(context, client, exec);
  return result;
}

}  // namespace berth::engine
