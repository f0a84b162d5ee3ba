#include "net/pump.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "base/guarded.h"
#include "net/socket_stream.h"

namespace berth::net {
namespace {

using namespace std::chrono_literals;

struct Heard {
  std::string bytes;
  bool ended = false;
  std::string error;
};

class Ear final : public Pump::Receiver {
 public:
  explicit Ear(std::shared_ptr<Guarded<Heard>> heard) : heard_(std::move(heard)) {}
  void received(std::string_view bytes) override {
    if (bytes == "throw") throw Error(Kind::kInvalid, "no such word");
    heard_->lock()->bytes += bytes;
    heard_->notify();
  }
  void ended(const Error* error) noexcept override {
    const auto lock = heard_->lock();
    lock->ended = true;
    if (error != nullptr) lock->error = error->message();
    heard_->notify();
  }

 private:
  std::shared_ptr<Guarded<Heard>> heard_;
};

class PumpTest : public ::testing::Test {
 protected:
  PumpTest() : handle_(add(far_)) {}

  // One end goes to the pump, the other is ours.
  Pump::Handle add(std::unique_ptr<Stream>& far) {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    far = socket_stream(Fd(ends[0]), "test");
    return pump_.add(socket_stream(Fd(ends[1]), "test"), std::make_unique<Ear>(heard_));
  }

  void await(auto condition) {
    auto lock = heard_->lock();
    lock.wait(Context().with_timeout(20s), [&] { return condition(*lock); });
  }

  std::shared_ptr<Guarded<Heard>> heard_ = std::make_shared<Guarded<Heard>>();
  Pump pump_;
  std::unique_ptr<Stream> far_;
  Pump::Handle handle_;
};

TEST_F(PumpTest, HandsOnWhatComes) {
  far_->write_all({}, "one");
  await([](const Heard& heard) { return heard.bytes == "one"; });
  far_->write_all({}, "two");
  await([](const Heard& heard) { return heard.bytes == "onetwo"; });
}

TEST_F(PumpTest, TellsTheEndOnce) {
  far_->write_all({}, "last words");
  far_->close();
  await([](const Heard& heard) { return heard.ended; });
  EXPECT_EQ(heard_->lock()->bytes, "last words");
  EXPECT_EQ(heard_->lock()->error, "");
  EXPECT_FALSE(pump_.send(handle_, "anyone?"));
}

TEST_F(PumpTest, EndsAStreamWhoseReceiverThrows) {
  far_->write_all({}, "throw");
  await([](const Heard& heard) { return heard.ended; });
  EXPECT_EQ(heard_->lock()->error, "no such word");
}

TEST_F(PumpTest, SendsWithoutWaitingAndSaysWhenItCannot) {
  EXPECT_TRUE(pump_.send(handle_, "hello"));
  char buffer[16];
  EXPECT_EQ(far_->read_some(Context().with_timeout(20s), buffer), 5U);
  const std::string much(1 << 20, 'x');
  while (pump_.send(handle_, much)) {
  }
  SUCCEED();
}

TEST_F(PumpTest, ALoudStreamLeavesTheOthersTheirTurn) {
  std::unique_ptr<Stream> loud;
  add(loud);
  {
    const auto held = heard_->lock();  // whoever is read first waits for it, while both get something to read
    const std::string much(std::size_t{64} << 10, 'x');
    std::size_t written = 0;
    for (std::size_t got; (got = loud->try_write(much)) > 0;) written += got;
    ASSERT_GT(written, 2 * much.size());
    far_->write_all({}, "quiet");
  }
  await([](const Heard& heard) { return heard.bytes.find("quiet") != std::string::npos; });
  EXPECT_LE(heard_->lock()->bytes.find("quiet"), std::size_t{64} << 10);
}

TEST_F(PumpTest, CallsNobodyAfterRemove) {
  pump_.remove(handle_);
  const std::string before = heard_->lock()->bytes;
  EXPECT_EQ(far_->read_some(Context().with_timeout(20s), std::span<char>(std::string(1, 0).data(), 1)), 0U);
  EXPECT_FALSE(heard_->lock()->ended);
  EXPECT_EQ(heard_->lock()->bytes, before);
}

}  // namespace
}  // namespace berth::net
