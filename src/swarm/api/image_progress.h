// Lines of progress, as engines stream them while images come and go.
#pragma once

#include <string>
#include <string_view>

namespace berth::swarm {

// What a line says went wrong; empty when nothing.
std::string progress_error(std::string_view line);

// The line as the pool tells it: {"id":"a3ed95ca"} becomes {"id":"node-1: a3ed95ca"}, a status without id gets the
// node's name for one, so that each node has rows of its own. Output ({"stream": ...}) stays as it is: scripts read it.
std::string progress_of_node(std::string_view line, std::string_view node_name);

}  // namespace berth::swarm
