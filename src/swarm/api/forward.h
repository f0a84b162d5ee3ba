// Handing a request on to the engine that can answer it.
#pragma once

#include <memory>
#include <string>

#include "http/client.h"
#include "http/message.h"
#include "swarm/api/call.h"
#include "swarm/api/proxy.h"

namespace berth::swarm {

// The node's client. Throws kUnavailable, naming node and state, when the node can't be asked.
std::shared_ptr<http::Client> client_of(const Pool& pool, const Node& node);
std::shared_ptr<http::Client> client_of(const Call& call, const Node& node);

// The request's target with `path` for its own, the client's API version (or the engine's own, where that is older) and
// query kept.
std::string target_on(const Call& call, const Node& node, std::string_view path);

// The call's own path as an engine is to read it: a '?' in a name is no query.
std::string encoded_path(const Call& call);

// The client's request for this node and path: method and headers kept but for those of the connection.
http::Request request_for(const Call& call, const Node& node, std::string_view path);

// Sends the client's request with its body to the node and the answer back, both as they come, byte for byte; a
// connection that either side turns into a raw stream is spliced.
void forward(Call& call, const Node& node, std::string_view path, const Answered& answered = {});

// Sends an engine's answer to the client as it comes.
void relay(Call& call, http::Response& response);

}  // namespace berth::swarm
