// Handing a request on to another server, and its answer back.
#pragma once

#include <functional>
#include <string>

#include "base/context.h"
#include "http/client.h"
#include "http/message.h"
#include "http/server.h"
#include "net/stream.h"

namespace berth::swarm {

// Called with the other server's status before the client gets its answer, so that what the client does next sees the
// change.
using Answered = std::function<void(int status)>;

// `theirs` for this target: method and headers kept but for those of the connection.
http::Request request_like(const http::Request& theirs, std::string target);

// Sends the exchange's body with `request` by `client` and the answer back, both as they come, byte for byte; a
// connection that either side turns into a raw stream is spliced. Throws what Client::send throws; nothing of the body
// was read when no connection could be made.
void hand_on(const Context& context, http::Exchange& exchange, http::Client& client, http::Request request,
             const Answered& answered = {});

// Sends an answer to the client as it comes.
void relay(const Context& context, http::Exchange& exchange, http::Response& response);

// Copies between both until both have ended; the end of one direction is passed on, so that half-closed connections
// work.
void splice(const Context& context, net::Stream& client, net::Stream& engine);

}  // namespace berth::swarm
