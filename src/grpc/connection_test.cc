#include "grpc/connection.h"

#include <chrono>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/guarded.h"
#include "grpc/pair_for_tests.h"

namespace berth::grpc {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Pair;

Context patient() { return Context().with_timeout(30s); }

// Says back each message.
void echo(const Context& context, Call& call) {
  while (const auto message = call.receive(context)) call.send(context, *message);
}

Error error_of(auto body) {
  try {
    body();
  } catch (const Error& e) {
    return e;
  }
  ADD_FAILURE() << "nothing was thrown";
  return {Kind::kInternal, ""};
}

TEST(GrpcConnection, ACallIsAnswered) {
  Pair pair([](const Context& context, Call& call) {
    const auto asked = call.receive(context);
    call.send(context, call.method() + " got " + asked.value_or("nothing"));
  });
  EXPECT_EQ(pair.client->call(patient(), "/shop.Cart/Add", "apple"), "/shop.Cart/Add got apple");
  EXPECT_EQ(pair.client->call(patient(), "/shop.Cart/Add", ""), "/shop.Cart/Add got ");
}

TEST(GrpcConnection, WhatAHandlerThrowsIsWhatTheCallEndsWith) {
  Pair pair([](const Context&, Call& call) {
    throw Error(call.method() == "/x/Missing" ? Kind::kNotFound : Kind::kUnsupported,
                "no 'tok\xC3\xA9n' here: 100 %\n");
  });
  const Error missing = error_of([&] { pair.client->call(patient(), "/x/Missing", ""); });
  EXPECT_EQ(missing.kind(), Kind::kNotFound);
  EXPECT_EQ(missing.message(), "no 'tok\xC3\xA9n' here: 100 %\n");
  EXPECT_EQ(error_of([&] { pair.client->call(patient(), "/x/Other", ""); }).kind(), Kind::kUnsupported);
}

TEST(GrpcConnection, FieldsGoWithACall) {
  Pair pair([](const Context& context, Call& call) {
    for (const std::string& value : call.values("dir-name")) call.send(context, value);
  });
  const auto call = pair.client->call("/x/List", {{"dir-name", "a"}, {"other", "x"}, {"dir-name", "b"}});
  call->end_sending();
  EXPECT_EQ(call->receive(patient()), "a");
  EXPECT_EQ(call->receive(patient()), "b");
  EXPECT_EQ(call->receive(patient()), std::nullopt);
}

TEST(GrpcConnection, ManyCallsGoAtOnceOverOneConnection) {
  Pair pair(echo);
  std::vector<std::jthread> callers;
  for (int i = 0; i < 20; ++i) {
    callers.emplace_back([&pair, i] {
      const std::string text(static_cast<std::size_t>(i) * 1'000, 'x');
      for (int round = 0; round < 10; ++round) EXPECT_EQ(pair.client->call(patient(), "/x/Echo", text), text);
    });
  }
}

TEST(GrpcConnection, AMessageMayBeLargerThanAnyWindow) {
  Pair pair(echo);
  const std::string large(5'000'000, 'x');
  EXPECT_EQ(pair.client->call(patient(), "/x/Echo", large), large);
}

TEST(GrpcConnection, ASenderWaitsForAReceiverThatTakesNothing) {
  Guarded<bool> go(false);
  Guarded<int> sent(0);
  Pair pair([&](const Context& context, Call& call) {
    const std::string piece(100'000, 'x');
    for (int i = 0; i < 200; ++i) {
      call.send(context, piece);
      ++*sent.lock();
      sent.notify();
    }
  });
  const auto call = pair.client->call("/x/Much");
  call->end_sending();
  {
    auto count = sent.lock();
    count.wait(patient(), [&] { return *count >= 5; });
  }
  // 20 MB are on offer; what nobody takes stays with its sender, but for what the windows and buffers hold.
  EXPECT_THROW(
      {
        auto count = sent.lock();
        count.wait(Context().with_timeout(300ms), [&] { return *count > 60; });
      },
      Error);
  int taken = 0;
  while (call->receive(patient())) ++taken;
  EXPECT_EQ(taken, 200);
}

TEST(GrpcConnection, ACallThatIsGivenUpEndsAtTheOtherSide) {
  Guarded<std::string> heard;
  Pair pair([&](const Context& context, Call& call) {
    try {
      while (const auto message = call.receive(context)) call.send(context, *message);
    } catch (const Error& e) {
      *heard.lock() = e.message();
      heard.notify();
    }
  });
  auto call = pair.client->call("/x/Wait");
  call->send(patient(), "hello");
  call->receive(patient());
  call.reset();
  auto text = heard.lock();
  text.wait(patient(), [&] { return !text->empty(); });
  EXPECT_THAT(*text, HasSubstr("broken off the call"));
}

TEST(GrpcConnection, AnEndOfTheConnectionEndsItsCalls) {
  Pair pair([](const Context& context, Call& call) { call.receive(context); });
  const auto call = pair.client->call("/x/Wait");
  std::jthread cut([&] { pair.server.reset(); });
  EXPECT_EQ(error_of([&] { call->receive(patient()); }).kind(), Kind::kUnavailable);
  cut.join();
  EXPECT_EQ(error_of([&] { pair.client->call("/x/Again"); }).kind(), Kind::kUnavailable);
}

TEST(GrpcConnection, AReceiverIsEndedByItsContext) {
  Pair pair([](const Context& context, Call& call) { call.receive(context); });
  const auto call = pair.client->call("/x/Wait");
  EXPECT_EQ(error_of([&] { call->receive(Context().with_timeout(10ms)); }).kind(), Kind::kTimeout);
}

TEST(GrpcConnection, WhatIsNoHttp2IsSaid) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const auto far = net::socket_stream(Fd(ends[0]), "engine");
  Connection connection(net::socket_stream(Fd(ends[1]), "engine"));
  const auto call = connection.call("/x/Wait");
  far->write_all(patient(), "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(error_of([&] { call->receive(patient()); }).kind(), Kind::kUnavailable);
}

}  // namespace
}  // namespace berth::grpc
