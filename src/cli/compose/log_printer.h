// Log lines of many containers on one output: "web-1  | text", each container in its colour.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/context.h"
#include "base/guarded.h"
#include "cli/terminal.h"
#include "engine/streams.h"

namespace berth::cli {

struct LogStyle {
  bool prefix = true;
  bool colours = false;
  // Text is handed on as soon as it is there; else in large pieces and, when nothing more comes, within milliseconds.
  bool unbuffered = false;
  // What containers write on their standard error goes to ours (as `up` does; `logs` writes all on standard output).
  bool divided = false;
};

// Style for standard output as it is: colours and buffering by whether a terminal is there.
LogStyle log_style(const Terminal& terminal);

// Takes pieces of output from any number of threads, one thread a source. Lines come out whole, those of one source in
// order. Memory is bounded: a sink that is slow makes the sources wait.
class LogPrinter {
 public:
  // Called by one thread at a time, with whole lines.
  using Sink = std::function<void(engine::LogSource stream, std::string_view text)>;

  // One container's output.
  class Source;

  LogPrinter(Sink sink, LogStyle style);
  LogPrinter(Terminal& terminal, LogStyle style);
  // Hands on what is left.
  ~LogPrinter();
  LogPrinter(const LogPrinter&) = delete;
  LogPrinter& operator=(const LogPrinter&) = delete;

  // The source of this name, such as "web-1"; made, with the next colour, the first time. All prefixes are as wide as
  // the longest name so far. Valid as long as the printer. Any thread.
  Source& source(std::string_view name);

  // A piece of the source's output, which need not end a line; the rest waits for what comes next. Pieces of one source
  // must come from one thread at a time.
  void write(Source& source, engine::LogSource stream, std::string_view piece);
  // Ends an unfinished line: the container is gone.
  void finish(Source& source);
  // A line about the source in its colour, after its output: "web-1 exited with code 0". Any thread.
  void status(std::string_view name, std::string_view message);
  // Hands on all that waits. Any thread.
  void flush();

 private:
  void append(Source& source, std::size_t stream, std::string_view piece);
  void hand_on(Source& source);
  void flush_later();
  void flush_loop();

  const Sink sink_;
  const LogStyle style_;
  Guarded<std::map<std::string, std::unique_ptr<Source>, std::less<>>> sources_;
  std::atomic<std::size_t> width_ = 0;  // of the longest name
  std::mutex output_;                   // held while the sink is called; taken before a source's own
  std::array<std::string, 2> taken_;    // what the sink gets, under output_
  std::atomic<bool> waiting_ = false;   // the flusher has been told
  Guarded<bool> wake_;
  CancelSource stop_;
  std::jthread flusher_;
};

}  // namespace berth::cli
