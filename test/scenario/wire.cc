#include "scenario/wire.h"

#include <array>

#include "base/error.h"
#include "scenario/cli.h"

namespace berth::scenario {

std::string heard(net::Stream& stream) {
  std::string text;
  std::array<char, 4096> buffer;
  try {
    while (const std::size_t got = stream.read_some(soon(), buffer)) text.append(buffer.data(), got);
  } catch (const Error&) {
    // It broke off.
  }
  return text;
}

net::TlsContext tls_of(const Path& folder) {
  return net::TlsContext::client({.ca = read_file(folder / "ca.pem"),
                                  .cert = read_file(folder / "cert.pem"),
                                  .key = read_file(folder / "key.pem")});
}

}  // namespace berth::scenario
