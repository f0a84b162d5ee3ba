#include "net/pump.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/guarded.h"
#include "base/log.h"

namespace berth::net {

namespace {

constexpr std::size_t kReadSize = std::size_t{16} << 10;  // in a turn, so that a loud stream leaves the others theirs
constexpr std::uint64_t kWakeUp = 0;

struct Entry {
  Entry(std::unique_ptr<Stream> with, std::unique_ptr<Pump::Receiver> to)
      : stream(std::move(with)), receiver(std::move(to)) {}

  // Held while the receiver is called. Recursive, as a receiver may remove its own stream.
  std::recursive_mutex reading;
  std::mutex writing;
  bool gone = false;  // under `reading` and `writing`
  std::unique_ptr<Stream> stream;
  std::unique_ptr<Pump::Receiver> receiver;

  void close() {
    const std::scoped_lock lock(reading, writing);
    gone = true;
    stream->close();
  }
};

using Entries = std::unordered_map<std::uint64_t, std::shared_ptr<Entry>>;

}  // namespace

struct Pump::State {
  State() : epoll(::epoll_create1(EPOLL_CLOEXEC)), wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!epoll || !wake) throw system_error(errno, "making a pump");
    watch(wake.get(), kWakeUp);
    thread = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }

  ~State() {
    thread.request_stop();
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(wake.get(), &one, sizeof one);
    thread.join();
  }

  void watch(int fd, std::uint64_t handle) const {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP;
    event.data.u64 = handle;
    if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event) != 0) throw system_error(errno, "watching a stream");
  }

  std::shared_ptr<Entry> entry_of(std::uint64_t handle) {
    const auto lock = entries.lock();
    const auto found = lock->find(handle);
    return found == lock->end() ? nullptr : found->second;
  }

  std::shared_ptr<Entry> take(std::uint64_t handle) {
    const auto lock = entries.lock();
    const auto found = lock->find(handle);
    if (found == lock->end()) return nullptr;
    std::shared_ptr<Entry> entry = std::move(found->second);
    lock->erase(found);
    return entry;
  }

  void run(const std::stop_token& stop) {
    std::array<epoll_event, 256> events;
    std::vector<std::uint64_t> due;  // may hold what epoll does not know of: TLS reads ahead
    while (!stop.stop_requested()) {
      const int timeout = due.empty() ? -1 : 0;
      const int count = ::epoll_wait(epoll.get(), events.data(), static_cast<int>(events.size()), timeout);
      if (count < 0 && errno != EINTR) {
        log(LogLevel::kError, system_error(errno, "waiting for streams").message());
        return;
      }
      for (int i = 0; i < count; ++i) due.push_back(events[static_cast<std::size_t>(i)].data.u64);
      std::sort(due.begin(), due.end());
      due.erase(std::unique(due.begin(), due.end()), due.end());
      std::erase_if(due, [&](std::uint64_t handle) {
        const auto entry = stop.stop_requested() ? nullptr : entry_of(handle);
        return !entry || !read(handle, *entry);
      });
    }
  }

  // Whether the stream may hold more.
  bool read(std::uint64_t handle, Entry& entry) {
    const std::lock_guard lock(entry.reading);
    if (entry.gone) return false;
    std::optional<Error> broken;
    try {
      const auto got = entry.stream->try_read(buffer);
      if (!got) return false;
      if (*got > 0) {
        entry.receiver->received({buffer.data(), *got});
        return *got == buffer.size();
      }
    } catch (const Error& e) {
      broken = e;
    } catch (const std::exception& e) {
      broken = Error(Kind::kInternal, e.what());
    }
    if (entry.gone || !take(handle)) return false;
    entry.close();
    entry.receiver->ended(broken ? &*broken : nullptr);
    return false;
  }

  Fd epoll;
  Fd wake;
  Guarded<Entries> entries;
  std::atomic<std::uint64_t> last_handle = kWakeUp;
  std::array<char, kReadSize> buffer;  // of the thread
  std::jthread thread;
};

Pump::Pump() : state_(std::make_unique<State>()) {}
Pump::~Pump() = default;

Pump::Handle Pump::add(std::unique_ptr<Stream> stream, std::unique_ptr<Receiver> receiver) {
  const std::uint64_t handle = ++state_->last_handle;
  const int fd = stream->read_fd();
  auto entry = std::make_shared<Entry>(std::move(stream), std::move(receiver));
  state_->entries.lock()->emplace(handle, std::move(entry));
  try {
    state_->watch(fd, handle);
  } catch (...) {
    state_->take(handle);
    throw;
  }
  return Handle{handle};
}

bool Pump::send(Handle handle, std::string_view bytes) {
  const auto entry = state_->entry_of(static_cast<std::uint64_t>(handle));
  if (!entry) return false;
  const std::lock_guard lock(entry->writing);
  if (entry->gone) return false;
  try {
    return entry->stream->try_write(bytes) == bytes.size();
  } catch (const Error&) {
    return false;  // the reader learns why
  }
}

void Pump::remove(Handle handle) {
  if (const auto entry = state_->take(static_cast<std::uint64_t>(handle))) entry->close();
}

}  // namespace berth::net
