#include "engine/run_inside.h"

#include "base/strings.h"

namespace berth::engine {

namespace {

constexpr std::size_t kMostOutput = 64 * 1024;

using Told = std::function<void(std::string_view line)>;

// Hands on the whole lines of `pending` and keeps the rest.
void tell_lines(std::string& pending, const Told& told) {
  std::size_t begin = 0;
  for (std::size_t end = pending.find('\n'); end != std::string::npos; end = pending.find('\n', begin)) {
    std::string_view line = std::string_view(pending).substr(begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    told(line);
    begin = end + 1;
  }
  pending.erase(0, begin);
}

}  // namespace

InsideResult run_inside(const Context& context, Client& client, const ContainerId& container, ExecCreate program,
                        const Told& told) {
  program.attach_stdout = true;
  program.attach_stderr = true;
  const ExecId exec = client.create_exec(context, container, program);
  AttachStream stream = client.start_exec(context, exec);
  InsideResult result;
  std::string pending;
  while (const auto chunk = stream.next(context)) {
    result.output += chunk->data;
    if (result.output.size() > 2 * kMostOutput) result.output.erase(0, result.output.size() - kMostOutput);
    if (!told) continue;
    pending += chunk->data;
    tell_lines(pending, told);
    if (pending.size() > kMostOutput) tell_lines(pending += '\n', told);
  }
  if (told && !pending.empty()) tell_lines(pending += '\n', told);
  if (result.output.size() > kMostOutput) result.output.erase(0, result.output.size() - kMostOutput);
  result.output = trim(result.output);
  result.exit_code = client.inspect_exec(context, exec).exit_code;
  return result;
}

}  // namespace berth::engine
