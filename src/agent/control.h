// How `route` reaches the ingress of its container, and small things about sockets.
#pragma once

#include <string>

#include <netinet/in.h>

#include "agent/ingress.h"

namespace berth::agent {

// A socket to accept_route() on; -1 with errno.
int listen_for_routes();
// The next route asked for and the descriptor to answer_route() to; -1 when there is none. Broken ones are answered.
int accept_route(int listener, Route& route);
// An empty text: done; one that begins with "error: " fails the asker. Closes it.
void answer_route(int fd, const std::string& text);

// Whether a connection is accepted within a few milliseconds.
bool accepts_connections(in_addr address, std::uint16_t port);

// "PROXY TCP4 192.0.2.1 198.51.100.7 40000 80\r\n" of a connection that was accepted from `from`.
std::string proxy_line(int client, const sockaddr_in6& from);

}  // namespace berth::agent
