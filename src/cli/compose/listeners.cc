#include "cli/compose/listeners.h"

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <set>
#include <string_view>
#include <vector>

#include <sys/socket.h>
#include <sys/un.h>

#include "base/fd.h"
#include "base/files.h"
#include "base/strings.h"

namespace berth::cli {

namespace {

// The process that listens on the socket; 0 when there is none.
pid_t owner_of(const std::string& socket_path) {
  const Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (fd.get() < 0 || socket_path.size() >= sizeof address.sun_path) return 0;
  std::memcpy(address.sun_path, socket_path.data(), socket_path.size());
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return 0;
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return 0;
  return credentials.pid;
}

std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words = split(line, ' ');
  std::erase_if(words, [](const std::string& word) { return word.empty(); });
  return words;
}

// Inodes of the sockets in /proc/PID/net/tcp and its kin that wait for connections on the port.
std::set<std::string> inodes_of(const Path& table, std::uint16_t port, std::string_view listening) {
  std::set<std::string> inodes;
  std::string text;
  try {
    text = read_file(table);
  } catch (const std::exception&) {
    return inodes;
  }
  char wanted[8];
  std::snprintf(wanted, sizeof wanted, ":%04X", port);
  for (const std::string& line : split(text, '\n')) {
    const std::vector<std::string> words = words_of(line);
    constexpr std::size_t kInode = 9;
    if (words.size() > kInode && words[1].ends_with(wanted) && words[3] == listening) inodes.insert(words[kInode]);
  }
  return inodes;
}

std::string process_with(const std::set<std::string>& inodes) {
  namespace fs = std::filesystem;
  std::error_code error;
  for (const auto& process : fs::directory_iterator("/proc", error)) {
    const std::string pid = process.path().filename();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    std::error_code ignored;
    for (const auto& fd : fs::directory_iterator(process.path() / "fd", ignored)) {
      const std::string target = fs::read_symlink(fd.path(), ignored).string();
      constexpr std::string_view kSocket = "socket:[";
      if (!target.starts_with(kSocket)) continue;
      if (!inodes.contains(target.substr(kSocket.size(), target.size() - kSocket.size() - 1))) continue;
      const auto name = read_file_if_exists(process.path() / "comm");
      return std::string(trim(name.value_or("a program"))) + " (process " + pid + ")";
    }
  }
  return "a process of the host";
}

}  // namespace

std::string listener_on(const std::string& engine_host, std::uint16_t port, const std::string& protocol) {
  constexpr std::string_view kUnix = "unix://";
  if (!engine_host.starts_with(kUnix)) return {};
  const pid_t engine = owner_of(engine_host.substr(kUnix.size()));
  if (engine <= 0) return {};
  // 0A: a TCP socket that listens; 07: a UDP socket that is bound.
  const std::string_view listening = protocol == "udp" ? "07" : "0A";
  std::set<std::string> inodes;
  for (const char* family : {"", "6"}) {
    inodes.merge(inodes_of("/proc/" + std::to_string(engine) + "/net/" + protocol + family, port, listening));
  }
  return inodes.empty() ? std::string() : process_with(inodes);
}

}  // namespace berth::cli
