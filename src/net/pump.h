// Many quiet streams on one thread: an engine's events, a health check, a log that is followed.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/error.h"
#include "net/stream.h"

namespace berth::net {

// Reads all its streams as their bytes come, by one epoll. Ten thousand idle ones cost a descriptor each and no thread.
// All calls from any thread, the receivers' own included.
class Pump {
 public:
  // Who gets what a stream says. Called on the pump's thread, one call at a time; must not wait.
  class Receiver {
   public:
    virtual ~Receiver() = default;
    // The bytes are valid during the call. An Error thrown ends the stream, as if reading had thrown it.
    virtual void received(std::string_view bytes) = 0;
    // The other side's end (nullptr) or what broke the stream. The last call; not made after Pump::remove().
    virtual void ended(const Error* error) noexcept = 0;
  };
  enum class Handle : std::uint64_t {};

  // Throws kInternal when the system has no more descriptors.
  Pump();
  // Drops all streams without a word to their receivers.
  ~Pump();

  // Owns both from now on.
  Handle add(std::unique_ptr<Stream> stream, std::unique_ptr<Receiver> receiver);
  // Sends a few bytes; false when the stream is gone, or takes no more without waiting: nothing of use is sent then.
  bool send(Handle handle, std::string_view bytes);
  // Closes the stream. When it returns no call of its receiver is under way (but that which calls this) or will begin.
  void remove(Handle handle);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace berth::net
