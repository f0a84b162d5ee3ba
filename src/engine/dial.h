// Connections to an engine's endpoint.
#pragma once

#include <string>

#include "base/error.h"
#include "engine/endpoint.h"
#include "net/dial.h"

namespace berth::engine {

// Makes connections of the endpoint's transport. Throws as net::dial_*; kInvalid for an address or certificate that
// can't be one. `limit` is for TCP connections, not for TLS above them.
net::Dialer plain_dialer_of(const Endpoint& endpoint, std::chrono::milliseconds limit = net::kConnectLimit);

// The same for a person's own engine. What it throws says how to get an engine: kUnavailable when none
// answers, kForbidden when its socket may not be opened. Throws kInvalid for an address or certificate that can't be
// one.
net::Dialer dialer_of(const Endpoint& endpoint);

// `error`, saying how to get an engine where none could be reached.
Error with_advice(const Endpoint& endpoint, const Error& error);

// Host header for the endpoint: "localhost" for sockets and ssh, else the address.
std::string http_host_of(const Endpoint& endpoint);

}  // namespace berth::engine
