// Waiting for connections.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <sys/types.h>

#include "base/context.h"
#include "base/fd.h"
#include "base/files.h"
#include "net/stream.h"

namespace berth::net {

// A listening socket. Movable; accept() from any thread.
class Listener {
 public:
  // Port 0 takes any free one; `host` is an IP address or a name. Throws kConflict when the port is taken, kForbidden,
  // kInvalid.
  static Listener tcp(const std::string& host, std::uint16_t port);
  // Replaces a socket that no one listens on any more; removes its own when it goes. Throws kConflict when someone
  // listens there or it is no socket, kForbidden.
  static Listener unix_socket(const Path& path, mode_t mode = 0600);

  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&& other) noexcept;
  ~Listener();

  // Waits for the next connection. Throws kCancelled, kTimeout, kInternal.
  std::unique_ptr<Stream> accept(const Context& context);

  // TCP port; 0 for a unix socket.
  std::uint16_t port() const { return port_; }
  // "tcp://127.0.0.1:4243", "unix:///tmp/x.sock".
  const std::string& address() const { return address_; }

 private:
  Listener(Fd fd, std::string address, std::uint16_t port, Path path);
  Fd fd_;
  std::string address_;
  std::uint16_t port_ = 0;
  Path path_;
};

}  // namespace berth::net
