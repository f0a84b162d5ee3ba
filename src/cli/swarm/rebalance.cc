// rebalance: shows, or has the manager carry out, the moves that would even out a swarm.
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/json.h"
#include "cli/progress.h"
#include "cli/swarm/commands.h"
#include "cli/swarm/manager_client.h"
#include "cli/table.h"
#include "http/client.h"
#include "http/json_stream.h"
#include "http/url.h"

namespace berth::cli {

namespace {

constexpr int kChanges = 2;
constexpr int kFailed = 1;

std::string text_of_move(const json::value& move) {
  return text_of(move, "Name") + ": " + text_of(move, "From") + " -> " + text_of(move, "To");
}

http::Response ask(const Invocation& invocation, http::Client& client, const std::string& method) {
  const std::string path = http::Query()
                               .add_if("max-moves", invocation.arguments.text("max-moves"))
                               .add_if("volumes", invocation.arguments.on("volumes") ? "1" : "")
                               .on("/berth/rebalance");
  return ask_manager(invocation, client, method, path);
}

void print_plan(Terminal& terminal, const json::value& plan) {
  std::vector<std::vector<std::string>> rows = {{"CONTAINER", "FROM", "TO", "WHY"}};
  for (const json::value& move : *find_array(plan, "Moves")) {
    rows.push_back({text_of(move, "Name"), text_of(move, "From"), text_of(move, "To"), text_of(move, "Why")});
  }
  if (rows.size() > 1) terminal.out(format_table(rows));
  for (const json::value& one : *find_array(plan, "Staying")) {
    terminal.warn("'" + text_of(one, "Name") + "' stays: " + text_of(one, "Why"));
  }
  const std::size_t moves = rows.size() - 1;
  terminal.out_line(moves == 0 ? "Nothing to move: every container is well where it is."
                               : "Plan: " + std::to_string(moves) + " to move.");
}

int show_plan(Invocation& invocation) {
  http::Client client = manager_client(invocation);
  const std::string text = ask(invocation, client, "GET").read_all(invocation.interrupted);
  const json::value plan = parse_json(text);
  const json::array* moves = find_array(plan, "Moves");
  if (moves == nullptr || find_array(plan, "Staying") == nullptr) {
    throw Error(Kind::kInternal, "the manager's answer is no plan");
  }
  if (invocation.arguments.text("format") == "json") {
    invocation.terminal.out_line(text);
  } else {
    print_plan(invocation.terminal, plan);
  }
  return moves->empty() ? 0 : kChanges;
}

ProgressRow row_of(const json::value& line) {
  const std::string state = text_of(line, "State");
  ProgressRow row{.id = text_of_move(line), .text = state};
  if (state == "done") row = {.id = row.id, .text = "moved", .state = ProgressRow::State::kDone};
  if (state == "failed") {
    row.state = ProgressRow::State::kError;
    row.detail = text_of(line, "Error");
  }
  return row;
}

// The first line is the plan, the others are steps of moves.
int carry_out(Invocation& invocation) {
  http::Client client = manager_client(invocation);
  http::Response response = ask(invocation, client, "POST");
  http::JsonStream lines(response.reader());
  const bool as_json = invocation.arguments.text("format") == "json";
  std::unique_ptr<Progress> progress;
  bool failed = false;
  while (const auto text = lines.next(invocation.interrupted)) {
    const json::value line = parse_json(*text);
    failed |= text_of(line, "State") == "failed";
    if (as_json) {
      invocation.terminal.out_line(*text);
    } else if (find(line, "Moves") != nullptr) {
      print_plan(invocation.terminal, line);
    } else {
      if (!progress) {
        progress =
            make_progress(parse_progress_mode(invocation.arguments.text("progress")), invocation.terminal, "Moving");
      }
      progress->update(row_of(line));
    }
  }
  if (progress) progress->finish();
  return failed ? kFailed : 0;
}

int rebalance(Invocation& invocation) {
  try {
    return invocation.arguments.on("plan") ? show_plan(invocation) : carry_out(invocation);
  } catch (const Error& e) {
    if (e.kind() != Kind::kCancelled || invocation.arguments.on("plan")) throw;
    throw Error(Kind::kCancelled,
                "interrupted: the move at work is taken back or finished, the others were not begun; run it again to "
                "go on");
  }
}

}  // namespace

Command swarm_rebalance_command() {
  Command command;
  command.name = "rebalance";
  command.usage = "[OPTIONS]";
  command.summary = "Move containers to where they would be placed today";
  command.at_most = 0;
  command.graceful = true;
  command.flags = {
      flag("plan", 0, "Show what would move and why; exit code 0: nothing, 2: something"),
      flag("volumes", 0, "Also move containers with named volumes; they are stopped while their data is copied"),
      integer_flag("max-moves", 0, "Move no more containers than this in one run").with_default("10"),
      text_flag("format", 0, "Output: pretty or json").with_default("pretty").one_of({"pretty", "json"}),
      text_flag("progress", 0, "Progress: auto, tty, plain, json or quiet").with_default("auto"),
  };
  for (Flag& one : manager_flags()) command.flags.push_back(std::move(one));
  command.run = rebalance;
  return command;
}

}  // namespace berth::cli
