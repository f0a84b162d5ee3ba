#include "base/error.h"
#include "base/json.h"
#include "base/parallel.h"
#include "base/strings.h"
#include "cli/compose/commands.h"
#include "cli/compose/listeners.h"
#include "cli/compose/session.h"
#include "converge/diagnosis.h"

namespace berth::cli {

namespace {

using converge::Evidence;
using converge::Finding;

std::vector<std::string> last_lines(Session& session, const engine::ContainerInspect& container) {
  constexpr int kLines = 5;
  constexpr auto kMost = std::chrono::seconds(5);
  std::vector<std::string> lines;
  try {
    const Context context = session.context().with_timeout(kMost);
    engine::LogStream log = session.engine().container_logs(
        context, container.id, {.out = true, .err = true, .tail = kLines}, container.config.tty);
    std::string text;
    while (const auto chunk = log.next(context)) text += chunk->data;
    for (const std::string& line : split(trim(text), '\n')) {
      if (!line.empty()) lines.emplace_back(trim(line));
    }
  } catch (const Error&) {
    // Some log drivers can't be read.
  }
  return lines;
}

Evidence gather(Session& session, const compose::Project& project) {
  Evidence evidence;
  engine::Client& engine = session.engine();
  evidence.state = converge::observe(session.context(), engine, project);
  evidence.others = engine.list_containers(session.context(), {});
  evidence.engine_networks = engine.list_networks(session.context());
  for (const engine::ContainerId& id : converge::in_doubt(project, evidence.state)) {
    engine::ContainerInspect detail = engine.inspect_container(session.context(), id);
    evidence.last_lines[id] = last_lines(session, detail);
    evidence.details[id] = std::move(detail);
  }
  evidence.listener = [host = engine.endpoint().host](std::uint16_t port, const std::string& protocol) {
    return listener_on(host, port, protocol);
  };
  return evidence;
}

json::object json_of(const std::vector<Finding>& findings) {
  json::array problems;
  for (const Finding& finding : findings) {
    json::array lines;
    for (const std::string& line : finding.lines) lines.push_back(json::string(line));
    problems.push_back(json::object{{"kind", finding.kind},
                                    {"service", finding.service},
                                    {"container", finding.container},
                                    {"message", finding.message},
                                    {"advice", finding.advice},
                                    {"lines", std::move(lines)}});
  }
  return {{"ok", findings.empty()}, {"problems", std::move(problems)}};
}

std::string sentence_of(const Finding& finding) {
  std::string text = finding.message;
  if (!finding.advice.empty()) text += ": " + finding.advice;
  return text + ".";
}

int examine(Invocation& invocation) {
  Session session(invocation);
  const compose::Project project = session.selected_project(invocation.arguments.rest);
  const std::vector<Finding> findings = converge::diagnose(project, gather(session, project));
  Terminal& terminal = invocation.terminal;
  if (invocation.arguments.text("format") == "json") {
    terminal.out_line(format_json(json_of(findings)));
  } else if (findings.empty()) {
    terminal.out_line("All is up: nothing is wrong with project '" + project.name + "'.");
  } else {
    for (const Finding& finding : findings) {
      std::string text = sentence_of(finding);
      text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
      terminal.out_line(text);
      for (const std::string& line : finding.lines) terminal.out_line("  | " + line);
    }
  }
  return findings.empty() ? 0 : 1;
}

}  // namespace

Command doctor_command() {
  Command command;
  command.name = "doctor";
  command.usage = "[OPTIONS] [SERVICE...]";
  command.summary = "Explain why services are not up (exit code 0: all is well, 1: something is wrong)";
  command.completes = "service";
  command.flags = {text_flag("format", 0, "Format the output").with_default("text").one_of({"text", "json"})};
  command.run = examine;
  return command;
}

}  // namespace berth::cli
