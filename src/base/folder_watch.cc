#include "base/folder_watch.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/error.h"

namespace berth {

namespace {

constexpr int kMostPauses = 10;
constexpr std::uint32_t kEvents = IN_MODIFY | IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                  IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;

}  // namespace

FolderWatch::FolderWatch() : inotify_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  if (!inotify_) throw system_error(errno, "watching folders");
}

std::vector<Path> FolderWatch::set(const std::vector<Path>& folders) {
  std::map<int, Path> wanted;
  std::vector<Path> missing;
  for (const Path& folder : folders) {
    // The number is the old one where the folder is still the same.
    const int number = ::inotify_add_watch(inotify_.get(), folder.c_str(), kEvents | IN_ONLYDIR);
    if (number < 0) {
      missing.push_back(folder);
    } else {
      wanted.emplace(number, folder);
    }
  }
  for (const auto& [number, folder] : folders_) {
    if (!wanted.contains(number)) ::inotify_rm_watch(inotify_.get(), number);
  }
  folders_ = std::move(wanted);
  return missing;
}

std::vector<FolderWatch::Happening> FolderWatch::wait(const Context& context, Context::Clock::duration most,
                                                      Context::Clock::duration quiet) {
  std::vector<Happening> happenings;
  pollfd one{inotify_.get(), POLLIN, 0};
  if (!context.wait_any_for({&one, 1}, most)) return happenings;
  const auto end = Context::Clock::now() + kMostPauses * quiet;
  do {
    read(happenings);
  } while (Context::Clock::now() < end && context.wait_any_for({&one, 1}, quiet));
  return happenings;
}

void FolderWatch::read(std::vector<Happening>& happenings) {
  alignas(inotify_event) std::array<char, 16384> buffer;
  const ssize_t got = ::read(inotify_.get(), buffer.data(), buffer.size());
  for (std::size_t at = 0; got > 0 && at < static_cast<std::size_t>(got);) {
    inotify_event event;
    std::memcpy(&event, buffer.data() + at, sizeof event);
    const char* name = buffer.data() + at + sizeof event;
    at += sizeof event + event.len;
    // The queue was too long, or a watch was taken back: look everywhere.
    const auto folder = folders_.find(event.wd);
    if (folder == folders_.end()) {
      if ((event.mask & IN_Q_OVERFLOW) != 0) happenings.push_back({});
      continue;
    }
    happenings.push_back({event.len == 0 ? folder->second : folder->second / name, (event.mask & IN_MODIFY) != 0});
  }
}

}  // namespace berth
