#include <cerrno>

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/process.h"
#include "base/strings.h"
#include "net/dial.h"

namespace berth::net {

namespace {

class ProcessStream final : public Stream {
 public:
  ProcessStream(Child child, Fd messages, std::string command)
      : child_(std::move(child)), messages_(std::move(messages)), command_(std::move(command)) {
    set_nonblocking(child_.in.get(), true);
    set_nonblocking(child_.out.get(), true);
  }

  std::optional<std::size_t> try_read(std::span<char> buffer) override {
    for (;;) {
      const ssize_t got = ::read(child_.out.get(), buffer.data(), buffer.size());
      if (got > 0) answered_ = true;
      if (got == 0 && !answered_) throw broken("ended before it answered");
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno == EAGAIN) return std::nullopt;
      if (errno != EINTR) throw system_error(errno, "reading from '" + command_ + "'");
    }
  }

  std::size_t try_write(std::string_view bytes) override {
    for (;;) {
      const ssize_t sent = write_quietly(child_.in.get(), bytes);
      if (sent >= 0) return static_cast<std::size_t>(sent);
      if (errno == EAGAIN) return 0;
      if (errno == EPIPE) throw broken("broke off");
      if (errno != EINTR) throw system_error(errno, "writing to '" + command_ + "'");
    }
  }

  void shutdown_write(const Context&) override { child_.in.reset(); }

  void close() noexcept override {
    child_.in.reset();
    child_.out.reset();
    child_.kill(SIGTERM);
  }

  int read_fd() const override { return child_.out.get(); }
  int write_fd() const override { return child_.in.get(); }
  std::string peer() const override { return command_; }

 private:
  // An error with the last of what the program wrote on its standard error.
  Error broken(const std::string& what) const {
    char buffer[2000];
    const off_t size = ::lseek(messages_.get(), 0, SEEK_END);
    const off_t from = size > off_t{sizeof buffer} ? size - off_t{sizeof buffer} : 0;
    const ssize_t got = ::pread(messages_.get(), buffer, sizeof buffer, from);
    const std::string_view words = trim({buffer, got > 0 ? static_cast<std::size_t>(got) : 0});
    return Error(Kind::kUnavailable, "'" + command_ + "' " + what + (words.empty() ? "" : ": ") + std::string(words));
  }

  Child child_;
  Fd messages_;
  std::string command_;
  bool answered_ = false;
};

}  // namespace

std::unique_ptr<Stream> dial_process(const std::vector<std::string>& argv) {
  // A file in memory takes standard error: nobody need read along, and a chatty program cannot block on it.
  Fd messages(::memfd_create("stderr", MFD_CLOEXEC));
  if (!messages) throw system_error(errno, "making a file for error messages");
  SpawnOptions options;
  options.in = Stdio::kPipe;
  options.out = Stdio::kPipe;
  options.err_fd = messages.get();
  options.new_session = true;
  return std::make_unique<ProcessStream>(spawn(argv, options), std::move(messages), join(argv, " "));
}

}  // namespace berth::net
