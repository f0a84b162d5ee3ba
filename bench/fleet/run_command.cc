// berth-fleet run, berth-fleet tell
#include <thread>

#include "base/error.h"
#include "base/strings.h"
#include "commands.h"
#include "control.h"

namespace berth::fleet {

namespace {

std::int64_t positive(const cli::Arguments& arguments, std::string_view flag, std::int64_t least, std::int64_t most) {
  const long long value = arguments.integer(flag).value_or(0);
  if (value < least || value > most) {
    throw Error(Kind::kInvalid,
                "--" + std::string(flag) + " must be " + std::to_string(least) + " to " + std::to_string(most));
  }
  return value;
}

FleetOptions options_of(const cli::Arguments& arguments) {
  FleetOptions options;
  options.nodes = static_cast<std::size_t>(positive(arguments, "nodes", 1, 100'000));
  options.containers = static_cast<std::size_t>(positive(arguments, "containers", 0, 1'000'000));
  options.base = arguments.text("base");
  options.port = static_cast<std::uint16_t>(positive(arguments, "port", 1, 65535));
  options.threads = static_cast<std::size_t>(positive(arguments, "threads", 1, 64));
  options.cpus = positive(arguments, "cpus", 1, 4096);
  const auto memory = parse_bytes(arguments.text("memory"));
  if (!memory) throw Error(Kind::kInvalid, "--memory '" + arguments.text("memory") + "' is no size, such as 32g");
  options.memory = *memory;
  for (const std::string& image : arguments.texts("image")) options.images.push_back(image);
  return options;
}

int run(cli::Invocation& invocation) {
  const FleetOptions options = options_of(invocation.arguments);
  Fleet fleet(options);
  const auto& addresses = fleet.addresses();
  if (const auto file = invocation.arguments.optional_text("addresses"))
    write_file(*file, join(addresses, "\n") + "\n");
  std::jthread control;
  const CancelSource stop(invocation.interrupted);
  if (const auto path = invocation.arguments.optional_text("socket-control")) {
    control = std::jthread([&, path = *path] {
      try {
        serve_control(invocation.interrupted, fleet, path);
      } catch (const Error& e) {
        invocation.terminal.err_line("berth-fleet: " + e.message());
      }
    });
  }
  invocation.terminal.out_line(std::to_string(addresses.size()) + " engines on " + addresses.front() +
                               (addresses.size() > 1 ? " to " + addresses.back() : "") + ", " +
                               std::to_string(options.containers) + " containers each");
  try {
    invocation.interrupted.sleep_for(std::chrono::hours(24 * 365));
  } catch (const Error&) {  // Ctrl-C: the end
  }
  return 0;
}

int tell_fleet(cli::Invocation& invocation) {
  const auto& words = invocation.arguments.rest;
  const std::vector<std::string> command(words.begin() + 1, words.end());
  const Context soon = invocation.context.with_timeout(std::chrono::seconds(30));
  invocation.terminal.out_line(tell(soon, words.front(), join(command, " ")));
  return 0;
}

}  // namespace

cli::Command run_command() {
  cli::Command command{.name = "run", .usage = "[OPTIONS]", .summary = "Serve simulated engines until Ctrl-C"};
  command.flags = {
      cli::integer_flag("nodes", 'n', "Number of engines").with_default("1"),
      cli::integer_flag("containers", 0, "Containers that run on each from the beginning").with_default("0"),
      cli::text_flag("base", 0, "Address of the first; 250 follow one another, then the third part goes up")
          .with_default("127.10.0.1"),
      cli::integer_flag("port", 0, "Port of all").with_default("2375"),
      cli::text_flag("socket-control", 0, "Unix socket that takes commands (berth-fleet tell)"),
      cli::text_flag("addresses", 0, "File to write their addresses to, a line each"),
      cli::integer_flag("threads", 0, "Threads that serve").with_default("2"),
      cli::integer_flag("cpus", 0, "CPUs of each").with_default("8"),
      cli::text_flag("memory", 0, "Memory of each").with_default("32g"),
      cli::texts_flag("image", 0, "Image that all have, besides the usual ones"),
  };
  command.at_most = 0;
  command.graceful = true;
  command.run = run;
  return command;
}

cli::Command tell_command() {
  cli::Command command{
      .name = "tell",
      .usage = "SOCKET COMMAND...",
      .summary = "Command a running fleet: kill|hang|return|reboot NODES, slow NODES MS, churn RATE, status"};
  command.at_least = 2;
  command.run = tell_fleet;
  return command;
}

}  // namespace berth::fleet
