#include "http/proxy.h"

#include <array>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "net/certificates_for_tests.h"
#include "net/listener.h"

namespace berth::http {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

const Context kPatient = Context().with_timeout(20s);

std::string proxied(const std::string& url, const std::string& no_proxy = "") {
  const auto proxy = proxy_for(*parse_url(url), Environment({{"HTTPS_PROXY", "proxy:3128"}, {"NO_PROXY", no_proxy}}));
  return proxy ? proxy->host + ":" + std::to_string(proxy->port) : "directly";
}

TEST(Proxy, IsForHttpsAndNeverForThisComputer) {
  EXPECT_EQ(proxied("https://api.example"), "proxy:3128");
  EXPECT_EQ(proxied("http://api.example"), "directly");
  EXPECT_EQ(proxied("https://localhost:5000"), "directly");
  EXPECT_EQ(proxied("https://127.0.0.9"), "directly");
  EXPECT_EQ(proxied("https://[::1]:5000"), "directly");
  EXPECT_FALSE(proxy_for(*parse_url("https://api.example"), Environment()));
}

TEST(Proxy, IsPassedByForWhatNoProxyNames) {
  EXPECT_EQ(proxied("https://api.example", "*"), "directly");
  EXPECT_EQ(proxied("https://api.example", "other, EXAMPLE"), "directly");
  EXPECT_EQ(proxied("https://badexample", "example"), "proxy:3128");
  EXPECT_EQ(proxied("https://example", ".example"), "proxy:3128");
  EXPECT_EQ(proxied("https://a.b.example", "*.example"), "directly");
  EXPECT_EQ(proxied("https://api.example", "api.example:443"), "directly");
  EXPECT_EQ(proxied("https://api.example:8443", "api.example:443"), "proxy:3128");
  EXPECT_EQ(proxied("https://10.1.2.3", "10.1.2.3"), "directly");
  EXPECT_EQ(proxied("https://10.1.2.3", "10.0.0.0/8"), "directly");
  EXPECT_EQ(proxied("https://10.1.2.3", "10.1.2.4/31,10.1.2.0/33,10/8"), "proxy:3128");
  EXPECT_EQ(proxied("https://[fd00::7]", "fd00::/8"), "directly");
  EXPECT_EQ(proxied("https://[fd00::7]:5000", "[fd00::7]:5000"), "directly");
}

TEST(Proxy, MayHaveSchemePortAndUser) {
  const auto of = [](const std::string& text) {
    return *proxy_for(*parse_url("https://api.example"), Environment({{"https_proxy", text}}));
  };
  EXPECT_EQ(of("http://p").port, 80);
  EXPECT_EQ(of("https://p").port, 443);
  EXPECT_TRUE(of("https://p:8443/").tls);
  EXPECT_EQ(of("http://ann:s%40cret@[fd00::1]:3128").host, "fd00::1");
  EXPECT_EQ(of("http://ann:s%40cret@[fd00::1]:3128").authorization, "Basic YW5uOnNAY3JldA==");
  try {
    of("socks5://ann:secret@p:1080");
    FAIL() << "accepted";
  } catch (const Error& e) {
    EXPECT_THAT(e.message(), HasSubstr("'socks5://p:1080', which is no http or https URL"));
  }
}

// A proxy for one connection: notes what it is asked, answers, and then talks as the host itself.
class OneProxy {
 public:
  OneProxy(const std::string& answer, std::function<void(std::unique_ptr<net::Stream>)> then = {})
      : listener_(net::Listener::tcp("127.0.0.1", 0)), thread_([this, answer, then] {
          auto stream = listener_.accept(kPatient);
          std::array<char, 1024> buffer;
          while (asked.find("\r\n\r\n") == std::string::npos) {
            asked.append(buffer.data(), stream->read_some(kPatient, buffer));
          }
          stream->write_all(kPatient, answer);
          if (then) then(std::move(stream));
        }) {}
  Environment environment() const {
    return Environment({{"HTTPS_PROXY", "http://ann:pw@127.0.0.1:" + std::to_string(listener_.port())}});
  }
  void end() { thread_.join(); }

  std::string asked;

 private:
  net::Listener listener_;
  std::jthread thread_;
};

TEST(Proxy, LeadsToTheHostWhichProvesItself) {
  const net::TestCa ca;
  const net::TestCertificate certificate = ca.issue("DNS:nowhere.invalid");
  OneProxy proxy("HTTP/1.1 200 Connection established\r\nContent-Length: 9\r\n\r\n",
                 [&](std::unique_ptr<net::Stream> stream) {
                   const auto secret = net::accept_tls(
                       kPatient, std::move(stream),
                       net::TlsContext::server({.cert = certificate.cert, .key = certificate.key, .verify = false}));
                   secret->write_all(kPatient, "through");
                 });
  const auto stream =
      dialer_of(*parse_url("https://nowhere.invalid:5000"), {.ca = ca.pem()}, proxy.environment())(kPatient);
  std::array<char, 16> buffer;
  EXPECT_EQ(std::string(buffer.data(), stream->read_some(kPatient, buffer)), "through");
  proxy.end();
  EXPECT_EQ(proxy.asked,
            "CONNECT nowhere.invalid:5000 HTTP/1.1\r\nHost: nowhere.invalid:5000\r\nUser-Agent: berth\r\n"
            "Proxy-Authorization: Basic YW5uOnB3\r\n\r\n");
}

TEST(Proxy, ItsRefusalSaysWhatToDo) {
  const auto refused = [](const std::string& answer) {
    OneProxy proxy(answer);
    try {
      dialer_of(*parse_url("https://nowhere.invalid"), {}, proxy.environment())(kPatient);
    } catch (const Error& e) {
      EXPECT_THAT(e.message(), Not(HasSubstr("pw")));
      return std::pair(e.kind(), e.message());
    }
    return std::pair(Kind::kInternal, std::string("accepted"));
  };
  EXPECT_EQ(refused("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n").first,
            Kind::kUnauthorized);
  const auto [kind, words] = refused("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(kind, Kind::kForbidden);
  EXPECT_THAT(words, HasSubstr("does not connect to 'nowhere.invalid:443': 403 Forbidden; NO_PROXY names"));
  EXPECT_EQ(refused("HTTP/1.1 200 OK\r\n\r\nSSH-2.0").first, Kind::kUnavailable);
  EXPECT_EQ(refused("").first, Kind::kUnavailable);
}

TEST(Proxy, ThatIsNotThereIsNamedAsAProxy) {
  const auto port = net::Listener::tcp("127.0.0.1", 0).port();  // free again
  const Environment environment({{"HTTPS_PROXY", "127.0.0.1:" + std::to_string(port)}});
  try {
    dialer_of(*parse_url("https://nowhere.invalid"), {}, environment)(kPatient);
    FAIL() << "connected";
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), Kind::kUnavailable);
    EXPECT_THAT(e.message(), HasSubstr("the proxy of HTTPS_PROXY: connecting to"));
  }
}

}  // namespace
}  // namespace berth::http
