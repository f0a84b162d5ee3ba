#include "buildkit/plain_progress.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "base/units.h"

namespace berth::buildkit {

namespace {

// "1.2s"
std::string seconds_text(std::chrono::milliseconds time) {
  constexpr std::int64_t kTenth = 100;
  const std::int64_t tenths = (std::max<std::int64_t>(time.count(), 0) + kTenth / 2) / kTenth;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + "s";
}

}  // namespace

void PlainProgress::tell(const engine::BuildKitStatus& status) {
  for (const auto& vertex : status.vertexes) {
    if (vertex.started || vertex.completed) tell_begin(vertex);
  }
  for (const auto& transfer : status.transfers) {
    // Only ends: what happens meanwhile would be a line every tenth of a second.
    if (!transfer.completed) continue;
    const std::string size =
        transfer.current > 0 ? " " + human_size(Bytes(static_cast<std::uint64_t>(transfer.current))) : "";
    say(step_of(transfer.vertex), transfer.id + size + " done");
  }
  for (const auto& log : status.logs) tell_log(log);
  for (const auto& vertex : status.vertexes) {
    if (vertex.completed) tell_end(vertex);
  }
  for (const auto& warning : status.warnings) {
    say_("WARN: " + warning.text + (warning.url.empty() ? "" : " (" + warning.url + ")"));
  }
}

PlainProgress::Step& PlainProgress::step_of(const std::string& vertex) {
  const auto [step, is_new] = steps_.try_emplace(vertex);
  if (is_new) step->second.number = static_cast<int>(steps_.size());
  return step->second;
}

void PlainProgress::tell_begin(const engine::BuildKitStatus::Vertex& vertex) {
  Step& step = step_of(vertex.digest);
  if (!std::exchange(step.begun, true)) say(step, vertex.name);
}

void PlainProgress::tell_end(const engine::BuildKitStatus::Vertex& vertex) {
  Step& step = step_of(vertex.digest);
  if (std::exchange(step.ended, true)) return;
  if (!step.partial.empty()) say(step, std::exchange(step.partial, {}));
  if (!vertex.error.empty()) {
    say(step, "ERROR: " + vertex.error);
  } else {
    say(step, vertex.cached ? "CACHED" : "DONE " + seconds_text(vertex.took));
  }
}

void PlainProgress::tell_log(const engine::BuildKitStatus::Log& log) {
  Step& step = step_of(log.vertex);
  std::vector<std::string> lines = split(step.partial + log.text, '\n');
  step.partial = std::move(lines.back());
  lines.pop_back();
  for (const std::string& line : lines) say(step, line);
}

}  // namespace berth::buildkit
