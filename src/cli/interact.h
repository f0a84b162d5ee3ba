// A conversation between the user's terminal and a program in a container.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/context.h"
#include "cli/terminal.h"
#include "engine/streams.h"

namespace berth::cli {

// The program's side.
struct Conversation {
  std::function<std::optional<engine::LogChunk>(const Context&)> next;
  std::function<void(const Context&, std::string_view)> write;
  std::function<void(const Context&)> close_write;
};
// The stream must outlive it.
Conversation conversation_of(engine::AttachStream& stream);

struct InteractOptions {
  int in = 0;               // where keys come from
  bool forward = true;      // what comes from there goes to the program; its end closes the program's input
  bool tty = false;         // the program has a terminal: ours is put into raw mode, and keys detach
  std::string detach_keys;  // as DetachKeys takes them; empty: Ctrl-P Ctrl-Q
  std::function<void(engine::LogSource stream, std::string_view text)> out;
  // With tty: called with the window's size at the start and at each change, on another thread. An Error is tried again
  // a few times, as the program may not run yet.
  std::function<void(Size)> resize;
  std::function<Size()> size;
};

enum class InteractEnd { kOutputEnded, kDetached };

// Returns when the program's output ends or the user detaches. The terminal is as it was before, also after an Error.
// Throws what the conversation throws when reading; kInvalid (detach keys), kCancelled, kTimeout.
InteractEnd interact(const Context& context, const Conversation& conversation, const InteractOptions& options);

// Options for our own terminal.
InteractOptions interact_options(Terminal& terminal, bool forward, bool tty);

}  // namespace berth::cli
