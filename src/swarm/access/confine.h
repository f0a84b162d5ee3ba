// Bodies that a caller with a scope may send.
//
// A container that sees its host (privileged, a folder of the host, another namespace) is above any scope. Members of a
// body are therefore refused unless they are known to be harmless or hold nothing: what engines learn tomorrow is
// refused until someone looked at it. Engines read names of members without regard to case, and of two the last; so
// that nothing is read otherwise than it was checked, they get the body written anew.
#pragma once

#include <string>
#include <string_view>

#include "swarm/access/grant.h"

namespace berth::swarm {

// Each returns what is to be sent instead of `body`; the same text where the scope is empty. The makers have the
// scope's labels, which are added where one is missing that has a value. Throw kForbidden, naming the member; kInvalid
// when the body is no JSON object or has a member twice.
std::string confined_container(const Scope& scope, std::string body);
std::string confined_network(const Scope& scope, std::string body);
std::string confined_volume(const Scope& scope, std::string body);
std::string confined_update(const Scope& scope, std::string body);
std::string confined_exec(const Scope& scope, std::string body);
std::string confined_connection(const Scope& scope, std::string body);

}  // namespace berth::swarm
