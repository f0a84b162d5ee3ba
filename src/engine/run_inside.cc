#include "engine/run_inside.h"

#include "base/lines.h"
#include "base/strings.h"
#include "engine/exec_end.h"

namespace berth::engine {

namespace {

constexpr std::size_t kMostOutput = 64 * 1024;

// Until the stream ends.
std::string read_output(const Context& context, AttachStream& stream, const LineSink& told) {
  std::string output;
  LineSplitter lines(
      [&](std::string_view line) {
        if (line.ends_with('\r')) line.remove_suffix(1);
        told(line);
      },
      kMostOutput);
  while (const auto chunk = stream.next(context)) {
    output += chunk->data;
    if (output.size() > 2 * kMostOutput) output.erase(0, output.size() - kMostOutput);
    if (told) lines.take(chunk->data);
  }
  lines.finish();
  if (output.size() > kMostOutput) output.erase(0, output.size() - kMostOutput);
  return std::string(trim(output));
}

}  // namespace

RunResult run_inside(const Context& context, Client& client, const ContainerId& container, ExecCreate program,
                     const LineSink& told) {
  program.attach_stdout = true;
  program.attach_stderr = true;
  const ExecId exec = client.create_exec(context, container, program);
  AttachStream stream = client.start_exec(context, exec);
  RunResult result;
  result.output = read_output(context, stream, told);
  result.exit_code = exec_exit_code(context, client, exec);
  return result;
}

RunResult run_container(const Context& context, Client& client, const ContainerId& container, const LineSink& told) {
  AttachStream stream = client.attach_container(context, container, {}, false);  // first, so that nothing is missed
  client.start_container(context, container);
  RunResult result;
  result.output = read_output(context, stream, told);
  result.exit_code = client.wait_container(context, container).exit(context).status_code;
  return result;
}

}  // namespace berth::engine
