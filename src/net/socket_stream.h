// Streams over sockets.
#pragma once

#include <memory>
#include <string>

#include "base/fd.h"
#include "net/stream.h"

namespace berth::net {

// A stream over a connected stream socket, made non-blocking; `peer` is what Stream::peer() says.
std::unique_ptr<Stream> socket_stream(Fd socket, std::string peer);

}  // namespace berth::net
