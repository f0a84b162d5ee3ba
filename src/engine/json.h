// The API's values as JSON text.
#pragma once

#include <string>
#include <string_view>

#include "engine/containers.h"
#include "engine/exec.h"
#include "engine/networks.h"
#include "engine/types.h"

namespace berth::engine {

// For every struct of the API in this folder, and vectors of those that lists are made of. A member that the engine
// left out, or has as null or another type, keeps its default. Throws kInternal when the text isn't JSON of the right
// shape at its top.
template <typename T>
T decode(std::string_view text);

// Members with their default value are left out, as the engine takes them. Any thread, as decode().
template <typename T>
std::string encode(const T& value);

// Bodies of requests for an engine of this API version: what an older one knows by another name is sent that way (bind
// mounts with create_mountpoint, an endpoint's MAC address). Throw kUnsupported, naming the member, for what it can't
// do.
std::string container_create_body(const ContainerCreate& create, ApiVersion version);
std::string network_create_body(const NetworkCreate& create, ApiVersion version);
std::string network_connect_body(const ContainerId& container, const EndpointSettings& settings, ApiVersion version);
std::string network_disconnect_body(const ContainerId& container, bool force);
std::string exec_create_body(const ExecCreate& create, ApiVersion version);

// Value of `filters`: {"label":["a=b"]}. Empty when there are none.
std::string filters_text(const Filters& filters);

}  // namespace berth::engine
