// Answers of an engine that go on: logs, attached terminals, progress, events, statistics, archives.
// Each belongs to one thread at a time; letting it go closes its connection.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/containers.h"
#include "engine/events.h"
#include "engine/images.h"

namespace berth::engine {

enum class LogSource { kIn, kOut, kErr };

// A piece of output. Pieces end where the engine ended them, which need not be a line's end.
struct LogChunk {
  LogSource source = LogSource::kOut;
  std::string_view data;  // valid until the next call
};

// Output of a container. A terminal's (Config.Tty) comes undivided, all of it kOut.
class LogStream {
 public:
  class Source;
  explicit LogStream(std::unique_ptr<Source> source);
  LogStream(LogStream&&) noexcept;
  LogStream& operator=(LogStream&&) noexcept;
  ~LogStream();
  // Nothing at the end. Throws kUnavailable (broke off), kInternal (malformed, or an error that the engine sent),
  // kCancelled, kTimeout.
  std::optional<LogChunk> next(const Context& context);

 private:
  std::unique_ptr<Source> source_;
};

// A hijacked connection to a container or exec. One thread may read while another writes.
class AttachStream {
 public:
  class Connection;
  explicit AttachStream(std::unique_ptr<Connection> connection);
  AttachStream(AttachStream&&) noexcept;
  AttachStream& operator=(AttachStream&&) noexcept;
  ~AttachStream();

  // As LogStream::next.
  std::optional<LogChunk> next(const Context& context);
  // Throws kUnavailable when the other side is gone.
  void write(const Context& context, std::string_view bytes);
  // Tells the program that its input is over; output goes on.
  void close_write(const Context& context);

 private:
  std::unique_ptr<Connection> connection_;
};

// Bytes of an answer, such as a tar.
class ByteStream {
 public:
  class Source;
  explicit ByteStream(std::unique_ptr<Source> source);
  ByteStream(ByteStream&&) noexcept;
  ByteStream& operator=(ByteStream&&) noexcept;
  ~ByteStream();
  // Fills some of the buffer; 0 at the end. Throws kUnavailable (broke off), kCancelled, kTimeout.
  std::size_t read(const Context& context, std::span<char> buffer);

 private:
  std::unique_ptr<Source> source_;
};

class Messages;  // JSON values of a response, in streams.cc

// Messages of a pull, push, load or build, which isn't over before next() returned nothing.
class ProgressStream {
 public:
  explicit ProgressStream(std::unique_ptr<Messages> messages);
  ProgressStream(ProgressStream&&) noexcept;
  ProgressStream& operator=(ProgressStream&&) noexcept;
  ~ProgressStream();
  // Nothing at the end. Throws what the engine reports as the operation's error with its message (Kind by its code,
  // kInternal without one), kUnavailable (broke off), kCancelled, kTimeout.
  std::optional<Progress> next(const Context& context);
  // Reads to the end, for those who don't show progress.
  void finish(const Context& context);

 private:
  std::unique_ptr<Messages> messages_;
  std::deque<Progress> ready_;  // decoded, not yet handed out
};

class StatsStream {
 public:
  explicit StatsStream(std::unique_ptr<Messages> messages);
  StatsStream(StatsStream&&) noexcept;
  StatsStream& operator=(StatsStream&&) noexcept;
  ~StatsStream();
  // About one a second; nothing once the container is removed. Throws kUnavailable, kCancelled, kTimeout.
  std::optional<Stats> next(const Context& context);

 private:
  std::unique_ptr<Messages> messages_;
};

// The end of a container, waited for from before it starts.
class WaitStream {
 public:
  explicit WaitStream(std::unique_ptr<Messages> messages);
  WaitStream(WaitStream&&) noexcept;
  WaitStream& operator=(WaitStream&&) noexcept;
  ~WaitStream();
  // Blocks until the condition holds; call once. Throws kUnavailable, kCancelled, kTimeout.
  ContainerExit exit(const Context& context);

 private:
  std::unique_ptr<Messages> messages_;
};

// Events in order, each once. After a break it connects again (with pauses up to 2 s, for as long as the context
// allows) and asks for those since the last one seen; a gap that can't be excluded is told by Event::is_gap.
class EventStream {
 public:
  class Feed;
  explicit EventStream(std::unique_ptr<Feed> feed);
  EventStream(EventStream&&) noexcept;
  EventStream& operator=(EventStream&&) noexcept;
  ~EventStream();
  // Nothing when EventOptions::until has come. Throws kUnavailable without EventOptions::resume; the engine's refusal
  // (kInvalid filters, kUnauthorized) always; kCancelled, kTimeout.
  std::optional<Event> next(const Context& context);

 private:
  std::unique_ptr<Feed> feed_;
};

}  // namespace berth::engine
