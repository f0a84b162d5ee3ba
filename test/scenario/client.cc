#include "scenario/client.h"

#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

namespace berth::scenario {

using namespace std::chrono_literals;

namespace {

bool give_up(int& fd) {
  ::close(std::exchange(fd, -1));
  return false;
}

}  // namespace

Client::Client(std::string address, std::uint16_t port, int per_second, bool keeps_connection)
    : address_(std::move(address)), port_(port), keeps_(keeps_connection) {
  constexpr int kThreads = 10;
  const auto interval = std::chrono::nanoseconds(1s) * kThreads / per_second;
  for (int i = 0; i < kThreads; ++i) {
    threads_.emplace_back([this, interval](const std::stop_token& stop) { work(stop, interval); });
  }
}

void Client::work(const std::stop_token& stop, std::chrono::nanoseconds interval) {
  int fd = -1;
  for (auto next = std::chrono::steady_clock::now(); !stop.stop_requested(); next += interval) {
    std::this_thread::sleep_until(next);  // the rate is what is being tested
    ++asked_;
    if (!ask(fd)) ++failed_;
    if (!keeps_ && fd >= 0) ::close(std::exchange(fd, -1));
  }
  if (fd >= 0) ::close(fd);
}

bool Client::ask(int& fd) {
  if (fd < 0) {
    fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval limit{.tv_sec = 40, .tv_usec = 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port_);
    ::inet_pton(AF_INET, address_.c_str(), &to.sin_addr);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) return give_up(fd);
  }
  constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nHost: web\r\n\r\n";
  if (::send(fd, kRequest.data(), kRequest.size(), MSG_NOSIGNAL) != std::ssize(kRequest)) return give_up(fd);
  std::string answer;
  char buffer[2048];
  while (answer.find("berth/test:") == std::string::npos) {
    const ssize_t size = ::recv(fd, buffer, sizeof buffer, 0);
    if (size <= 0) return give_up(fd);
    answer.append(buffer, static_cast<std::size_t>(size));
  }
  return answer.starts_with("HTTP/1.1 200");
}

}  // namespace berth::scenario
