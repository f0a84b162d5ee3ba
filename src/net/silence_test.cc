#include "net/silence.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/fd.h"

namespace berth::net {
namespace {

using namespace std::chrono_literals;

int option(const Fd& socket, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  EXPECT_EQ(::getsockopt(socket.get(), IPPROTO_TCP, name, &value, &size), 0);
  return value;
}

TEST(Silence, LimitsArePassedToTheKernelAndWhatIsNotGivenStays) {
  const Fd plain(::socket(AF_INET, SOCK_STREAM, 0));
  const Fd limited(::socket(AF_INET, SOCK_STREAM, 0));
  limit_silence(limited.get(), {.idle = 7s, .between = 3s});
  EXPECT_EQ(option(limited, TCP_KEEPIDLE), 7);
  EXPECT_EQ(option(limited, TCP_KEEPINTVL), 3);
  EXPECT_EQ(option(limited, TCP_KEEPCNT), option(plain, TCP_KEEPCNT));
  EXPECT_EQ(option(limited, TCP_USER_TIMEOUT), option(plain, TCP_USER_TIMEOUT));
  limit_silence(limited.get(), {.idle = 7s, .between = 3s, .probes = 2, .unacknowledged = 1500ms});
  EXPECT_EQ(option(limited, TCP_KEEPCNT), 2);
  EXPECT_EQ(option(limited, TCP_USER_TIMEOUT), 1500);
}

}  // namespace
}  // namespace berth::net
