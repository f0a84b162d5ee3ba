#include "http/server.h"

#include <array>
#include <chrono>
#include <functional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "base/guarded.h"
#include "http/client.h"
#include "net/certificates_for_tests.h"
#include "net/dial.h"

namespace berth::http {
namespace {

using namespace std::chrono_literals;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const Context kPatient = Context().with_timeout(60s);

Error thrown(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& e) {
    return e;
  }
  ADD_FAILURE() << "nothing was thrown";
  return Error(Kind::kInternal, "nothing was thrown");
}

std::string read_to_end(net::Stream& stream) {
  std::string text;
  std::array<char, 4096> buffer;
  while (const std::size_t got = stream.read_some(kPatient, buffer)) text.append(buffer.data(), got);
  return text;
}

// A server on a socket in a folder of its own, and ways to talk to it.
class TestServer {
 public:
  explicit TestServer(Handler handler, ServerOptions options = {})
      : server_(net::Listener::unix_socket(path()), std::move(handler), std::move(options)) {}

  Client client() const {
    return Client([path = path()](const Context& context) { return net::dial_unix(context, path); });
  }

  std::unique_ptr<net::Stream> dial() const { return net::dial_unix(kPatient, path()); }

  // What the server says to these bytes, the connection's end included.
  std::string say(std::string_view bytes) const {
    const auto stream = dial();
    stream->write_all(kPatient, bytes);
    stream->shutdown_write(kPatient);
    return read_to_end(*stream);
  }

  void stop(std::chrono::milliseconds grace) { server_.stop(grace); }

 private:
  Path path() const { return folder_.path() / "s"; }
  TemporaryFolder folder_;
  Server server_;
};

// Says back the request's method, target and body.
void echo(const Context& context, Exchange& exchange) {
  const std::string body = exchange.read_all(context);
  exchange.respond(context, 200, exchange.request().method + " " + exchange.request().target + " " + body);
}

TEST(Server, AnswersManyRequestsOnOneConnection) {
  const TestServer server(echo);
  Client client = server.client();
  EXPECT_EQ(client.send(kPatient, {.target = "/a"}).read_all(kPatient), "GET /a ");
  EXPECT_EQ(client.send(kPatient, {.method = "POST", .target = "/b"}, Body("x")).read_all(kPatient), "POST /b x");
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
  const TestServer server(echo);
  const std::string answers = server.say(
      "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"
      "GET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answers, HasSubstr("\r\n\r\nPOST /1 xHTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answers, EndsWith("Connection: close\r\n\r\nGET /2 "));
}

TEST(Server, AnErrorOfTheHandlerBecomesItsStatusAndMessage) {
  const TestServer server([](const Context&, Exchange&) { throw Error(Kind::kNotFound, "no such container: 'x'"); });
  Response response = server.client().send(kPatient, {});
  EXPECT_EQ(response.status(), 404);
  EXPECT_EQ(response.headers().get("Content-Type"), "application/json");
  EXPECT_EQ(response.read_all(kPatient), "{\"message\":\"no such container: 'x'\"}\n");
}

TEST(Server, AnErrorInTheMiddleOfAnAnswerBreaksItOff) {
  const TestServer server([](const Context& context, Exchange& exchange) {
    exchange.start(context, {});
    exchange.write(context, "half");
    throw Error(Kind::kInternal, "the disk is gone");
  });
  Client client = server.client();
  Response response = client.send(kPatient, {});
  EXPECT_EQ(thrown([&] { response.read_all(kPatient); }).kind(), Kind::kUnavailable);
}

TEST(Server, AHandlerThatGivesNoAnswerIsAnErrorOfTheServer) {
  const TestServer server([](const Context&, Exchange&) {});
  EXPECT_EQ(server.client().send(kPatient, {}).status(), 500);
}

TEST(Server, AnswersToHeadHaveALengthButNoBody) {
  const TestServer server(echo);
  EXPECT_THAT(server.say("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
              testing::AllOf(HasSubstr("Content-Length: 7\r\n"), EndsWith("\r\n\r\n")));
}

TEST(Server, StreamsAreSentAsTheyAreWritten) {
  Guarded<bool> seen(false);
  const TestServer server([&](const Context& context, Exchange& exchange) {
    exchange.start(context, {});
    exchange.write(context, "first");
    auto lock = seen.lock();
    lock.wait(context, [&] { return *lock; });  // goes on only once the client has the first part
    exchange.write(context, "second");
  });
  Client client = server.client();
  Response response = client.send(kPatient, {});
  std::array<char, 64> buffer;
  EXPECT_EQ(std::string_view(buffer.data(), response.read_some(kPatient, buffer)), "first");
  *seen.lock() = true;
  seen.notify();
  EXPECT_EQ(response.read_all(kPatient), "second");
}

TEST(Server, AClientOfHttp10GetsAnAnswerThatEndsWithTheConnection) {
  const TestServer server([](const Context& context, Exchange& exchange) {
    exchange.start(context, {});
    exchange.write(context, "plain");
  });
  const std::string answer = server.say("GET / HTTP/1.0\r\n\r\n");
  EXPECT_THAT(answer, testing::AllOf(EndsWith("\r\n\r\nplain"), HasSubstr("Connection: close\r\n")));
  EXPECT_THAT(answer, testing::Not(HasSubstr("Transfer-Encoding")));
}

TEST(Server, SaysContinueWhenTheHandlerWantsTheBody) {
  const TestServer server(echo);
  Client client = server.client();
  Request request{.method = "POST", .target = "/"};
  request.headers.add("Expect", "100-continue");
  EXPECT_EQ(client.send(kPatient, request, Body("body")).read_all(kPatient), "POST / body");
}

TEST(Server, DoesNotSayContinueWhenTheHandlerDoesNotWantTheBody) {
  const TestServer server([](const Context& context, Exchange& exchange) { exchange.respond(context, 403); });
  EXPECT_THAT(server.say("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"),
              StartsWith("HTTP/1.1 403 Forbidden\r\n"));
}

TEST(Server, RefusesWhatItCannotUnderstand) {
  const TestServer server(echo);
  EXPECT_THAT(server.say("GET / HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(server.say("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(server.say("nonsense\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(server.say("GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n"), StartsWith("HTTP/1.1 417 "));
  EXPECT_THAT(server.say("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n"),
              StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(server.say("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: larger than\r\n\r\n"),
              StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(server.say("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n"),
              StartsWith("HTTP/1.1 400 "));
}

TEST(Server, ABodyTheHandlerLeftUnreadDoesNotDisturbTheNextRequest) {
  const TestServer server([](const Context& context, Exchange& exchange) { exchange.respond(context, 200, "ok"); });
  const std::string answers = server.say(
      "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\nGET /x HTTP/1.1\r\n\r\n!"
      "GET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answers, EndsWith("\r\n\r\nok"));
  std::size_t count = 0;
  for (std::size_t at = 0; (at = answers.find("200 OK", at)) != std::string::npos; ++at) ++count;
  EXPECT_EQ(count, 2U);
}

TEST(Server, AHeadThatComesTooSlowlyIsGivenUp) {
  const TestServer server(echo, {.head_timeout = 20ms});
  const auto stream = server.dial();
  stream->write_all(kPatient, "GET / HT");
  EXPECT_THAT(read_to_end(*stream), StartsWith("HTTP/1.1 408 "));
}

TEST(Server, AnIdleConnectionIsClosed) {
  const TestServer server(echo, {.idle_timeout = 20ms});
  EXPECT_EQ(read_to_end(*server.dial()), "");
}

TEST(Server, HandsTheRawConnectionOver) {
  const TestServer server([](const Context& context, Exchange& exchange) {
    const std::string input = exchange.read_all(context);
    const auto stream = exchange.hijack(context, {101, "UPGRADED", {{"Connection", "Upgrade"}, {"Upgrade", "tcp"}}});
    stream->write_all(context, input + " " + read_to_end(*stream) + " bye");
    stream->shutdown_write(context);
  });
  Client client = server.client();
  const Upgraded upgraded = client.upgrade(kPatient, {.method = "POST", .target = "/"}, Body("{}"));
  ASSERT_TRUE(upgraded.stream);
  upgraded.stream->write_all(kPatient, "raw");
  upgraded.stream->shutdown_write(kPatient);
  EXPECT_EQ(read_to_end(*upgraded.stream), "{} raw bye");
}

TEST(Server, AStopLetsARequestAtWorkFinishAndClosesIdleConnections) {
  Guarded<bool> at_work(false);
  Guarded<bool> may_end(false);
  TestServer server([&](const Context& context, Exchange& exchange) {
    *at_work.lock() = true;
    at_work.notify();
    auto lock = may_end.lock();
    lock.wait(context, [&] { return *lock; });
    exchange.respond(context, 200, "finished");
  });
  const auto idle = server.dial();
  Client client = server.client();
  std::jthread stopper([&] {
    {
      auto lock = at_work.lock();
      lock.wait(kPatient, [&] { return *lock; });
    }
    std::jthread stopping([&] { server.stop(20s); });
    EXPECT_EQ(read_to_end(*idle), "");
    *may_end.lock() = true;
    may_end.notify();
  });
  EXPECT_EQ(client.send(kPatient, {}).read_all(kPatient), "finished");
}

TEST(Server, AStopWithoutGraceCancelsTheRequestAtWork) {
  Guarded<bool> at_work(false);
  TestServer server([&](const Context& context, Exchange& exchange) {
    exchange.start(context, {});
    *at_work.lock() = true;
    at_work.notify();
    context.sleep_for(1h);
  });
  Client client = server.client();
  Response response = client.send(kPatient, {});
  {
    auto lock = at_work.lock();
    lock.wait(kPatient, [&] { return *lock; });
  }
  server.stop(0ms);
  EXPECT_EQ(thrown([&] { response.read_all(kPatient); }).kind(), Kind::kUnavailable);
}

// Peak of the memory this process has held, in bytes.
[[maybe_unused]] std::size_t peak_memory() {
  const std::string status = read_file("/proc/self/status");
  return std::stoul(status.substr(status.find("VmHWM:") + 6)) * 1024;
}

TEST(Server, StreamsBothWaysInBoundedMemory) {
  constexpr std::uint64_t kSize = 64 << 20;
  const TestServer server([](const Context& context, Exchange& exchange) {
    std::vector<char> buffer(65536);
    exchange.start(context, {});
    while (const std::size_t got = exchange.read_some(context, buffer)) exchange.write(context, {buffer.data(), got});
  });
  Client client = server.client();
  [[maybe_unused]] const std::size_t before = peak_memory();
  const auto body = Body::streamed([left = kSize](const Context&, std::span<char> buffer) mutable {
    const std::size_t now = std::min<std::uint64_t>(left, buffer.size());
    std::fill_n(buffer.begin(), now, 'z');
    left -= now;
    return now;
  });
  Response response = client.send(kPatient, {.method = "POST", .target = "/"}, body);
  std::vector<char> buffer(65536);
  std::uint64_t total = 0;
  while (const std::size_t got = response.read_some(kPatient, buffer)) total += got;
  EXPECT_EQ(total, kSize);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they keep what was freed
  EXPECT_LT(peak_memory() - before, 8U << 20);
#endif
}

TEST(Server, ServesManyClientsAtATime) {
  const TestServer server(echo, {.max_connections = 4});
  Client client = server.client();
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int j = 0; j < 20; ++j) {
        const std::string target = "/" + std::to_string(i) + "/" + std::to_string(j);
        Request request{.target = target};
        request.headers.add("Connection", "close");  // else four would keep the others out until they are idle
        EXPECT_EQ(client.send(kPatient, request).read_all(kPatient), "GET " + target + " ");
      }
    });
  }
}

TEST(Server, SpeaksTlsWithClientsThatShowACertificate) {
  const net::TestCa ca;
  const net::TestCertificate own = ca.issue("IP:127.0.0.1");
  const net::TlsOptions options{.ca = ca.pem(), .cert = own.cert, .key = own.key};
  Server server(net::Listener::tcp("127.0.0.1", 0), echo, {.tls = net::TlsContext::server(options)});
  const auto dialer = [port = server.port()](const net::TlsContext& tls) {
    return [port, tls](const Context& context) { return net::dial_tls(context, "127.0.0.1", port, tls); };
  };
  Client client(dialer(net::TlsContext::client(options)));
  EXPECT_EQ(client.send(kPatient, {}).read_all(kPatient), "GET / ");
  EXPECT_EQ(client.send(kPatient, {.target = "/again"}).read_all(kPatient), "GET /again ");
  Client stranger(dialer(net::TlsContext::client({.ca = ca.pem()})));
  EXPECT_EQ(thrown([&] { stranger.send(kPatient, {}); }).kind(), Kind::kUnauthorized);
}

TEST(Server, RefusesABodyThatIsLargerThanItTakes) {
  const TestServer server(
      [](const Context& context, Exchange& exchange) { exchange.respond(context, 200, exchange.read_all(context)); },
      {.body = {.most = 8}});
  EXPECT_THAT(server.say("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\n12345678"), HasSubstr("200 OK"));
  EXPECT_THAT(server.say("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n123456789"),
              StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(server.say("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n123456789\r\n0\r\n\r\n"),
              StartsWith("HTTP/1.1 413 "));
}

TEST(Server, DoesNotWaitForeverForABody) {
  const Handler reads = [](const Context& context, Exchange& exchange) {
    exchange.respond(context, 200, exchange.read_all(context));
  };
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n";
  {
    const TestServer server(reads, {.body = {.pause = 30ms}});
    const auto stream = server.dial();
    stream->write_all(kPatient, head + "x");
    EXPECT_THAT(read_to_end(*stream), StartsWith("HTTP/1.1 408 "));
  }
  // Not either when it comes drop by drop.
  const TestServer server(reads, {.body = {.pause = 10s, .whole = 100ms}});
  const auto stream = server.dial();
  stream->write_all(kPatient, head);
  const std::jthread dripping([&](const std::stop_token& stop) {
    try {
      while (!stop.stop_requested()) {
        stream->write_all(kPatient, "x");
        kPatient.sleep_for(5ms);
      }
    } catch (const Error&) {
      // The server has closed.
    }
  });
  std::array<char, 12> begin{};
  ASSERT_GT(stream->read_some(kPatient, begin), 0U);
  EXPECT_EQ(std::string(begin.data(), begin.size()), "HTTP/1.1 408");
}

TEST(Server, DoesNotWaitForeverForAClientThatDoesNotRead) {
  Guarded<std::string> ended;
  const Handler talks = [&](const Context& context, Exchange& exchange) {
    exchange.start(context, {.status = 200});
    const std::string much(1 << 20, 'x');
    try {
      for (;;) exchange.write(context, much);
    } catch (const Error& e) {
      *ended.lock() = e.message();
      ended.notify();
      throw;
    }
  };
  const TestServer server(talks, {.write_timeout = 50ms});
  const auto stream = server.dial();
  stream->write_all(kPatient, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  auto lock = ended.lock();
  lock.wait(kPatient, [&] { return !lock->empty(); });
  EXPECT_EQ(*lock, "the client did not take the answer in time");
}

TEST(Server, KnowsTheProcessAtTheOtherEndOfAUnixSocket) {
  const TestServer server([](const Context& context, Exchange& exchange) {
    exchange.respond(context, 200, std::to_string(exchange.client().uid.value_or(12345)));
  });
  Response response = server.client().send(kPatient, {"GET", "/", {}});
  EXPECT_EQ(response.read_all(kPatient), std::to_string(::getuid()));
}

TEST(Server, HasOnlySoManyConnectionsOfOneAddress) {
  const Handler answers = [](const Context& context, Exchange& exchange) { exchange.respond(context, 200, "ok"); };
  Server server(net::Listener::tcp("127.0.0.1", 0), answers, {.max_connections_of_address = 2});
  const auto dial = [&] { return net::dial_tcp(kPatient, "127.0.0.1", server.port()); };
  const std::string request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  std::array<char, 1024> buffer;
  auto first = dial();
  const auto second = dial();
  for (net::Stream* stream : {first.get(), second.get()}) {
    stream->write_all(kPatient, request);
    EXPECT_GT(stream->read_some(kPatient, buffer), 0U);
  }
  const auto third = dial();
  EXPECT_EQ(third->read_some(kPatient, buffer), 0U);
  first.reset();
  for (std::size_t got = 0; got == 0;) {  // until the server has seen that it went
    const auto another = dial();
    try {
      another->write_all(kPatient, request);
      got = another->read_some(kPatient, buffer);
    } catch (const Error&) {
      // Closed already.
    }
  }
}

}  // namespace
}  // namespace berth::http
