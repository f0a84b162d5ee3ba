#include "swarm/access/revoked.h"

#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "base/strings.h"

namespace berth::swarm {

namespace {

constexpr std::chrono::seconds kPause{1};
constexpr std::string_view kSerial = "serial:";

std::set<std::string> lines_of(const std::string& text) {
  std::set<std::string> lines;
  for (const std::string& line : split(text, '\n')) {
    const std::string_view told = trim(cut(line, '#').first);
    if (told.empty()) continue;
    lines.insert(told.starts_with(kSerial) ? to_lower(told) : std::string(told));
  }
  return lines;
}

}  // namespace

Revoked::Revoked(Path file) : file_(std::move(file)) { state_.lock()->lines = lines_of(read_file(file_)); }

void Revoked::look(State& state) const {
  try {
    const auto changed = std::filesystem::last_write_time(file_);
    if (state.changed == changed) return;
    state.lines = lines_of(read_file(file_));
    state.changed = changed;
  } catch (const std::exception& e) {
    log(LogLevel::kError, std::string("which certificates are revoked is as it was: ") + e.what());
  }
}

bool Revoked::has(const std::string& name, const std::string& serial, Time now) {
  const auto state = state_.lock();
  if (now >= state->next_look) {
    look(*state);
    state->next_look = now + kPause;
  }
  return state->lines.contains(name) || state->lines.contains(std::string(kSerial) + serial);
}

}  // namespace berth::swarm
