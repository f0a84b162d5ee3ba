// A client and a server that talk over a pair of sockets.
#pragma once

#include <memory>
#include <stdexcept>

#include <sys/socket.h>

#include "grpc/connection.h"
#include "net/socket_stream.h"

namespace berth::grpc::testing {

struct Pair {
  explicit Pair(Connection::Handler handler) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) throw std::runtime_error("no sockets");
    server = std::make_unique<Connection>(net::socket_stream(Fd(ends[0]), "client"), std::move(handler));
    client = std::make_unique<Connection>(net::socket_stream(Fd(ends[1]), "server"));
  }

  std::unique_ptr<Connection> server;
  std::unique_ptr<Connection> client;
};

}  // namespace berth::grpc::testing
