// The client against an engine of our own that misbehaves.
#include "engine/client.h"

#include <array>
#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/guarded.h"
#include "engine/json.h"
#include "http/server.h"
#include "http/url.h"
#include "net/listener.h"

namespace berth::engine {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

// Answers /_ping itself, and everything else as the test says. Can be stopped and started again at its place.
class FakeEngine {
 public:
  using Answer = std::function<void(const Context&, http::Exchange&, const http::Target&)>;

  explicit FakeEngine(Answer answer, std::string version = "1.51")
      : answer_(std::move(answer)), version_(std::move(version)) {
    start();
  }

  void start() {
    server_.emplace(net::Listener::unix_socket(path()), [this](const Context& context, http::Exchange& exchange) {
      const auto target = http::parse_target(exchange.request().target);
      if (target->path == "/_ping") {
        exchange.respond(context, 200, "OK", {{"Api-Version", version_}, {"Ostype", "linux"}});
      } else {
        answer_(context, exchange, *target);
      }
    });
  }
  void stop() { server_.reset(); }

  std::string host() const { return "unix://" + path().string(); }

 private:
  Path path() const { return folder_.path() / "engine.sock"; }

  TemporaryFolder folder_;
  Answer answer_;
  std::string version_;
  std::optional<http::Server> server_;
};

const Context kPatient = Context().with_timeout(60s);

Error thrown(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& e) {
    return e;
  }
  ADD_FAILURE() << "nothing was thrown";
  return Error(Kind::kInternal, "");
}

FakeEngine::Answer always(int status, std::string body) {
  return [status, body = std::move(body)](const Context& context, http::Exchange& exchange, const http::Target&) {
    exchange.respond(context, status, body);
  };
}

Error listing(const FakeEngine& engine) {
  Client client(endpoint_of(engine.host()));
  return thrown([&] { client.list_containers(kPatient); });
}

std::string event(int number) {
  return encode(Event{.type = "container",
                      .action = "start",
                      .actor_id = std::to_string(number),
                      .time = Time(std::chrono::seconds(1'000 + number))}) +
         "\n";
}

TEST(Client, SaysThatItIsTheEngineWhichBreaksOff) {
  TemporaryFolder folder;
  const Path socket = folder.path() / "engine.sock";
  net::Listener listener = net::Listener::unix_socket(socket);
  std::jthread engine([&] {
    const auto stream = listener.accept(kPatient);
    std::array<char, 4096> buffer;
    stream->read_some(kPatient, buffer);
  });
  Client client(endpoint_of("unix://" + socket.string()));
  const Error error = thrown([&] { client.ping(kPatient); });
  EXPECT_EQ(error.kind(), Kind::kUnavailable);
  EXPECT_EQ(error.message(), "pinging the engine: the engine at 'unix://" + socket.string() +
                                 "' broke off the connection in the middle of the head");
}

TEST(Client, TellsTheEnginesErrorsInItsWords) {
  Error error = listing(FakeEngine(always(500, R"({"message":"disk is full"})")));
  EXPECT_EQ(error.kind(), Kind::kInternal);
  EXPECT_EQ(error.message(), "listing containers: disk is full");
  error = listing(FakeEngine(always(404, "page not found\n")));
  EXPECT_EQ(error.kind(), Kind::kNotFound);
  EXPECT_EQ(error.message(), "listing containers: page not found");
  EXPECT_THAT(listing(FakeEngine(always(503, ""))).message(), HasSubstr("status 503"));
  EXPECT_THAT(listing(FakeEngine(always(302, ""))).message(), HasSubstr("is there really a Docker Engine"));
}

TEST(Client, GarbageIsAnError) {
  EXPECT_EQ(listing(FakeEngine(always(200, "<html>"))).kind(), Kind::kInternal);
  EXPECT_EQ(listing(FakeEngine(always(200, "{}"))).kind(), Kind::kInternal);
  EXPECT_EQ(listing(FakeEngine(always(200, "[{\"Id\":"))).kind(), Kind::kInternal);
}

TEST(Client, AnEngineThatIsntThereIsSaidHowToGet) {
  TemporaryFolder folder;
  Client client(endpoint_of("unix://" + (folder.path() / "none.sock").string()));
  const Error error = thrown([&] { client.ping(kPatient); });
  EXPECT_EQ(error.kind(), Kind::kUnavailable);
  EXPECT_THAT(error.message(), HasSubstr("none.sock"));
  EXPECT_THAT(error.message(), HasSubstr("berth machine create -d local dev"));
}

TEST(Client, SpeaksTheVersionThatBothKnow) {
  const auto version_for = [](const std::string& engines) {
    std::string asked;
    FakeEngine engine(
        [&](const Context& context, http::Exchange& exchange, const http::Target& target) {
          asked = target.path;
          exchange.respond(context, 200, "[]");
        },
        engines);
    Client(endpoint_of(engine.host())).list_containers(kPatient);
    return asked;
  };
  EXPECT_EQ(version_for("1.41"), "/v1.41/containers/json");
  EXPECT_EQ(version_for("1.99"), "/v1.51/containers/json");
  FakeEngine ancient(always(200, "[]"), "1.18");
  EXPECT_EQ(listing(ancient).kind(), Kind::kUnsupported);
}

TEST(Client, ASlowEngineIsNotWaitedForBeyondTheDeadline) {
  FakeEngine engine([](const Context& context, http::Exchange&, const http::Target&) { context.sleep_for(1h); });
  Client client(endpoint_of(engine.host()));
  EXPECT_EQ(thrown([&] { client.list_containers(Context().with_timeout(50ms)); }).kind(), Kind::kTimeout);
}

TEST(Client, AStreamThatBreaksOffIsAnError) {
  FakeEngine engine([](const Context& context, http::Exchange& exchange, const http::Target&) {
    exchange.start(context, {.status = 200});
    exchange.write(context, R"({"status":"Downloading"})");
    throw Error(Kind::kInternal, "breaks off");
  });
  Client client(endpoint_of(engine.host()));
  ProgressStream progress = client.pull_image(kPatient, "redis");
  EXPECT_EQ(progress.next(kPatient)->status, "Downloading");
  const Error error = thrown([&] { progress.next(kPatient); });
  EXPECT_EQ(error.kind(), Kind::kUnavailable);
  EXPECT_THAT(error.message(), HasSubstr("pulling image 'redis'"));
}

TEST(Client, APullAsksForTheTagOrDigest) {
  Guarded<std::vector<std::string>> asked;
  FakeEngine engine([&](const Context& context, http::Exchange& exchange, const http::Target& target) {
    asked.lock()->push_back(target.get("fromImage") + " " + target.get("tag"));
    exchange.respond(context, 200, "");
  });
  Client client(endpoint_of(engine.host()));
  const std::string digest = "sha256:" + std::string(64, 'a');
  for (const std::string& name : {std::string("redis"), std::string("quay.io/a/b:2"), "redis:7@" + digest}) {
    client.pull_image(kPatient, name).finish(kPatient);
  }
  EXPECT_THAT(*asked.lock(), ElementsAre("redis latest", "quay.io/a/b 2", "redis " + digest));
}

// An engine with a history of events that sends those from `since` on and then breaks off.
class BreakingEvents {
 public:
  void operator()(const Context& context, http::Exchange& exchange, const http::Target& target) {
    const std::string since = target.get("since");
    const std::string until = target.get("until");
    // One answer is from one moment: a test may change `oldest` while it is written.
    const int first = oldest;
    const int end = first + 3 + ++connections;
    exchange.start(context, {.status = 200});
    for (int number = first; number < end; ++number) {
      const std::string time = std::to_string(1'000 + number) + ".000000000";
      if (!since.empty() && time < since) continue;
      if (!until.empty() && time > until) continue;
      exchange.write(context, event(number));
    }
  }
  std::atomic<int> connections = 0;
  std::atomic<int> oldest = 0;
};

TEST(Events, AreToldOnceEachAcrossBreaks) {
  BreakingEvents history;
  FakeEngine engine(std::ref(history));
  Client client(endpoint_of(engine.host()));
  EventStream events = client.events(kPatient, {.since = Time(std::chrono::seconds(1'000))});
  for (int number = 0; number < 20; ++number) {
    const auto next = events.next(kPatient);
    ASSERT_TRUE(next.has_value());
    EXPECT_FALSE(next->is_gap);
    EXPECT_EQ(next->actor_id, std::to_string(number));
  }
}

TEST(Events, AGapIsToldWhenTheEngineForgot) {
  BreakingEvents history;
  FakeEngine engine(std::ref(history));
  Client client(endpoint_of(engine.host()));
  EventStream events = client.events(kPatient, {.since = Time(std::chrono::seconds(1'000))});
  for (int number = 0; number < 4; ++number) EXPECT_FALSE(events.next(kPatient)->is_gap);
  history.oldest = 50;
  EXPECT_TRUE(events.next(kPatient)->is_gap);
  EXPECT_EQ(events.next(kPatient)->actor_id, "50");
}

TEST(Events, AreFollowedWhenTheEngineComesBack) {
  BreakingEvents history;
  FakeEngine engine(std::ref(history));
  Client client(endpoint_of(engine.host()));
  EventStream events = client.events(kPatient, {.since = Time(std::chrono::seconds(1'000))});
  for (int number = 0; number < 4; ++number) events.next(kPatient);
  engine.stop();
  EXPECT_EQ(thrown([&] { events.next(Context().with_timeout(200ms)); }).kind(), Kind::kTimeout);
  engine.start();
  EXPECT_EQ(events.next(kPatient)->actor_id, "4");
}

TEST(Events, AreGivenUpWhenTheEngineStaysAwayForLongerThanAllowed) {
  FakeEngine engine(always(200, ""));
  Client client(endpoint_of(engine.host()));
  EventStream events = client.events(kPatient, {.patience = 100ms});
  engine.stop();
  EXPECT_EQ(thrown([&] { events.next(kPatient); }).kind(), Kind::kUnavailable);
}

TEST(Events, WithoutResumeABreakIsAnError) {
  FakeEngine engine(always(200, ""));
  Client client(endpoint_of(engine.host()));
  EventStream events = client.events(kPatient, {.resume = false});
  EXPECT_EQ(thrown([&] { events.next(kPatient); }).kind(), Kind::kUnavailable);
}

TEST(Events, ThatAreRefusedAreNotAskedForAgain) {
  FakeEngine engine(always(400, R"({"message":"invalid filter"})"));
  Client client(endpoint_of(engine.host()));
  EXPECT_EQ(thrown([&] { client.events(kPatient); }).message(), "following events: invalid filter");
}

}  // namespace
}  // namespace berth::engine
