// When the kernel gives up a TCP connection whose peer says nothing any more, without a byte of ours.
#pragma once

#include <chrono>

namespace berth::net {

struct SilenceLimits {
  std::chrono::seconds idle;                    // of silence before the first probe
  std::chrono::seconds between;                 // two probes
  int probes = 0;                               // unanswered ones end the connection; 0: as many as the system says
  std::chrono::milliseconds unacknowledged{0};  // what was sent and not acknowledged for so long; 0: as above
};

// Does nothing to sockets that are not TCP's. Source: tcp(7).
void limit_silence(int socket, const SilenceLimits& limits);

}  // namespace berth::net
