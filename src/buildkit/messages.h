// Messages of the builder's whose one field of interest is the first: ids, bytes, a status.
#pragma once

#include <string>
#include <string_view>

namespace berth::buildkit {

// Such a message, of a text or of bytes.
std::string message_of(std::string_view first);

// The first field of a message, empty where it is absent. Throws kInternal when it is malformed.
std::string first_field(const std::string& message);

}  // namespace berth::buildkit
