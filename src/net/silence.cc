#include "net/silence.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace berth::net {

void limit_silence(int socket, const SilenceLimits& limits) {
  const auto set = [&](int level, int option, int value) { ::setsockopt(socket, level, option, &value, sizeof value); };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, static_cast<int>(limits.idle.count()));
  set(IPPROTO_TCP, TCP_KEEPINTVL, static_cast<int>(limits.between.count()));
  if (limits.probes > 0) set(IPPROTO_TCP, TCP_KEEPCNT, limits.probes);
  const auto unacknowledged = static_cast<int>(limits.unacknowledged.count());
  if (unacknowledged > 0) set(IPPROTO_TCP, TCP_USER_TIMEOUT, unacknowledged);
}

}  // namespace berth::net
