#include "cli/progress.h"

#include <algorithm>
#include <map>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/guarded.h"
#include "base/json.h"

namespace berth::cli {

namespace {

using State = ProgressRow::State;
using Steady = std::chrono::steady_clock;

constexpr auto kFrame = std::chrono::milliseconds(100);

std::string_view mark(State state, Steady::time_point now) {
  static constexpr std::string_view kSpinner[] = {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};
  switch (state) {
    case State::kDone:
      return "✔";
    case State::kWarning:
      return "!";
    case State::kError:
      return "✘";
    case State::kWorking:
      break;
  }
  const auto frame = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()) / kFrame;
  return kSpinner[static_cast<std::size_t>(frame) % std::size(kSpinner)];
}

Colour colour(State state) {
  switch (state) {
    case State::kDone:
      return Colour::kGreen;
    case State::kWarning:
      return Colour::kYellow;
    case State::kError:
      return Colour::kRed;
    case State::kWorking:
      break;
  }
  return Colour::kCyan;
}

std::string_view state_name(State state) {
  switch (state) {
    case State::kDone:
      return "Done";
    case State::kWarning:
      return "Warning";
    case State::kError:
      return "Error";
    case State::kWorking:
      break;
  }
  return "Working";
}

std::string seconds_text(Steady::duration duration) {
  const auto tenths = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count() / 100;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + "s";
}

// The first `width` columns of a text without escape codes.
std::string clipped(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  std::size_t end = 0;
  for (std::size_t columns = 0; end < text.size(); ++end) {
    const bool starts_character = (static_cast<unsigned char>(text[end]) & 0xC0) != 0x80;
    if (starts_character && ++columns >= width) break;
  }
  return std::string(text.substr(0, end)) + "…";
}

std::string row_line(const LiveRow& live, std::size_t id_width, std::size_t columns, Steady::time_point now,
                     bool colours) {
  const ProgressRow& row = live.row;
  const std::string time = seconds_text((row.state == State::kWorking ? now : live.ended) - live.began);
  std::string id = row.id;
  id.append(id_width - std::min(id_width, display_width(id)), ' ');
  std::string text = row.text + (row.detail.empty() ? "" : " " + row.detail);
  const std::size_t fixed = 3 + id_width + 2;
  const std::size_t room = columns > fixed + time.size() + 1 ? columns - fixed - time.size() - 1 : 0;
  if (room < 4) return clipped(" " + std::string(mark(row.state, now)) + " " + row.id + "  " + text, columns);
  text = clipped(text, room);
  const std::size_t gap = room - std::min(room, display_width(text)) + 1;
  return " " + coloured(mark(row.state, now), colour(row.state), colours) + " " + id + "  " +
         coloured(text, colour(row.state), colours) + std::string(gap, ' ') + coloured(time, Colour::kBlue, colours);
}

class PlainProgress : public Progress {
 public:
  PlainProgress(Terminal& terminal, bool dry_run) : terminal_(terminal), prefix_(dry_run ? " DRY-RUN MODE - " : " ") {}

  void update(const ProgressRow& row) override {
    // A pull's bytes would fill the screen; people and logs want the changes of state.
    {
      const auto seen = seen_.lock();
      std::string& last = (*seen)[row.id];
      if (last == row.text) return;
      last = row.text;
    }
    std::string line = prefix_ + row.id + "  " + row.text;
    if (row.state == State::kError && !row.detail.empty()) line += ": " + row.detail;
    terminal_.err_line(line);
  }
  void line(std::string_view text) override { terminal_.err_line(text); }
  void finish() override {}

 private:
  Terminal& terminal_;
  const std::string prefix_;
  Guarded<std::map<std::string, std::string>> seen_;
};

class JsonProgress : public Progress {
 public:
  JsonProgress(Terminal& terminal, bool dry_run) : terminal_(terminal), dry_run_(dry_run) {}

  void update(const ProgressRow& row) override {
    json::object object;
    if (dry_run_) object["dry-run"] = true;
    object["id"] = row.id;
    if (!row.parent.empty()) object["parent_id"] = row.parent;
    object["status"] = state_name(row.state);
    object["text"] = row.text;
    if (!row.detail.empty()) object["details"] = row.detail;
    if (row.total > 0) {
      object["current"] = row.current;
      object["total"] = row.total;
      object["percent"] = row.current * 100 / row.total;
    }
    terminal_.err_line(format_json(object));
  }
  void line(std::string_view text) override {
    json::object object;
    object["tail"] = true;
    object["text"] = text;
    terminal_.err_line(format_json(object));
  }
  void finish() override {}

 private:
  Terminal& terminal_;
  const bool dry_run_;
};

class QuietProgress : public Progress {
 public:
  void update(const ProgressRow&) override {}
  void line(std::string_view) override {}
  void finish() override {}
};

// Draws on a thread of its own, at most ten times a second, and only what has changed or spins.
class LiveProgress : public Progress {
 public:
  LiveProgress(Terminal& terminal, std::string title)
      : terminal_(terminal),
        title_(std::move(title)),
        drawer_([this](const std::stop_token& stop) { draw_until(stop); }) {}
  ~LiveProgress() override { finish(); }

  void update(const ProgressRow& row) override {
    const auto now = Steady::now();
    const auto state = state_.lock();
    const auto [slot, is_new] = state->index.try_emplace(row.id, state->rows.size());
    if (is_new) state->rows.push_back({row, now, now});
    LiveRow& live = state->rows[slot->second];
    live.row = row;
    if (row.state != State::kWorking) live.ended = now;
    state->changed = true;
  }

  void line(std::string_view text) override {
    const auto state = state_.lock();
    state->lines.emplace_back(text);
    state->changed = true;
  }

  void finish() override {
    if (!drawer_.joinable()) return;
    drawer_.request_stop();
    wake_.cancel();
    drawer_.join();
    draw();
    terminal_.err("\033[?25h");
  }

 private:
  struct Shared {
    std::vector<LiveRow> rows;
    std::map<std::string, std::size_t> index;
    std::vector<std::string> lines;
    bool changed = false;
  };

  void draw_until(const std::stop_token& stop) {
    terminal_.err("\033[?25l");
    while (!stop.stop_requested()) {
      draw();
      try {
        wake_.context().sleep_for(kFrame);
      } catch (const Error&) {
        return;  // finish() draws the last state
      }
    }
  }

  void draw() {
    std::vector<LiveRow> rows;
    std::vector<std::string> lines;
    {
      const auto state = state_.lock();
      const bool spins = std::any_of(state->rows.begin(), state->rows.end(),
                                     [](const LiveRow& live) { return live.row.state == State::kWorking; });
      if (!state->changed && !spins) return;
      state->changed = false;
      rows = state->rows;
      lines = std::exchange(state->lines, {});
    }
    std::string frame;
    if (drawn_ > 0) frame += "\033[" + std::to_string(drawn_) + "A";
    frame += "\r\033[J";
    for (const std::string& line : lines) frame += line + "\n";
    const auto drawn = live_lines(rows, title_, terminal_.size(), Steady::now(), terminal_.err_colours());
    for (const std::string& line : drawn) frame += line + "\n";
    drawn_ = drawn.size();
    terminal_.err(frame);
  }

  Terminal& terminal_;
  const std::string title_;
  Guarded<Shared> state_;
  std::size_t drawn_ = 0;
  CancelSource wake_;
  std::jthread drawer_;
};

}  // namespace

std::vector<std::string> live_lines(const std::vector<LiveRow>& rows, std::string_view title, Size size,
                                    Steady::time_point now, bool colours) {
  if (rows.empty()) return {};
  // The last column stays free: terminals disagree on what a line that fills it does, and on how wide some signs are.
  const auto columns = static_cast<std::size_t>(std::max(size.columns, 20)) - 1;
  // One line for the title, one for the cursor, one for what does not fit.
  const auto room = static_cast<std::size_t>(std::max(size.rows - 3, 1));
  const auto done = static_cast<std::size_t>(
      std::count_if(rows.begin(), rows.end(), [](const LiveRow& live) { return live.row.state != State::kWorking; }));

  std::vector<const LiveRow*> shown;
  for (const LiveRow& live : rows) shown.push_back(&live);
  if (shown.size() > room) {
    const auto rank = [](const LiveRow* live) {
      return live->row.state == State::kError ? 0 : live->row.state == State::kDone ? 2 : 1;
    };
    std::stable_sort(shown.begin(), shown.end(), [&](const LiveRow* a, const LiveRow* b) { return rank(a) < rank(b); });
    shown.resize(room);
  }
  std::size_t id_width = 0;
  for (const LiveRow* live : shown) id_width = std::max(id_width, display_width(live->row.id));

  std::vector<std::string> lines;
  lines.push_back(
      clipped("[+] " + std::string(title) + " " + std::to_string(done) + "/" + std::to_string(rows.size()), columns));
  for (const LiveRow* live : shown) lines.push_back(row_line(*live, id_width, columns, now, colours));
  if (shown.size() < rows.size()) lines.push_back("   ... and " + std::to_string(rows.size() - shown.size()) + " more");
  return lines;
}

ProgressMode parse_progress_mode(std::string_view text) {
  if (text == "auto" || text.empty()) return ProgressMode::kAuto;
  if (text == "tty") return ProgressMode::kTty;
  if (text == "plain") return ProgressMode::kPlain;
  if (text == "json") return ProgressMode::kJson;
  if (text == "quiet") return ProgressMode::kQuiet;
  throw Error(Kind::kInvalid,
              "unsupported --progress value '" + std::string(text) + "', choose auto, tty, plain, json or quiet");
}

std::unique_ptr<Progress> make_progress(ProgressMode mode, Terminal& terminal, std::string title, bool dry_run) {
  if (mode == ProgressMode::kAuto) {
    mode = terminal.err_is_terminal() && terminal.err_colours() ? ProgressMode::kTty : ProgressMode::kPlain;
  }
  switch (mode) {
    case ProgressMode::kTty:
      return std::make_unique<LiveProgress>(terminal, (dry_run ? "DRY-RUN MODE - " : "") + std::move(title));
    case ProgressMode::kJson:
      return std::make_unique<JsonProgress>(terminal, dry_run);
    case ProgressMode::kQuiet:
      return std::make_unique<QuietProgress>();
    case ProgressMode::kPlain:
    case ProgressMode::kAuto:
      break;
  }
  return std::make_unique<PlainProgress>(terminal, dry_run);
}

}  // namespace berth::cli
