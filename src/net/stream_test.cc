#include <array>
#include <chrono>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/files.h"
#include "net/address.h"
#include "net/dial.h"
#include "net/listener.h"
#include "net/socket_stream.h"

namespace berth::net {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

const Context kPatient = Context().with_timeout(20s);

// The Error that `body` throws.
Error thrown(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& e) {
    return e;
  }
  ADD_FAILURE() << "nothing was thrown";
  return Error(Kind::kInternal, "nothing was thrown");
}

std::string read_to_end(Stream& stream) {
  std::string result;
  std::array<char, 4096> buffer;
  while (const std::size_t got = stream.read_some(kPatient, buffer)) result.append(buffer.data(), got);
  return result;
}

struct Pair {
  std::unique_ptr<Stream> ours;
  std::unique_ptr<Stream> theirs;
};

Pair socket_pair() {
  int fds[2];
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
  return {socket_stream(Fd(fds[0]), "ours"), socket_stream(Fd(fds[1]), "theirs")};
}

// Says back what it is told, then "bye" once the other side has half-closed.
void echo(Stream& stream) {
  std::array<char, 4096> buffer;
  while (const std::size_t got = stream.read_some(kPatient, buffer)) stream.write_all(kPatient, {buffer.data(), got});
  stream.write_all(kPatient, "bye");
  stream.shutdown_write(kPatient);
}

TEST(Stream, AReadThatHasNothingSaysSoWithoutWaiting) {
  const Pair pair = socket_pair();
  std::array<char, 8> buffer;
  EXPECT_EQ(pair.ours->try_read(buffer), std::nullopt);
  pair.theirs->write_all(kPatient, "x");
  EXPECT_EQ(pair.ours->try_read(buffer), 1U);
  pair.theirs->close();
  EXPECT_EQ(pair.ours->try_read(buffer), 0U);
}

TEST(Stream, AWriteOfMoreThanTheSocketHoldsWaitsForTheReader) {
  const Pair pair = socket_pair();
  const std::string much(4 << 20, 'x');
  std::jthread writer([&] {
    pair.ours->write_all(kPatient, much);
    pair.ours->shutdown_write(kPatient);
  });
  EXPECT_EQ(read_to_end(*pair.theirs).size(), much.size());
}

TEST(Stream, AWriteToAConnectionThatIsGoneIsAnErrorAndNoSignal) {
  const Pair pair = socket_pair();
  pair.theirs->close();
  const Error error = thrown([&] { pair.ours->write_all(kPatient, "x"); });
  EXPECT_EQ(error.kind(), Kind::kUnavailable);
  EXPECT_EQ(error.message(), "writing to 'ours': broken pipe");
}

TEST(Stream, ACancelEndsAReadWithinATenthOfASecond) {
  const Pair pair = socket_pair();
  CancelSource source;
  Context::Clock::time_point cancelled;
  std::jthread canceller([&] {
    source.context().sleep_for(20ms);
    cancelled = Context::Clock::now();
    source.cancel();
  });
  std::array<char, 8> buffer;
  EXPECT_EQ(thrown([&] { pair.ours->read_some(source.context(), buffer); }).kind(), Kind::kCancelled);
  canceller.join();
  EXPECT_LT(Context::Clock::now() - cancelled, 100ms);
}

TEST(Stream, ACancelEndsAWriteThatNobodyReads) {
  const Pair pair = socket_pair();
  CancelSource source;
  std::jthread canceller([&] { source.cancel(); });
  EXPECT_EQ(thrown([&] { pair.ours->write_all(source.context(), std::string(8 << 20, 'x')); }).kind(),
            Kind::kCancelled);
}

TEST(Unix, AHalfClosedStreamCanStillBeRead) {
  const TemporaryFolder folder;
  Listener listener = Listener::unix_socket(folder.path() / "s");
  std::jthread server([&] { echo(*listener.accept(kPatient)); });
  const auto stream = dial_unix(kPatient, folder.path() / "s");
  stream->write_all(kPatient, "hello ");
  stream->shutdown_write(kPatient);
  EXPECT_EQ(read_to_end(*stream), "hello bye");
}

TEST(Unix, ASocketThatIsNotThereIsNamed) {
  const Error error = thrown([] { dial_unix(kPatient, "/nonexistent/docker.sock"); });
  EXPECT_EQ(error.kind(), Kind::kUnavailable);
  EXPECT_THAT(error.message(), HasSubstr("'unix:///nonexistent/docker.sock': there is no such socket"));
}

TEST(Unix, APathThatIsTooLongIsRefused) {
  EXPECT_EQ(thrown([] { dial_unix(kPatient, std::string(108, 'x')); }).kind(), Kind::kInvalid);
}

TEST(Listener, TakesThePlaceOfADeadSocketButNotOfALivingOne) {
  const TemporaryFolder folder;
  const Path path = folder.path() / "s";
  {
    const Listener living = Listener::unix_socket(path);
    EXPECT_EQ(thrown([&] { Listener::unix_socket(path); }).kind(), Kind::kConflict);
  }
  EXPECT_FALSE(std::filesystem::exists(path));
  // A socket file that outlived its program.
  {
    const Fd dead(::socket(AF_UNIX, SOCK_STREAM, 0));
    const Address address = unix_address(path);
    ASSERT_EQ(::bind(dead.get(), address.get(), address.size), 0);
  }
  const Listener successor = Listener::unix_socket(path, 0660);
  EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms{0660});
  write_file(folder.path() / "file", "precious");
  EXPECT_EQ(thrown([&] { Listener::unix_socket(folder.path() / "file"); }).kind(), Kind::kConflict);
  EXPECT_EQ(read_file(folder.path() / "file"), "precious");
}

TEST(Tcp, ConnectsByNameAndAddress) {
  Listener listener = Listener::tcp("127.0.0.1", 0);
  EXPECT_EQ(listener.address(), "tcp://127.0.0.1:" + std::to_string(listener.port()));
  for (const std::string host : {"127.0.0.1", "localhost"}) {
    std::jthread server([&] { echo(*listener.accept(kPatient)); });
    const auto stream = dial_tcp(kPatient, host, listener.port());
    stream->shutdown_write(kPatient);
    EXPECT_EQ(read_to_end(*stream), "bye") << host;
  }
}

TEST(Tcp, APortWhereNothingListensIsNamed) {
  std::uint16_t port;
  {
    const Listener gone = Listener::tcp("127.0.0.1", 0);
    port = gone.port();
  }
  const Error error = thrown([&] { dial_tcp(kPatient, "127.0.0.1", port); });
  EXPECT_EQ(error.kind(), Kind::kUnavailable);
  EXPECT_THAT(error.message(),
              HasSubstr("connecting to 'tcp://127.0.0.1:" + std::to_string(port) + "': connection refused"));
}

TEST(Tcp, AHostThatDoesNotExistIsNamed) {
  const Error error = thrown([] { dial_tcp(kPatient, "no-such-host.invalid", 1); });
  EXPECT_EQ(error.kind(), Kind::kUnavailable);
  EXPECT_THAT(error.message(), HasSubstr("'no-such-host.invalid'"));
}

TEST(Tcp, ATakenPortIsAConflict) {
  const Listener first = Listener::tcp("127.0.0.1", 0);
  EXPECT_EQ(thrown([&] { Listener::tcp("127.0.0.1", first.port()); }).kind(), Kind::kConflict);
}

TEST(Tcp, Ipv6AddressesStandInBrackets) { EXPECT_EQ(tcp_url("::1", 2376), "tcp://[::1]:2376"); }

TEST(Process, ItsStandardInputAndOutputAreTheStream) {
  const auto stream = dial_process({"sh", "-c", "cat; echo done"});
  stream->write_all(kPatient, "hello ");
  stream->shutdown_write(kPatient);
  EXPECT_EQ(read_to_end(*stream), "hello done\n");
}

TEST(Process, ItsLastWordsAreTheErrorWhenItEndsBeforeItAnswers) {
  const auto stream = dial_process({"sh", "-c", "echo 'Permission denied (publickey).' >&2; exit 255"});
  const Error error = thrown([&] { read_to_end(*stream); });
  EXPECT_EQ(error.kind(), Kind::kUnavailable);
  EXPECT_THAT(error.message(), HasSubstr("ended before it answered: Permission denied (publickey)."));
}

TEST(Process, AWriteToOneThatIsGoneIsAnErrorAndNoSignal) {
  const auto stream = dial_process({"sh", "-c", "exec 0<&-; echo gone; exec sleep 60"});
  std::array<char, 8> buffer;
  stream->read_some(kPatient, buffer);
  EXPECT_EQ(thrown([&] { stream->write_all(kPatient, "x"); }).kind(), Kind::kUnavailable);
}

TEST(Process, AMissingProgramIsNamed) {
  EXPECT_EQ(thrown([] { dial_process({"no-such-program"}); }).kind(), Kind::kNotFound);
}

TEST(Resolver, ACancelEndsALookUp) {
  CancelSource source;
  source.cancel();
  EXPECT_EQ(thrown([&] { resolve(source.context(), "no-such-host.invalid", 1); }).kind(), Kind::kCancelled);
}

}  // namespace
}  // namespace berth::net
