#include "net/stream.h"

#include <poll.h>

namespace berth::net {

std::size_t Stream::read_some(const Context& context, std::span<char> buffer) {
  for (;;) {
    context.check();
    if (const auto got = try_read(buffer)) return *got;
    wait_readable(context);
  }
}

void Stream::write_all(const Context& context, std::string_view bytes) {
  while (!bytes.empty()) {
    context.check();
    const std::size_t sent = try_write(bytes);
    bytes.remove_prefix(sent);
    if (sent == 0) wait_writable(context);
  }
}

void Stream::wait_readable(const Context& context) { context.wait(read_fd(), POLLIN); }

void Stream::wait_writable(const Context& context) { context.wait(write_fd(), POLLOUT); }

}  // namespace berth::net
