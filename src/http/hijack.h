// Raw streams that were HTTP connections.
#pragma once

#include <memory>
#include <string>

#include "net/stream.h"

namespace berth::http {

// `stream`, but `first` is read from it before anything else.
std::unique_ptr<net::Stream> with_first_bytes(std::unique_ptr<net::Stream> stream, std::string first);

}  // namespace berth::http
