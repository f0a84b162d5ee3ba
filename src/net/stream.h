// A two-way byte stream: the one thing HTTP needs from a transport.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/context.h"

namespace berth::net {

// What the other side has proved to be.
struct PeerIdentity {
  std::string certificate;      // that it showed and that was verified, as PEM; empty without
  std::optional<unsigned> uid;  // of the process at the other end of a unix socket
};

// A connected socket, TLS session or process pipe. One thread may read while another writes; all else from one thread
// at a time. A wait is ended from another thread by cancelling its Context, not by close().
// Errors of every call: kUnavailable when the other side broke off, kUnauthorized when it refuses our certificate,
// kInternal otherwise; calls with a Context also throw kCancelled and kTimeout.
class Stream {
 public:
  virtual ~Stream() = default;
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Waits for bytes, puts some of them in `buffer` (not empty) and returns how many; 0 at the other side's end.
  std::size_t read_some(const Context& context, std::span<char> buffer);
  // Sends all of `bytes`. How many were sent before an error is not known.
  void write_all(const Context& context, std::string_view bytes);

  // As read_some, but never waits: nothing when no bytes are there yet.
  virtual std::optional<std::size_t> try_read(std::span<char> buffer) = 0;
  // Sends what can be sent without waiting and returns how much; when it was 0, call again with the same bytes first.
  virtual std::size_t try_write(std::string_view bytes) = 0;

  // Waits until a try_read or try_write that came back empty-handed is worth repeating.
  virtual void wait_readable(const Context& context);
  virtual void wait_writable(const Context& context);

  // Half-close: the other side reads an end, we can still read what it sends (over TLS: close_notify). Does nothing
  // the second time.
  virtual void shutdown_write(const Context& context) = 0;

  // Lets the connection go at once. The destructor does it too.
  virtual void close() noexcept = 0;

  // For poll and epoll; -1 when closed. Decrypted bytes may be there while the descriptor is silent: use try_read
  // until it has nothing, then poll.
  virtual int read_fd() const = 0;
  virtual int write_fd() const = 0;

  // The other side, as error messages name it: "tcp://10.0.0.5:2376", "unix:///run/docker.sock", "ssh host ...".
  virtual std::string peer() const = 0;
  // Nothing where the transport knows none.
  virtual PeerIdentity identity() const { return {}; }
};

}  // namespace berth::net
