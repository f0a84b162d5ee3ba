#include "agent/control.h"

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace berth::agent {

namespace {

constexpr char kName[] = "berth-ingress";  // in the abstract namespace, which belongs to the container's network
constexpr int kProbeTime = 5;              // milliseconds
constexpr std::size_t kLongest = 60000;

sockaddr_un control_address(socklen_t& size) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, kName, sizeof kName - 1);
  size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + sizeof kName);
  return address;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return words;
}

}  // namespace

bool parse_route(const std::vector<std::string>& words, Route& route) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--must-answer") {
      route.must_answer = true;
    } else if (word == "--drain" && i + 1 < words.size()) {
      route.drain = std::chrono::seconds(std::atol(words[++i].c_str()));
    } else if (word.size() > 1 && word.front() == '+') {
      route.joins.push_back(word.substr(1));
    } else if (word.size() > 1 && word.front() == '-' && word[1] != '-') {
      route.leaves.push_back(word.substr(1));
    } else {
      return false;
    }
  }
  return true;
}

int listen_for_routes() {
  const int fd = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  socklen_t size = 0;
  const sockaddr_un address = control_address(size);
  if (fd < 0 || ::bind(fd, reinterpret_cast<const sockaddr*>(&address), size) != 0 || ::listen(fd, SOMAXCONN) != 0) {
    return -1;
  }
  return fd;
}

int accept_route(int listener, Route& route) {
  for (;;) {
    const int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return -1;
    // Whoever connects says at once what it wants: `route` below.
    std::string text(kLongest, '\0');
    pollfd ready{.fd = fd, .events = POLLIN, .revents = 0};
    const bool came = ::poll(&ready, 1, 1000) == 1;
    const ssize_t size = came ? ::recv(fd, text.data(), text.size(), MSG_DONTWAIT) : -1;
    text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    route = Route();
    if (size > 0 && parse_route(words_of(text), route)) return fd;
    answer_route(fd, "error: not understood");
  }
}

void answer_route(int fd, const std::string& text) {
  const std::string answer = text.empty() ? "\n" : text;
  static_cast<void>(::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL));
  ::close(fd);
}

int route_main(const std::vector<std::string>& words) {
  Route route;
  if (!parse_route(words, route)) {
    std::fputs("usage: berth-agent route [--must-answer] [--drain SECONDS] +NAME... -NAME...\n", stderr);
    return 2;
  }
  std::string text;
  for (const std::string& word : words) text += word + "\n";
  socklen_t size = 0;
  const sockaddr_un address = control_address(size);
  // Right after the ingress was started its socket may not be there yet.
  constexpr int kTries = 250;
  constexpr useconds_t kPause = 20'000;
  int fd = -1;
  for (int tries = kTries;; --tries) {
    fd = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0) break;
    ::close(fd);
    if (tries == 0) {
      std::fputs("the ingress does not answer\n", stderr);
      return 1;
    }
    ::usleep(kPause);
  }
  char answer[4096];
  ssize_t length = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
  if (length > 0) length = ::recv(fd, answer, sizeof answer, 0);
  if (length <= 0) {
    std::fputs("the ingress ended before it was done\n", stderr);
    return 1;
  }
  const std::string_view said(answer, static_cast<std::size_t>(length));
  const bool failed = said.starts_with("error: ");
  const std::string_view shown = failed ? said.substr(7) : said;
  std::fwrite(shown.data(), 1, shown.size(), failed ? stderr : stdout);
  return failed ? 1 : 0;
}

bool accepts_connections(in_addr address, std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr = address;
  bool accepted = ::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
  if (!accepted && errno == EINPROGRESS) {
    pollfd ready{.fd = fd, .events = POLLOUT, .revents = 0};
    int error = 1;
    socklen_t size = sizeof error;
    accepted =
        ::poll(&ready, 1, kProbeTime) == 1 && ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
  }
  ::close(fd);
  return accepted;
}

std::string proxy_line(int client, const sockaddr_in6& from) {
  sockaddr_in6 to{};
  socklen_t size = sizeof to;
  ::getsockname(client, reinterpret_cast<sockaddr*>(&to), &size);
  if (from.sin6_family != AF_INET6) return "PROXY UNKNOWN\r\n";
  const bool v4 = IN6_IS_ADDR_V4MAPPED(&from.sin6_addr);
  const auto text = [&](const in6_addr& address) {
    char buffer[INET6_ADDRSTRLEN] = {};
    if (v4) {
      ::inet_ntop(AF_INET, address.s6_addr + 12, buffer, sizeof buffer);
    } else {
      ::inet_ntop(AF_INET6, &address, buffer, sizeof buffer);
    }
    return std::string(buffer);
  };
  return std::string("PROXY ") + (v4 ? "TCP4 " : "TCP6 ") + text(from.sin6_addr) + " " + text(to.sin6_addr) + " " +
         std::to_string(ntohs(from.sin6_port)) + " " + std::to_string(ntohs(to.sin6_port)) + "\r\n";
}

}  // namespace berth::agent
