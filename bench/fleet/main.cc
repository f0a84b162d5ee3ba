// berth-fleet: simulated Docker Engines by the thousand, and a driver that measures a manager of them.
#include <string>
#include <vector>

#include <unistd.h>

#include "base/signals.h"
#include "commands.h"

int main(int argc, char** argv) {
  using namespace berth;
  CancelSource first;
  CancelSource second;
  const Signals signals([&](int, int count) {
    first.cancel();
    if (count >= 2) second.cancel();
    if (count >= 3) ::_exit(130);
  });
  const Environment environment = Environment::of_process();
  cli::Terminal terminal(environment);
  cli::Command root{
      .name = "berth-fleet", .usage = "COMMAND", .summary = "Simulated Docker Engines, and a load driver"};
  root.children = {fleet::run_command(), fleet::tell_command(), fleet::load_command()};
  return cli::dispatch(root, "berth-fleet", {argv + 1, argv + argc}, environment, terminal, first.context(),
                       second.context());
}
