#include "agent/engine_socket.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace berth::agent {

namespace {

// HTTP/1.0: the answer is not in chunks, and ends with the connection.
int send_request(std::string_view method, const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, kEngineSocket, sizeof address.sun_path - 1);
  if (fd < 0) return -1;
  const std::string request = std::string(method) + " " + path + " HTTP/1.0\r\nHost: engine\r\n\r\n";
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      ::send(fd, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size())) {
    return fd;
  }
  ::close(fd);
  return -1;
}

}  // namespace

EngineAnswer ask_engine(std::string_view method, const std::string& path) {
  EngineAnswer answer;
  const int fd = send_request(method, path);
  if (fd < 0) return answer;
  std::string text;
  char buffer[16384];
  for (ssize_t size = 0; (size = ::recv(fd, buffer, sizeof buffer, 0)) != 0;) {
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) break;
    text.append(buffer, static_cast<std::size_t>(size));
  }
  ::close(fd);
  const std::size_t blank = text.find(' ');
  const std::size_t end = text.find("\r\n\r\n");
  if (!text.starts_with("HTTP/") || end == std::string::npos) return answer;
  answer.status = std::atoi(text.c_str() + blank);
  answer.body = text.substr(end + 4);
  return answer;
}

int listen_to_engine(const std::string& path) { return send_request("GET", path); }

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const auto byte = static_cast<unsigned char>(c);
    if (plain) {
      encoded += c;
    } else {
      encoded += '%';
      encoded += kDigits[byte >> 4U];
      encoded += kDigits[byte & 15U];
    }
  }
  return encoded;
}

}  // namespace berth::agent
