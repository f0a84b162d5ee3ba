#include "http/hijack.h"

#include <algorithm>
#include <utility>

namespace berth::http {

namespace {

class Prefixed final : public net::Stream {
 public:
  Prefixed(std::unique_ptr<net::Stream> stream, std::string first)
      : stream_(std::move(stream)), first_(std::move(first)) {}

  std::optional<std::size_t> try_read(std::span<char> buffer) override {
    if (used_ == first_.size()) return stream_->try_read(buffer);
    const std::size_t size = first_.copy(buffer.data(), buffer.size(), used_);
    used_ += size;
    if (used_ == first_.size()) used_ = (first_ = std::string()).size();
    return size;
  }

  std::size_t try_write(std::string_view bytes) override { return stream_->try_write(bytes); }
  void wait_readable(const Context& context) override { stream_->wait_readable(context); }
  void wait_writable(const Context& context) override { stream_->wait_writable(context); }
  void shutdown_write(const Context& context) override { stream_->shutdown_write(context); }
  void close() noexcept override { stream_->close(); }
  int read_fd() const override { return stream_->read_fd(); }
  int write_fd() const override { return stream_->write_fd(); }
  std::string peer() const override { return stream_->peer(); }
  net::PeerIdentity identity() const override { return stream_->identity(); }

 private:
  std::unique_ptr<net::Stream> stream_;
  std::string first_;
  std::size_t used_ = 0;
};

}  // namespace

std::unique_ptr<net::Stream> with_first_bytes(std::unique_ptr<net::Stream> stream, std::string first) {
  if (first.empty()) return stream;
  return std::make_unique<Prefixed>(std::move(stream), std::move(first));
}

}  // namespace berth::http
