#include "http/client.h"

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "base/guarded.h"
#include "net/dial.h"
#include "net/listener.h"

namespace berth::http {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const Context kPatient = Context().with_timeout(20s);

Error thrown(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& e) {
    return e;
  }
  ADD_FAILURE() << "nothing was thrown";
  return Error(Kind::kInternal, "nothing was thrown");
}

// Reads from `stream` until what came has `mark`, or the end.
std::string read_until(net::Stream& stream, std::string_view mark) {
  std::string text;
  std::array<char, 4096> buffer;
  while (text.find(mark) == std::string::npos) {
    const std::size_t got = stream.read_some(kPatient, buffer);
    if (got == 0) break;
    text.append(buffer.data(), got);
  }
  return text;
}

// A server that says exactly the bytes a test wants: `talk` has the connections in the order they come.
class RawServer {
 public:
  using Talk = std::function<void(net::Stream&)>;
  explicit RawServer(std::vector<Talk> talks)
      : listener_(net::Listener::unix_socket(folder_.path() / "s")), thread_([this, talks = std::move(talks)] {
          for (const Talk& talk : talks) {
            const auto stream = listener_.accept(kPatient);
            ++connections;
            talk(*stream);
          }
        }) {}

  // Answers every connection's first request with `answer` and closes.
  static Talk answering(std::string answer) {
    return [answer = std::move(answer)](net::Stream& stream) {
      read_until(stream, "\r\n\r\n");
      stream.write_all(kPatient, answer);
    };
  }

  net::Dialer dialer() const {
    return [path = folder_.path() / "s"](const Context& context) { return net::dial_unix(context, path); };
  }

  std::atomic<int> connections = 0;

 private:
  TemporaryFolder folder_;
  net::Listener listener_;
  std::jthread thread_;
};

Request get(std::string target) { return {.target = std::move(target)}; }
Request post(std::string target) { return {.method = "POST", .target = std::move(target)}; }

TEST(Client, SendsHeadAndSmallBodyAsPlainAsCanBe) {
  std::string request;
  RawServer server({[&](net::Stream& stream) {
    request = read_until(stream, "hello");
    stream.write_all(kPatient, "HTTP/1.1 201 Created\r\nContent-Length: 2\r\nX-A: b\r\n\r\nok");
  }});
  Client client(server.dialer(), {.host = "docker"});
  Response response = client.send(kPatient, post("/x?a=b"), Body("hello"));
  EXPECT_EQ(response.status(), 201);
  EXPECT_TRUE(response.ok());
  EXPECT_EQ(response.headers().get("x-a"), "b");
  EXPECT_EQ(response.read_all(kPatient), "ok");
  EXPECT_EQ(request, "POST /x?a=b HTTP/1.1\r\nHost: docker\r\nContent-Length: 5\r\n\r\nhello");
}

TEST(Client, DecodesChunksAndIgnoresTheirTrailers) {
  RawServer server(
      {RawServer::answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                            "5;x=y\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\nX-Sum: 1\r\n\r\n")});
  Client client(server.dialer());
  Response response = client.send(kPatient, get("/"));
  EXPECT_EQ(response.read_all(kPatient), "hello world");
  EXPECT_FALSE(response.headers().has("X-Sum"));
}

TEST(Client, ReadsABodyWithoutALengthUntilTheConnectionEnds) {
  RawServer server({RawServer::answering("HTTP/1.0 200 OK\r\n\r\nall of it")});
  Client client(server.dialer());
  EXPECT_EQ(client.send(kPatient, get("/")).read_all(kPatient), "all of it");
}

TEST(Client, AnswersToHeadAndThoseOfStatus204And304HaveNoBody) {
  const auto talk = [](net::Stream& stream) {
    for (const std::string status : {"200 OK", "204 No Content", "304 Not Modified"}) {
      read_until(stream, "\r\n\r\n");
      stream.write_all(kPatient, "HTTP/1.1 " + status + "\r\nContent-Length: 7\r\n\r\n");
    }
  };
  RawServer server({talk});
  Client client(server.dialer());
  EXPECT_EQ(client.send(kPatient, {.method = "HEAD"}).read_all(kPatient), "");
  EXPECT_EQ(client.send(kPatient, get("/")).read_all(kPatient), "");
  EXPECT_EQ(client.send(kPatient, get("/")).read_all(kPatient), "");
  EXPECT_EQ(server.connections, 1);
}

TEST(Client, KeepsAConnectionWhoseAnswerWasNotReadButHasCome) {
  const auto talk = [](net::Stream& stream) {
    for (int i = 0; i < 2; ++i) {
      read_until(stream, "\r\n\r\n");
      stream.write_all(kPatient, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    }
  };
  RawServer server({talk});
  Client client(server.dialer());
  client.send(kPatient, get("/"));
  EXPECT_EQ(client.send(kPatient, get("/")).read_all(kPatient), "ok");
  EXPECT_EQ(server.connections, 1);
}

TEST(Client, ClosesTheConnectionThatIsIdleForLongestWhenClientsTogetherHaveTooMany) {
  std::atomic<bool> ended = false;
  RawServer server({[&](net::Stream& stream) {
    read_until(stream, "\r\n\r\n");
    stream.write_all(kPatient, "HTTP/1.1 204 No Content\r\n\r\n");
    ended = read_until(stream, "more").empty();
  }});
  const auto talk = [](net::Stream& stream) {
    for (int i = 0; i < 2; ++i) {
      read_until(stream, "\r\n\r\n");
      stream.write_all(kPatient, "HTTP/1.1 204 No Content\r\n\r\n");
    }
  };
  RawServer others[] = {RawServer({talk}), RawServer({talk})};
  const auto share = std::make_shared<IdleShare>(2);
  Client first(server.dialer(), {.idle_share = share});
  first.send(kPatient, get("/"));
  Client second(others[0].dialer(), {.idle_share = share});
  Client third(others[1].dialer(), {.idle_share = share});
  second.send(kPatient, get("/"));
  third.send(kPatient, get("/"));
  while (!ended) kPatient.check();
  second.send(kPatient, get("/"));
  third.send(kPatient, get("/"));
  EXPECT_EQ(others[0].connections + others[1].connections, 2);
}

TEST(Client, DoesNotUseAConnectionAgainThatHasBytesBeyondTheAnswer) {
  const auto talk = RawServer::answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n");
  RawServer server({talk, talk});
  Client client(server.dialer());
  EXPECT_EQ(client.send(kPatient, get("/")).read_all(kPatient), "ok");
  EXPECT_EQ(client.send(kPatient, get("/")).read_all(kPatient), "ok");
  EXPECT_EQ(server.connections, 2);
}

TEST(Client, ReplacesAnIdleConnectionThatTheServerClosed) {
  const auto talk = RawServer::answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  RawServer server({talk, talk, talk});
  Client client(server.dialer());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.send(kPatient, get("/")).read_all(kPatient), "ok");
}

// Answers once, then takes the second request and closes without a word.
void answer_once_then_hang_up(net::Stream& stream) {
  read_until(stream, "\r\n\r\n");
  stream.write_all(kPatient, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  read_until(stream, "\r\n\r\n");
}

TEST(Client, RepeatsAnIdempotentRequestWhenTheConnectionWasClosedUnderIt) {
  RawServer server({answer_once_then_hang_up, RawServer::answering("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew")});
  Client client(server.dialer());
  client.send(kPatient, get("/")).read_all(kPatient);
  EXPECT_EQ(client.send(kPatient, get("/")).read_all(kPatient), "new");
}

TEST(Client, DoesNotRepeatAPostThatWasSent) {
  RawServer server({answer_once_then_hang_up});
  Client client(server.dialer());
  client.send(kPatient, get("/")).read_all(kPatient);
  EXPECT_EQ(thrown([&] { client.send(kPatient, post("/")); }).kind(), Kind::kUnavailable);
}

TEST(Client, DoesNotRepeatOnANewConnection) {
  RawServer server({[](net::Stream& stream) { read_until(stream, "\r\n\r\n"); }});
  Client client(server.dialer());
  const Error error = thrown([&] { client.send(kPatient, get("/")); });
  EXPECT_EQ(error.kind(), Kind::kUnavailable);
  EXPECT_THAT(error.message(), HasSubstr("' broke off the connection in the middle of the head"));
}

TEST(Client, ABodyCutShortIsAnError) {
  RawServer server({RawServer::answering("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"),
                    RawServer::answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nhalf")});
  Client client(server.dialer());
  for (int i = 0; i < 2; ++i) {
    Response response = client.send(kPatient, get("/"));
    const Error error = thrown([&] { response.read_all(kPatient); });
    EXPECT_EQ(error.kind(), Kind::kUnavailable);
    EXPECT_THAT(error.message(), HasSubstr("' broke off the connection in the middle of the body"));
  }
}

TEST(Client, ABodyLargerThanTheLimitIsRefused) {
  RawServer server({RawServer::answering("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789")});
  Client client(server.dialer());
  Response response = client.send(kPatient, get("/"));
  EXPECT_THAT(thrown([&] { response.read_all(kPatient, 9); }).message(), HasSubstr("larger than the 9 bytes"));
}

TEST(Client, AHeadWithoutEndIsRefused) {
  RawServer server({[](net::Stream& stream) {
    read_until(stream, "\r\n\r\n");
    stream.write_all(kPatient, "HTTP/1.1 200 OK\r\n");
    try {
      for (;;) stream.write_all(kPatient, "X-Header: " + std::string(100, 'x') + "\r\n");
    } catch (const Error&) {
      // The client has had enough.
    }
  }});
  Client client(server.dialer());
  EXPECT_THAT(thrown([&] { client.send(kPatient, get("/")); }).message(), HasSubstr("larger than 65536 bytes"));
}

TEST(Client, StreamsAnUploadOfUnknownLengthInChunks) {
  std::string request;
  RawServer server({[&](net::Stream& stream) {
    request = read_until(stream, "\r\n0\r\n\r\n");
    stream.write_all(kPatient, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  }});
  Client client(server.dialer());
  int piece = 0;
  const auto body = Body::streamed([&](const Context&, std::span<char> buffer) {
    const std::string_view pieces[] = {"first", "second", ""};
    return pieces[piece++].copy(buffer.data(), buffer.size());
  });
  client.send(kPatient, post("/"), body);
  EXPECT_EQ(request,
            "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
            "5\r\nfirst\r\n6\r\nsecond\r\n0\r\n\r\n");
}

// A body of `size` bytes that takes no memory.
Body zeros(std::uint64_t size, bool announce) {
  return Body::streamed(
      [left = size](const Context&, std::span<char> buffer) mutable {
        const std::size_t now = std::min<std::uint64_t>(left, buffer.size());
        std::fill_n(buffer.begin(), now, 'z');
        left -= now;
        return now;
      },
      announce ? std::optional(size) : std::nullopt);
}

TEST(Client, GivesAnErrorThatComesBeforeTheUploadsEndAtOnce) {
  RawServer server({[](net::Stream& stream) {
    read_until(stream, "\r\n\r\n");
    stream.write_all(kPatient, "HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\n\r\nmuch");
    read_until(stream, "never comes");
  }});
  Client client(server.dialer());
  Response response = client.send(kPatient, post("/"), zeros(std::uint64_t{1} << 40, true));
  EXPECT_EQ(response.status(), 413);
  EXPECT_EQ(response.read_all(kPatient), "much");
}

TEST(Client, ReadsTheAnswerOfAServerThatStoppedReading) {
  RawServer server({RawServer::answering("HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\n\r\nbad")});
  Client client(server.dialer());
  const std::string much(std::size_t{4} << 20, 'x');
  EXPECT_EQ(client.send(kPatient, post("/"), much).read_all(kPatient), "bad");
}

TEST(Client, GoesOnWithTheUploadWhileTheAnswerIsRead) {
  constexpr std::size_t kSize = 2 << 20;
  RawServer server({[](net::Stream& stream) {
    // Says back every byte of the body as it comes.
    std::string first = read_until(stream, "\r\n\r\n");
    first.erase(0, first.find("\r\n\r\n") + 4);
    stream.write_all(kPatient, "HTTP/1.1 200 OK\r\nContent-Length: 2097152\r\n\r\n" + first);
    std::array<char, 4096> buffer;
    for (std::size_t left = kSize - first.size(); left > 0;) {
      const std::size_t got = stream.read_some(kPatient, buffer);
      stream.write_all(kPatient, {buffer.data(), got});
      left -= got;
    }
  }});
  Client client(server.dialer());
  Response response = client.send(kPatient, post("/"), zeros(kSize, true));
  EXPECT_EQ(response.read_all(kPatient), std::string(kSize, 'z'));
}

TEST(Client, ABodyThatEndsBeforeItsAnnouncedSizeIsAnError) {
  RawServer server({[](net::Stream& stream) { read_until(stream, "never comes"); }});
  Client client(server.dialer());
  const auto body = Body::streamed([](const Context&, std::span<char>) { return std::size_t{0}; }, 5);
  EXPECT_THAT(thrown([&] { client.send(kPatient, post("/"), body); }).message(), HasSubstr("ended 5 bytes before"));
}

TEST(Client, HoldsTheBodyBackUntilTheServerWantsIt) {
  std::string body;
  RawServer server({[&](net::Stream& stream) {
    EXPECT_THAT(read_until(stream, "\r\n\r\n"), testing::EndsWith("Content-Length: 5\r\n\r\n"));
    stream.write_all(kPatient, "HTTP/1.1 100 Continue\r\n\r\n");
    body = read_until(stream, "hello");
    stream.write_all(kPatient, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n");
  }});
  Client client(server.dialer());
  Request request = post("/");
  request.headers.add("Expect", "100-continue");
  EXPECT_EQ(client.send(kPatient, request, Body("hello")).status(), 204);
  EXPECT_EQ(body, "hello");
}

TEST(Client, KeepsTheBodyWhenTheServerDoesNotWantIt) {
  std::string rest;
  {
    // Goes, and with it its thread, before what it has read is looked at.
    RawServer server({[&](net::Stream& stream) {
      read_until(stream, "\r\n\r\n");
      stream.write_all(kPatient, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
      rest = read_until(stream, "never comes");
    }});
    Client client(server.dialer());
    Request request = post("/");
    request.headers.add("Expect", "100-continue");
    EXPECT_EQ(client.send(kPatient, request, Body("hello")).status(), 401);
  }
  EXPECT_EQ(rest, "");
}

TEST(Client, UpgradesToARawStreamAndGivesFirstWhatCameWithTheHead) {
  std::string request;
  RawServer server({[&](net::Stream& stream) {
    request = read_until(stream, "{}");
    stream.write_all(kPatient, "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nfirst ");
    const std::string input = read_until(stream, "never comes");
    stream.write_all(kPatient, input + " last");
  }});
  Client client(server.dialer());
  const Upgraded upgraded = client.upgrade(kPatient, post("/exec/1/start"), Body("{}"));
  ASSERT_TRUE(upgraded.stream);
  EXPECT_EQ(upgraded.response.status(), 101);
  EXPECT_THAT(request, HasSubstr("Connection: Upgrade\r\nUpgrade: tcp\r\n"));
  upgraded.stream->write_all(kPatient, "input");
  upgraded.stream->shutdown_write(kPatient);
  EXPECT_EQ(read_until(*upgraded.stream, "never comes"), "first input last");
}

TEST(Client, TakesAnAnswer200WithoutALengthAsTheRawStream) {
  RawServer server({[&](net::Stream& stream) {
    read_until(stream, "\r\n\r\n");
    stream.write_all(kPatient, "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\nraw");
    EXPECT_EQ(read_until(stream, "never comes"), "in");
  }});
  Client client(server.dialer());
  const Upgraded upgraded = client.upgrade(kPatient, post("/containers/x/attach"));
  ASSERT_TRUE(upgraded.stream);
  upgraded.stream->write_all(kPatient, "in");
  upgraded.stream->shutdown_write(kPatient);
  EXPECT_EQ(read_until(*upgraded.stream, "never comes"), "raw");
}

TEST(Client, GivesTheAnswerOfARefusedUpgrade) {
  RawServer server({RawServer::answering("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone")});
  Client client(server.dialer());
  Upgraded upgraded = client.upgrade(kPatient, post("/exec/1/start"));
  EXPECT_FALSE(upgraded.stream);
  EXPECT_EQ(upgraded.response.status(), 404);
  EXPECT_EQ(upgraded.response.read_all(kPatient), "none");
}

TEST(Client, RefusesAHeaderThatWouldAddAnother) {
  Client client([](const Context&) -> std::unique_ptr<net::Stream> { throw Error(Kind::kInternal, "dialled"); });
  Request request = get("/");
  request.headers.add("X-Name", "a\r\nX-Other: b");
  EXPECT_THAT(thrown([&] { client.send(kPatient, request); }).message(), HasSubstr("'X-Name' has a line feed"));
  EXPECT_THAT(thrown([&] { client.send(kPatient, get("/a b")); }).message(), HasSubstr("percent-encode it"));
}

TEST(Client, ACancelEndsTheWaitForAnAnswerWithinATenthOfASecond) {
  CancelSource source;
  Context::Clock::time_point cancelled;
  RawServer server({[&](net::Stream& stream) {
    read_until(stream, "\r\n\r\n");
    cancelled = Context::Clock::now();
    source.cancel();
    read_until(stream, "never comes");
  }});
  Client client(server.dialer());
  EXPECT_EQ(thrown([&] { client.send(source.context(), get("/events")); }).kind(), Kind::kCancelled);
  EXPECT_LT(Context::Clock::now() - cancelled, 100ms);
}

TEST(Client, ADeadlineEndsTheWaitForASlowServer) {
  RawServer server({[&](net::Stream& stream) {
    read_until(stream, "\r\n\r\n");
    stream.write_all(kPatient, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
    read_until(stream, "never comes");
  }});
  Client client(server.dialer());
  Response response = client.send(kPatient, get("/"));
  EXPECT_EQ(thrown([&] { response.read_all(Context().with_timeout(10ms)); }).kind(), Kind::kTimeout);
}

}  // namespace
}  // namespace berth::http
