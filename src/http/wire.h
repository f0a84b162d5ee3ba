// Heads as they are sent.
#pragma once

#include <string>

#include "http/message.h"

namespace berth::http {

// Start line, headers and the empty line. Throw kInvalid when a part has characters that could not be told from the
// protocol's own (a line feed in a value, a blank in the target), so that nobody's data can add a header.
std::string format_head(const Request& request);
std::string format_head(const ResponseHead& head);

}  // namespace berth::http
