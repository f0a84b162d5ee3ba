#include "cli/compose/log_printer.h"

#include <algorithm>
#include <chrono>
#include <vector>

namespace berth::cli {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kLargePiece = std::size_t{64} << 10;
// A line beyond this is cut, so that a container that never ends a line can't take all memory.
constexpr std::size_t kLongestLine = std::size_t{1} << 20;
constexpr auto kIdle = 5ms;

// The order of colours that people know from docker compose.
constexpr std::string_view kColours[] = {"36", "33", "32", "35", "34", "36;1", "33;1", "32;1", "35;1", "34;1"};
constexpr std::size_t kColourCount = std::size(kColours);

}  // namespace

// Touched by the source's own thread and by whoever flushes, under `mutex`.
class LogPrinter::Source {
 public:
  std::string name;
  std::string colour;  // escape code; empty for none

  std::mutex mutex;
  std::string prefix;
  std::size_t prefix_width = 0;        // that `prefix` was made for
  std::array<std::string, 2> partial;  // the unfinished line of each stream
  std::array<std::string, 2> pending;  // whole lines for standard output and error
};

LogStyle log_style(const Terminal& terminal) {
  LogStyle style;
  style.colours = terminal.out_colours();
  style.unbuffered = terminal.out_is_terminal();
  return style;
}

LogPrinter::LogPrinter(Sink sink, LogStyle style) : sink_(std::move(sink)), style_(style) {
  if (!style_.unbuffered) flusher_ = std::jthread([this] { flush_loop(); });
}

LogPrinter::LogPrinter(Terminal& terminal, LogStyle style)
    : LogPrinter(
          [&terminal](engine::LogSource stream, std::string_view text) {
            stream == engine::LogSource::kErr ? terminal.err(text) : terminal.out(text);
          },
          style) {}

LogPrinter::~LogPrinter() {
  stop_.cancel();
  if (flusher_.joinable()) flusher_.join();
  flush();
}

LogPrinter::Source& LogPrinter::source(std::string_view name) {
  auto sources = sources_.lock();
  if (const auto found = sources->find(name); found != sources->end()) return *found->second;
  auto made = std::make_unique<Source>();
  made->name = std::string(name);
  if (style_.colours && !name.empty()) {
    // "web-1 ->", a source that belongs to another, has that one's colour.
    const auto owner = sources->find(name.substr(0, name.find(' ')));
    const std::size_t next = sources->size() % kColourCount;
    made->colour = owner != sources->end() ? owner->second->colour : "\033[" + std::string(kColours[next]) + "m";
  }
  width_ = std::max(width_.load(), display_width(name));
  return *sources->emplace(std::string(name), std::move(made)).first->second;
}

void LogPrinter::write(Source& source, engine::LogSource stream, std::string_view piece) {
  bool hand_on_now;
  bool has_text;
  {
    const std::lock_guard lock(source.mutex);
    append(source, stream == engine::LogSource::kErr ? 1 : 0, piece);
    const std::size_t size = source.pending[0].size() + source.pending[1].size();
    has_text = size > 0;
    hand_on_now = size >= kLargePiece || (style_.unbuffered && has_text);
  }
  if (hand_on_now) {
    hand_on(source);
  } else if (has_text) {
    flush_later();
  }
}

// Called with the source's mutex held.
void LogPrinter::append(Source& source, std::size_t stream, std::string_view piece) {
  if (style_.prefix && source.prefix_width != width_) {
    source.prefix_width = width_;
    source.prefix = source.colour + source.name;
    source.prefix.append(source.prefix_width - display_width(source.name) + 1, ' ');
    source.prefix += source.colour.empty() ? " | " : " | \033[0m";
  }
  std::string& partial = source.partial[stream];
  std::string& pending = source.pending[style_.divided ? stream : 0];
  for (std::size_t end; (end = piece.find('\n')) != std::string_view::npos; piece.remove_prefix(end + 1)) {
    pending += source.prefix;
    pending += partial;
    pending += piece.substr(0, end + 1);
    partial.clear();
  }
  partial += piece;
  if (partial.size() < kLongestLine) return;
  pending += source.prefix;
  pending += partial;
  pending += '\n';
  partial.clear();
}

void LogPrinter::finish(Source& source) {
  {
    const std::lock_guard lock(source.mutex);
    for (const std::size_t stream : {std::size_t{0}, std::size_t{1}}) {
      if (!source.partial[stream].empty()) append(source, stream, "\n");
    }
  }
  hand_on(source);
}

void LogPrinter::status(std::string_view name, std::string_view message) {
  Source& about = source(name);
  finish(about);
  std::string line = about.colour.empty() ? "" : about.colour + "\r\033[K";  // over what a progress display left
  line += name;
  line += ' ';
  line += message;
  line += about.colour.empty() ? "\n" : "\n\033[0m";
  const std::lock_guard lock(output_);
  sink_(engine::LogSource::kOut, line);
}

// Text leaves its source and reaches the sink under one hold of output_, so that it can't be overtaken by later text.
void LogPrinter::hand_on(Source& source) {
  const std::lock_guard output(output_);
  {
    const std::lock_guard lock(source.mutex);
    std::swap(taken_, source.pending);
  }
  if (!taken_[0].empty()) sink_(engine::LogSource::kOut, taken_[0]);
  if (!taken_[1].empty()) sink_(engine::LogSource::kErr, taken_[1]);
  for (std::string& text : taken_) text.clear();
}

void LogPrinter::flush() {
  std::vector<Source*> all;
  {
    const auto sources = sources_.lock();
    for (const auto& [name, source] : *sources) all.push_back(source.get());
  }
  for (Source* source : all) hand_on(*source);
}

void LogPrinter::flush_later() {
  if (waiting_.exchange(true)) return;
  *wake_.lock() = true;
  wake_.notify();
}

void LogPrinter::flush_loop() {
  try {
    for (;;) {
      {
        auto wake = wake_.lock();
        wake.wait(stop_.context(), [&] { return *wake; });
        *wake = false;
      }
      stop_.context().sleep_for(kIdle);
      waiting_ = false;  // before the flush: what comes during it tells us anew
      flush();
    }
  } catch (const Error&) {
    // stopped: the destructor hands on the rest
  }
}

}  // namespace berth::cli
