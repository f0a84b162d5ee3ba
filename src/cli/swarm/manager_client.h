// Asking a running manager: what node, info, top, events and rebalance share.
#pragma once

#include <string>
#include <vector>

#include <boost/json/fwd.hpp>

#include "cli/command.h"
#include "http/client.h"

namespace berth::cli {

// Which manager: -H, -c and the flags of TLS, as the docker command has them.
std::vector<Flag> manager_flags();

// The manager of those flags, else of DOCKER_HOST and the docker context. Throws as engine::find_endpoint().
http::Client manager_client(const Invocation& invocation);

// The answer to `method` `path`, which begins with '/' and has no version, with a JSON body unless it is empty. Throws
// what the manager answers, kUnsupported where something else answers.
http::Response ask_manager(const Invocation& invocation, http::Client& client, const std::string& method,
                           const std::string& path, std::string body = {});
// The JSON value of the answer; null where it is empty.
boost::json::value ask_manager_json(const Invocation& invocation, http::Client& client, const std::string& method,
                                    const std::string& path, std::string body = {});

// --filter's "name=a" and "name=b" as the API's {"name": ["a", "b"]}; empty without any. Throws kInvalid.
std::string filters_json(const std::vector<std::string>& filters);

}  // namespace berth::cli
