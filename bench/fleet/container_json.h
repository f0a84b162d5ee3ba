// Containers as GET /containers/json and GET /containers/ID/json answer them (dockerd 28.5, API 1.51).
#pragma once

#include <string>

#include "node.h"

namespace berth::fleet {

// One member of the list.
void append_listed(std::string& out, Node& node, const Container& container);

// "Up 2 minutes", "Exited (0) 3 seconds ago".
std::string status_text(Node& node, const Container& container);

std::string inspect_text(Node& node, const Container& container);

}  // namespace berth::fleet
