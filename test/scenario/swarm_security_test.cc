// Who may do what with a pool of real engines, by certificates of each role; and what hostile clients of a manager
// meet.
#include <algorithm>
#include <array>
#include <ctime>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "base/strings.h"
#include "net/dial.h"
#include "net/listener.h"
#include "scenario/cli.h"
#include "scenario/engines.h"
#include "scenario/swarm.h"
#include "scenario/wire.h"

namespace berth::scenario {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

std::size_t count_of(std::string_view text, std::string_view what) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string_view::npos; at += what.size()) ++count;
  return count;
}

std::map<Generation, std::unique_ptr<Swarm>>& swarms() {
  static std::map<Generation, std::unique_ptr<Swarm>> all;
  return all;
}

std::uint16_t port_of(Generation generation) {
  static std::map<Generation, std::uint16_t> ports;
  auto& port = ports[generation];
  if (port == 0) port = net::Listener::tcp("127.0.0.1", 0).port();
  return port;
}

class Ending : public testing::Environment {
 public:
  void TearDown() override { swarms().clear(); }
};
const auto* const kEnding = testing::AddGlobalTestEnvironment(new Ending);

class SwarmSecurity : public testing::TestWithParam<Generation> {
 protected:
  void SetUp() override {
    if (const auto why = missing(GetParam())) GTEST_SKIP() << *why;
    auto& swarm = swarms()[GetParam()];
    if (!swarm) {
      write_file(revoked_file(), "nobody\n");
      swarm =
          std::make_unique<Swarm>(GetParam(), 2,
                                  std::vector<std::string>{"-H", address(), "--revoked", revoked_file().string(),
                                                           "--audit-log", audit_file().string(), "--log-format", "json",
                                                           "--rate-limit", "100", "--max-client-connections", "40"});
      swarm_ = swarm.get();
      cert({"ada", "--role", "read-only"});
      cert({"web", "--role", "operator", "--scope", "label=team=web"});
      cert({"seer", "--role", "read-only", "--scope", "label=team=web"});
      cert({"olga", "--role", "operator"});
      cert({"root", "--role", "admin"});
      cert({"leaver", "--role", "admin"});
      cert({"eager", "--role", "admin"});
    } else {
      swarm_ = swarm.get();
      swarm_->clear();
    }
  }

  Swarm& swarm() { return *swarm_; }
  std::string address() const { return "tcp://127.0.0.1:" + std::to_string(port_of(GetParam())); }
  Path folder_of(const std::string& who) { return swarm().lab().storage() / who; }
  void cert(std::vector<std::string> words) {
    words.insert(words.begin(), {"swarm", "cert"});
    const Output made = swarm().berth(words);
    ASSERT_TRUE(made.status.ok()) << made.err;
  }

  // As `who` by his certificate.
  Output as(const std::string& who, const std::vector<std::string>& words, const std::string& host = {}) {
    return swarm().docker(words, Generation::kOld,
                          {{"DOCKER_HOST", host.empty() ? address() : host},
                           {"DOCKER_TLS_VERIFY", "1"},
                           {"DOCKER_CERT_PATH", folder_of(who).string()}});
  }
  std::string text_as(const std::string& who, const std::vector<std::string>& words) {
    const Output output = as(who, words);
    EXPECT_TRUE(output.status.ok()) << who << " " << join(words, " ") << ": " << output.err;
    return std::string(trim(output.out));
  }
  std::string refusal_to(const std::string& who, const std::vector<std::string>& words) {
    const Output output = as(who, words);
    EXPECT_FALSE(output.status.ok() && output.err.empty()) << who << " " << join(words, " ") << ": " << output.out;
    return output.err;
  }
  std::string audit() { return read_file(audit_file()); }
  Path audit_file() {
    static const TemporaryFolder folder;
    return folder.path() / (GetParam() == Generation::kOld ? "old" : "new");
  }

  Path revoked_file() { return audit_file().string() + "-revoked"; }

  std::unique_ptr<net::Stream> dial_as(const std::string& who) {
    return net::dial_tls(soon(), "127.0.0.1", port_of(GetParam()), tls_of(folder_of(who)));
  }
  // What a manager says to these bytes, which end the connection.
  std::string say(std::string_view bytes) {
    const auto stream = net::dial_unix(soon(), Path(swarm().docker_host().substr(7)));
    stream->write_all(soon(), bytes);
    return heard(*stream);
  }

 private:
  Swarm* swarm_ = nullptr;
};

INSTANTIATE_TEST_SUITE_P(Engines, SwarmSecurity, testing::Values(Generation::kOld, Generation::kNew), name_of);

// --- roles

TEST_P(SwarmSecurity, AReaderLooksAndChangesNothing) {
  text_as("root", {"run", "-d", "--name", "web", "berth/test:1", "sleep", "600"});
  EXPECT_THAT(text_as("ada", {"ps", "--format", "{{.Names}}"}), HasSubstr("web"));
  EXPECT_EQ(text_as("ada", {"inspect", "web", "--format", "{{.State.Status}}"}), "running");
  text_as("ada", {"logs", "web"});
  text_as("ada", {"info"});
  text_as("ada", {"node", "ls"});
  for (const std::vector<std::string>& words : {std::vector<std::string>{"run", "-d", "berth/test:1"},
                                                {"stop", "web"},
                                                {"rm", "-f", "web"},
                                                {"exec", "web", "true"},
                                                {"cp", "web:/www/index.html", "-"},
                                                {"export", "web"},
                                                {"pull", "berth/test:1"},
                                                {"tag", "berth/test:1", "x"},
                                                {"rmi", "berth/test:2"},
                                                {"network", "create", "n"},
                                                {"volume", "create", "v"},
                                                {"commit", "web", "x"},
                                                {"container", "prune", "-f"},
                                                {"node", "update", "--availability", "drain", "node-1"}}) {
    EXPECT_THAT(refusal_to("ada", words), HasSubstr("has the role read-only")) << join(words, " ");
  }
  EXPECT_EQ(text_as("ada", {"inspect", "web", "--format", "{{.State.Status}}"}), "running");
}

TEST_P(SwarmSecurity, AnOperatorChangesContainersAndNoNodes) {
  text_as("olga", {"run", "-d", "--name", "web", "berth/test:1", "sleep", "600"});
  text_as("olga", {"exec", "web", "true"});
  text_as("olga", {"rm", "-f", "web"});
  EXPECT_THAT(refusal_to("olga", {"node", "update", "--availability", "drain", "node-1"}),
              HasSubstr("takes the role admin"));
  text_as("root", {"node", "update", "--availability", "drain", "node-2"});
  text_as("root", {"node", "update", "--availability", "active", "node-2"});
}

TEST_P(SwarmSecurity, ACertificateWithoutARoleIsAnAdminsAndOneOfAnotherAuthorityNobodys) {
  const Output machines = swarm().docker({"ps"}, Generation::kOld,
                                         {{"DOCKER_HOST", address()},
                                          {"DOCKER_TLS_VERIFY", "1"},
                                          {"DOCKER_CERT_PATH", (swarm().lab().storage() / "certs").string()}});
  EXPECT_TRUE(machines.status.ok()) << machines.err;
  const Output without = swarm().docker({"-H", address(), "--tls", "ps"});
  EXPECT_FALSE(without.status.ok());
}

TEST_P(SwarmSecurity, ARevokedCertificateIsRefusedFromThenOn) {
  text_as("leaver", {"ps"});
  write_file(revoked_file(), "leaver\n");
  wait_until(
      [&] { return as("leaver", {"ps"}).err.find("the certificate of 'leaver' is revoked") != std::string::npos; });
  text_as("ada", {"ps"});
}

TEST_P(SwarmSecurity, AnEngineRefusesACertificateThatHasARole) {
  const std::string engine = "tcp://" + swarm().lab().ip("node-1") + ":2376";
  const Output machines = swarm().docker({"ps"}, Generation::kOld,
                                         {{"DOCKER_HOST", engine},
                                          {"DOCKER_TLS_VERIFY", "1"},
                                          {"DOCKER_CERT_PATH", (swarm().lab().storage() / "certs").string()}});
  ASSERT_TRUE(machines.status.ok()) << machines.err;
  for (const char* who : {"ada", "web", "root"}) {
    const Output output = as(who, {"ps"}, engine);
    EXPECT_FALSE(output.status.ok());
    // With TLS 1.3 a client may meet the closed connection before it reads why.
    EXPECT_THAT(output.err, AnyOf(HasSubstr("certificate"), HasSubstr("connection reset"))) << who;
  }
}

// --- scopes

TEST_P(SwarmSecurity, AScopeHidesWhatIsNotInIt) {
  text_as("root", {"run", "-d", "--name", "others", "-v", "theirs:/data", "berth/test:1", "sleep", "600"});
  text_as("root", {"network", "create", "their-net"});
  text_as("web", {"run", "-d", "--name", "mine", "berth/test:1", "sleep", "600"});
  EXPECT_EQ(text_as("web", {"inspect", "mine", "--format", "{{.Config.Labels.team}}"}), "web");
  for (const char* who : {"web", "seer"}) {
    EXPECT_EQ(text_as(who, {"ps", "-a", "--format", "{{.Label \"team\"}}"}), "web");
    EXPECT_EQ(text_as(who, {"ps", "-aq", "--filter", "label=team=db"}), "");
    EXPECT_EQ(text_as(who, {"network", "ls", "-q"}), "");
    EXPECT_EQ(text_as(who, {"volume", "ls", "-q"}), "");
    for (const char* name : {"others", "node-1/others", "node-2/others"}) {
      EXPECT_THAT(refusal_to(who, {"inspect", "--type", "container", name}), HasSubstr("No such container"));
    }
    EXPECT_THAT(refusal_to(who, {"network", "inspect", "their-net"}), HasSubstr("not found"));
    EXPECT_THAT(refusal_to(who, {"volume", "inspect", "theirs"}), HasSubstr("no such volume"));
    EXPECT_THAT(text_as(who, {"events", "--since", "1h", "--until", std::to_string(std::time(nullptr) + 1), "--format",
                              "{{.Actor.Attributes.name}}"}),
                AllOf(HasSubstr("mine"), Not(HasSubstr("others"))));
  }
  const std::string id = swarm().docker_text({"inspect", "others", "--format", "{{.Id}}"});
  for (const std::vector<std::string>& words : {std::vector<std::string>{"stop", "others"},
                                                {"rm", "-f", id},
                                                {"exec", "others", "true"},
                                                {"cp", "others:/www/index.html", "-"},
                                                {"logs", id.substr(0, 12)},
                                                {"rename", "others", "x"},
                                                {"update", "--memory", "64m", "--memory-swap", "64m", "others"},
                                                {"network", "rm", "their-net"},
                                                {"volume", "rm", "theirs"},
                                                {"network", "connect", "their-net", "mine"},
                                                {"run", "-d", "--volumes-from", "others", "berth/test:1"},
                                                {"run", "-d", "--network", "container:others", "berth/test:1"},
                                                {"run", "-d", "--pid", "container:others", "berth/test:1"},
                                                {"run", "-d", "--network", "their-net", "berth/test:1"},
                                                {"run", "-d", "-v", "theirs:/x", "berth/test:1"},
                                                {"run", "-d", "--label", "team=db", "berth/test:1"}}) {
    refusal_to("web", words);
  }
  text_as("web", {"container", "prune", "-f"});
  text_as("web", {"volume", "prune", "-f"});
  text_as("web", {"network", "prune", "-f"});
  EXPECT_EQ(swarm().docker_text({"inspect", "others", "--format", "{{.State.Status}}"}), "running");
  swarm().docker_text({"volume", "inspect", "theirs"});
  swarm().docker_text({"network", "inspect", "their-net"});
  EXPECT_THAT(refusal_to("seer", {"rm", "-f", "mine"}), HasSubstr("has the role read-only"));
  text_as("web", {"rm", "-f", "mine"});
}

TEST_P(SwarmSecurity, AnExecOfAContainerOutsideTheScopeIsNotThere) {
  text_as("root", {"run", "-d", "--name", "others", "berth/test:1", "sleep", "600"});
  const std::string made =
      say("POST /containers/others/exec HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: "
          "application/json\r\nContent-Length: 16\r\n\r\n"
          "{\"Cmd\":[\"true\"]}");
  const std::size_t at = made.find("{\"Id\":\"");
  ASSERT_NE(at, std::string::npos) << made;
  const std::string exec = made.substr(at + 7, 64);
  const auto stream = dial_as("web");
  stream->write_all(soon(), "POST /exec/" + exec +
                                "/start HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
                                "Content-Length: 15\r\n\r\n{\"Detach\":true}");
  EXPECT_THAT(heard(*stream), StartsWith("HTTP/1.1 404 "));
}

TEST_P(SwarmSecurity, AScopeKeepsItsOwnerInContainersThatDoNotSeeTheirHost) {
  for (const std::vector<std::string>& flags :
       {std::vector<std::string>{"--privileged"},
        {"-v", "/:/host"},
        {"--mount", "type=bind,src=/,dst=/host"},
        {"--pid", "host"},
        {"--ipc", "host"},
        {"--network", "host"},
        {"--uts", "host"},
        {"--userns", "host"},
        {"--cap-add", "SYS_ADMIN"},
        {"--device", "/dev/null"},
        {"--security-opt", "seccomp=unconfined"},
        {"--mount", "type=volume,src=x,dst=/x,volume-opt=type=none,volume-opt=o=bind,volume-opt=device=/"}}) {
    std::vector<std::string> words = {"run", "-d"};
    words.insert(words.end(), flags.begin(), flags.end());
    words.insert(words.end(), {"berth/test:1", "sleep", "600"});
    EXPECT_THAT(refusal_to("web", words), HasSubstr("not allowed to a certificate with a scope")) << join(flags, " ");
  }
  text_as("web", {"volume", "create", "data"});
  text_as("web", {"network", "create", "front"});
  text_as("web",
          {"run",      "-d",   "--name",    "mine",         "-v",           "data:/data", "--network", "front",
           "--memory", "64m",  "--restart", "no",           "--health-cmd", "true",       "-p",        "18080:80",
           "--tmpfs",  "/run", "--init",    "berth/test:1", "sleep",        "600"});
  EXPECT_THAT(refusal_to("web", {"exec", "--privileged", "mine", "true"}), HasSubstr("not allowed"));
  text_as("web", {"exec", "mine", "true"});
  for (const std::vector<std::string>& words : {std::vector<std::string>{"rmi", "berth/test:2"},
                                                {"tag", "berth/test:1", "x"},
                                                {"commit", "mine", "x"},
                                                {"system", "df"},
                                                {"node", "ls"}}) {
    EXPECT_THAT(refusal_to("web", words), HasSubstr("with a scope")) << join(words, " ");
  }
}

// --- audit

TEST_P(SwarmSecurity, EachChangeIsToldWithoutSecrets) {
  const std::size_t before = audit().size();
  text_as("web", {"run", "-d", "--name", "mine", "-e", "TOKEN=hunter2", "-e", "constraint:node==node-2", "berth/test:1",
                  "sleep", "600"});
  refusal_to("ada", {"rm", "-f", "mine"});
  swarm().docker_text({"rm", "-f", "mine"});
  const std::string told = audit().substr(before);
  EXPECT_THAT(told, Not(HasSubstr("hunter2")));
  EXPECT_THAT(told, HasSubstr(R"("who":"web","role":"operator","scope":["team=web"])"));
  std::vector<json::value> lines;
  for (const std::string& line : split(trim(told), '\n')) lines.push_back(parse_json(line));
  const auto has = [&](const std::string& who, const std::string& method, const std::string& object,
                       std::int64_t status) {
    return std::any_of(lines.begin(), lines.end(), [&](const json::value& line) {
      return text_of(line, "who") == who && text_of(line, "method") == method && text_of(line, "object") == object &&
             integer_of(line, "status") == status;
    });
  };
  EXPECT_TRUE(has("web", "POST", "mine", 201)) << told;
  EXPECT_TRUE(has("ada", "DELETE", "mine", 403)) << told;
  EXPECT_TRUE(has("uid 0", "DELETE", "mine", 204)) << told;
  EXPECT_THAT(told, HasSubstr(R"("nodes":["node-2"])"));
  EXPECT_THAT(swarm().log(), AllOf(HasSubstr(R"("level":"info","msg":")"), Not(HasSubstr("hunter2"))));
}

TEST_P(SwarmSecurity, WhatAManagerMovesByItselfIsToldToo) {
  text_as("root", {"run", "-d", "--name", "web", "-e", "constraint:node==~node-2", "berth/test:1", "sleep", "600"});
  const std::size_t before = audit().size();
  text_as("root", {"node", "update", "--availability", "drain", "node-2"});
  wait_until([&] { return audit().find(R"("method":"MOVE")", before) != std::string::npos; });
  text_as("root", {"node", "update", "--availability", "active", "node-2"});
  EXPECT_THAT(audit().substr(before),
              HasSubstr(R"("who":"manager","role":"manager","from":"","method":"MOVE","path":"/containers/web",)"
                        R"("object":"web","nodes":["node-2","node-1"],"status":200)"));
}

// --- limits

TEST_P(SwarmSecurity, AClientThatAsksTooOftenIsToldToWait) {
  const auto stream = dial_as("eager");
  std::string all;
  for (int i = 0; i < 700; ++i) all += "GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n";
  all += "GET /_ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  const std::jthread writing([&] { stream->write_all(soon(), all); });
  const std::string answers = heard(*stream);
  EXPECT_THAT(answers, AllOf(HasSubstr("HTTP/1.1 200 OK"), HasSubstr("HTTP/1.1 429 "), HasSubstr("Retry-After: 1")));
  wait_until([&] { return audit().find("\"status\":429") != std::string::npos; });
  text_as("ada", {"ps"});  // each has his own share
  const std::string local = say(all);
  EXPECT_EQ(count_of(local, "HTTP/1.1 200 OK"), 701U);
}

// A manager of its own, which many clients at once keep waiting in every way there is.
TEST_P(SwarmSecurity, SlowClientsKeepNobodyElseWaitingAndAreLetGo) {
  const std::uint16_t port = net::Listener::tcp("127.0.0.1", 0).port();
  const std::string address = "tcp://127.0.0.1:" + std::to_string(port);
  Swarm slow(GetParam(), 1, {"-H", address, "--no-tls", "--write-timeout", "1s"});
  const auto threads = [&] {
    const std::string status = read_file("/proc/" + std::to_string(slow.manager()) + "/status");
    const std::size_t at = status.find("Threads:") + 8;
    return parse_integer(trim(std::string_view(status).substr(at, status.find('\n', at) - at))).value_or(0);
  };
  const std::int64_t before = threads();
  std::vector<std::unique_ptr<net::Stream>> streams;
  const auto open = [&](std::size_t number, const std::string& begin) {
    for (std::size_t i = 0; i < number; ++i) {
      streams.push_back(net::dial_tcp(soon(), "127.0.0.1", port));
      streams.back()->write_all(soon(), begin);
    }
  };
  open(200, "GET /info HTTP/1.1\r\nHost: x\r\nX-Half: ");
  open(100, "POST /containers/create HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n{");
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += "GET /info HTTP/1.1\r\nHost: x\r\n\r\n";
  std::vector<std::jthread> asking;  // and never reads an answer
  for (int i = 0; i < 8; ++i) {
    streams.push_back(net::dial_tcp(soon(), "127.0.0.1", port));
    asking.emplace_back([&many, stream = streams.back().get()] {
      try {
        stream->write_all(soon(), many);
      } catch (const Error&) {
        // It was closed.
      }
    });
  }
  wait_until([&] { return threads() >= before + 300; });
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(slow.docker({"-H", address, "ps"}).status.ok());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
  // Half heads have ten seconds, who does not read one; bodies a minute.
  wait_until([&] { return threads() < before + 110; });
  EXPECT_THAT(heard(*streams.front()), StartsWith("HTTP/1.1 408 "));
  streams.erase(streams.begin() + 200, streams.begin() + 300);
  wait_until([&] { return threads() < before + 10; });
}

TEST_P(SwarmSecurity, BodiesAndConnectionsAreLimited) {
  EXPECT_THAT(say("POST /containers/create HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n"),
              StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(say("GET /" + std::string(70'000, 'x') + " HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 431 "));
  std::vector<std::unique_ptr<net::Stream>> idle;
  for (int i = 0; i < 60; ++i) idle.push_back(net::dial_tcp(soon(), "127.0.0.1", port_of(GetParam())));
  EXPECT_EQ(heard(*idle.back()), "") << "closed, not kept waiting";
  EXPECT_TRUE(swarm().docker({"ps"}).status.ok()) << "the socket is another door";
  idle.clear();
  wait_until([&] { return as("ada", {"ps"}).status.ok(); });
}

// --- request smuggling

TEST_P(SwarmSecurity, NoRequestHidesInAnother) {
  swarm().docker_text({"run", "-d", "--name", "victim", "berth/test:1", "sleep", "600"});
  const std::string hidden = "DELETE /containers/victim?force=1 HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::string size = std::to_string(hidden.size());
  const std::string begin = "POST /containers/create HTTP/1.1\r\nHost: x\r\n";
  const std::vector<std::string> requests = {
      begin + "Content-Length: " + size + "\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
      begin + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + hidden,
      begin + "Content-Length: 0\r\nContent-Length: " + size + "\r\n\r\n" + hidden,
      begin + "Content-Length: 0\r\nContent-Length: 0\r\n\r\n" + hidden,
      begin + "Content-Length: +0\r\n\r\n" + hidden,
      begin + "Content-Length: -1\r\n\r\n" + hidden,
      begin + "Content-Length: 0x0\r\n\r\n" + hidden,
      begin + "Content-Length: 0, 0\r\n\r\n" + hidden,
      begin + "Content-Length:\r\n\r\n" + hidden,
      begin + "Content-Length : 0\r\n\r\n" + hidden,
      begin + "Content-Length: 99999999999999999999\r\n\r\n" + hidden,
      begin + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + hidden,
      begin + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + hidden,
      begin + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + hidden,
      begin +
          "Transfer-Encoding:\x0b"
          "chunked\r\n\r\n0\r\n\r\n" +
          hidden,
      begin + "X: y\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
      begin + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" + hidden,
      begin + "X: a\nContent-Length: 0\r\n\r\n" + hidden,
      begin + std::string("X: a\0b\r\nContent-Length: 0\r\n\r\n", 29) + hidden,
      begin + "Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n" + hidden,
      begin + "Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n" + hidden,
      begin + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n\r\n" + hidden,
      begin + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}XX0\r\n\r\n" + hidden,
      begin + "Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n" + hidden,
      begin + "Host: y\r\nContent-Length: 0\r\n\r\n" + hidden,
      "POST /containers/create HTTP/1.1\r\nContent-Length: 0\r\n\r\n" + hidden,
      "POST /containers/create HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
      "POST  /containers/create HTTP/1.1\r\nHost: x\r\n\r\n" + hidden,
      "GET http://x/info HTTP/1.1\r\nHost: x\r\nContent-Length: 0 \x01\r\n\r\n" + hidden,
  };
  for (const std::string& request : requests) {
    const std::string answer = say(request);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 4")) << request;
    EXPECT_EQ(count_of(answer, "HTTP/1.1 "), 1U) << request << "\n" << answer;
  }
  // A name cannot become another request to an engine.
  for (const char* target : {"/distribution/x%3F/json", "/distribution/x%0d%0aHost:%20y%0d%0a%0d%0a/json",
                             "/distribution/x%20HTTP%2f1.1/json", "/distribution/..%2fcontainers%2fvictim/json"}) {
    const std::string answer = say("GET " + std::string(target) + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(answer, Not(HasSubstr("\"Id\""))) << target;
    EXPECT_EQ(count_of(answer, "HTTP/1.1 "), 1U) << answer;
  }
  EXPECT_EQ(swarm().docker_text({"inspect", "victim", "--format", "{{.State.Status}}"}), "running");
}

// --- attach by WebSocket

// A masked frame of a client; RFC 6455 5.2.
std::string frame_of(unsigned char opcode, std::string_view text) {
  std::string frame = {static_cast<char>(0x80 | opcode), static_cast<char>(0x80 | text.size()), 1, 2, 3, 4};
  for (std::size_t i = 0; i < text.size(); ++i) frame += static_cast<char>(text[i] ^ static_cast<char>(1 + i % 4));
  return frame;
}

// Payloads of short frames of a server, joined.
std::string payloads(std::string_view bytes) {
  std::string text;
  while (bytes.size() >= 2) {
    const auto size = static_cast<std::size_t>(bytes[1] & 0x7f);
    if (bytes.size() < 2 + size) break;
    if ((bytes[0] & 0x0f) <= 2) text += bytes.substr(2, size);
    bytes.remove_prefix(2 + size);
  }
  return text;
}

TEST_P(SwarmSecurity, AContainerIsAttachedByWebSocket) {
  swarm().docker_text({"run", "-d", "-i", "--name", "echo", "--label", "team=web", "berth/test:1", "cat"});
  const std::string handshake =
      "GET /v1.41/containers/echo/attach/ws?stream=1&stdin=1&stdout=1 HTTP/1.1\r\nHost: manager\r\n"
      "Connection: Upgrade\r\nUpgrade: websocket\r\nOrigin: http://manager\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  const auto stream = dial_as("web");
  stream->write_all(soon(), handshake);
  std::string got;
  std::array<char, 4096> buffer;
  const auto read_more = [&] {
    const std::size_t size = stream->read_some(soon(), buffer);
    got.append(buffer.data(), size);
    return size > 0;
  };
  while (got.find("\r\n\r\n") == std::string::npos && read_more()) {
  }
  EXPECT_THAT(got, StartsWith("HTTP/1.1 101 "));
  EXPECT_THAT(to_lower(got), AllOf(HasSubstr("upgrade: websocket"), HasSubstr("connection: upgrade"),
                                   HasSubstr("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=")));
  got.erase(0, got.find("\r\n\r\n") + 4);
  stream->write_all(soon(), frame_of(1, "hello\n"));
  while (payloads(got).find("hello\n") == std::string::npos && read_more()) {
  }
  EXPECT_THAT(payloads(got), HasSubstr("hello\n"));
  stream->write_all(soon(), frame_of(8, "\x03\xe8"));
  heard(*stream);

  const auto reader = dial_as("ada");
  reader->write_all(soon(), handshake);
  EXPECT_EQ(reader->read_some(soon(), buffer) > 12 ? std::string(buffer.data(), 12) : "", "HTTP/1.1 403");
}

}  // namespace
}  // namespace berth::scenario
