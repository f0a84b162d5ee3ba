// A client that speaks bytes, for what no proper client says.
#pragma once

#include <string>

#include "base/files.h"
#include "net/stream.h"
#include "net/tls.h"

namespace berth::scenario {

// All that the other side says until it ends or breaks off.
std::string heard(net::Stream& stream);

// Who has the ca.pem, cert.pem and key.pem of the folder.
net::TlsContext tls_of(const Path& folder);

}  // namespace berth::scenario
