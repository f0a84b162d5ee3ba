// Making connections.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/error.h"
#include "base/files.h"
#include "net/stream.h"
#include "net/tls.h"

namespace berth::net {

// Makes a new connection to one fixed place. May be called from any thread, several at once.
using Dialer = std::function<std::unique_ptr<Stream>(const Context&)>;

// All throw kUnavailable when nothing answers there (the message names the address), kForbidden when the operating
// system does not let us, kInvalid for an address that cannot be one, kCancelled, kTimeout.

// How long a host may take that does not even say no; the operating system alone would try for two minutes.
inline constexpr std::chrono::milliseconds kConnectLimit{15'000};

// `host` is a name or an IP address (IPv6 without brackets). Every address of a name is tried, the next one 250 ms
// after the one before (RFC 8305 in short); the first that connects wins. kUnavailable after `limit`, too.
std::unique_ptr<Stream> dial_tcp(const Context& context, const std::string& host, std::uint16_t port,
                                 std::chrono::milliseconds limit = kConnectLimit);
std::unique_ptr<Stream> dial_unix(const Context& context, const Path& path);
// dial_tcp, which the limit is for, and start_tls: an engine that hangs is no host that is gone.
std::unique_ptr<Stream> dial_tls(const Context& context, const std::string& host, std::uint16_t port,
                                 const TlsContext& tls, std::chrono::milliseconds limit = kConnectLimit);

// What a dialer of telling_apart() throws.
class NotConnected : public Error {
 public:
  explicit NotConnected(const Error& cause) : Error(cause) {}
};

// `dialer`, but what it throws is a NotConnected: who sent a request knows then that it was not heard, and may send it
// elsewhere.
Dialer telling_apart(Dialer dialer);

// The same, with a limit for all that it does. Throws kTimeout then.
Dialer limited(Dialer dialer, std::chrono::milliseconds limit);

// Talks to the standard input and output of a program, such as `ssh HOST docker system dial-stdio`. Its standard error
// is kept and becomes the error's message when it ends before it sent a byte. It runs in a session of its own, so that
// a Ctrl-C in the terminal reaches only us; it is killed with the stream.
std::unique_ptr<Stream> dial_process(const std::vector<std::string>& argv);

}  // namespace berth::net
