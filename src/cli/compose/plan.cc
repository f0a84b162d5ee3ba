#include <map>

#include "base/strings.h"
#include "cli/compose/carry_out.h"
#include "cli/compose/commands.h"
#include "cli/compose/up_flags.h"

namespace berth::cli {

namespace {

constexpr int kChanges = 2;

std::string_view sign(converge::Change::Kind kind) {
  switch (kind) {
    case converge::Change::Kind::kCreate:
      return "+";
    case converge::Change::Kind::kRemove:
      return "-";
    case converge::Change::Kind::kNone:
      return " ";
    default:
      return "~";
  }
}

Colour colour(converge::Change::Kind kind) {
  switch (kind) {
    case converge::Change::Kind::kCreate:
      return Colour::kGreen;
    case converge::Change::Kind::kRemove:
      return Colour::kRed;
    case converge::Change::Kind::kNone:
      return Colour::kNone;
    default:
      return Colour::kYellow;
  }
}

// A line for every container that changes, then how many of each kind.
std::string changes_text(const converge::Plan& plan, bool colours) {
  std::string text;
  std::map<std::string_view, int> counts;
  for (const converge::Change& change : plan.changes) {
    if (change.kind == converge::Change::Kind::kNone) continue;
    ++counts[converge::name_of(change.kind)];
    std::string line =
        std::string(sign(change.kind)) + " " + std::string(converge::name_of(change.kind)) + " " + change.container;
    if (!change.reasons.empty()) line += "  (" + join(change.reasons, "; ") + ")";
    text += coloured(line, colour(change.kind), colours) + "\n";
  }
  std::vector<std::string> parts;
  for (const auto& [kind, count] : counts) parts.push_back(std::to_string(count) + " to " + std::string(kind));
  return text + "Plan: " + (parts.empty() ? "no container changes" : join(parts, ", ")) + ".\n";
}

int show(Invocation& invocation) {
  Session session(invocation);
  session.connect_early();
  const Arguments& arguments = invocation.arguments;
  converge::UpRequest request = creation_request(invocation, arguments.rest);
  request.images.builder = session.builder();
  request.images.images_from = session.images_from();
  const compose::Project project = session.selected_project(arguments.rest);
  const converge::Plan plan =
      converge::preview(session.context(), session.engine(), project, request, &session.credentials());
  for (const std::string& warning : plan.warnings) invocation.terminal.warn(warning);
  if (arguments.text("format") == "json" || arguments.on("json")) {
    invocation.terminal.out_line(converge::json_text(plan));
  } else if (plan.empty()) {
    invocation.terminal.out_line("No changes: the engine has what the compose file asks for.");
  } else {
    if (arguments.on("operations")) invocation.terminal.out(converge::text(plan) + "\n");
    invocation.terminal.out(changes_text(plan, invocation.terminal.out_colours()));
  }
  return plan.empty() ? 0 : kChanges;
}

}  // namespace

Command plan_command() {
  Command command;
  command.name = "plan";
  command.usage = "[OPTIONS] [SERVICE...]";
  command.summary = "Show what up would change, and why (exit code 0: nothing, 2: changes)";
  command.completes = "service";
  command.flags = creation_flags();
  command.flags.push_back(text_flag("format", 0, "Format the output").with_default("text").one_of({"text", "json"}));
  command.flags.push_back(flag("json", 0, "The same as --format json"));
  command.flags.push_back(flag("operations", 0, "Also list every engine call in order"));
  command.run = show;
  return command;
}

}  // namespace berth::cli
