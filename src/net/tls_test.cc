#include "net/tls.h"

#include <array>
#include <chrono>
#include <functional>
#include <latch>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "base/error.h"
#include "net/certificates_for_tests.h"
#include "net/dial.h"
#include "net/listener.h"

namespace berth::net {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

const Context kPatient = Context().with_timeout(20s);

// One CA for the whole program: making keys takes a while.
const TestCa& ca() {
  static const TestCa made;
  return made;
}

const TestCertificate& server_certificate() {
  static const TestCertificate made = ca().issue("DNS:localhost,IP:127.0.0.1");
  return made;
}

const TestCertificate& client_certificate() {
  static const TestCertificate made = ca().issue("DNS:client");
  return made;
}

TlsOptions client_options() {
  return {.ca = ca().pem(), .cert = client_certificate().cert, .key = client_certificate().key};
}

TlsOptions server_options(bool verify = true) {
  return {.ca = ca().pem(), .cert = server_certificate().cert, .key = server_certificate().key, .verify = verify};
}

std::string read_to_end(Stream& stream) {
  std::string result;
  std::array<char, 4096> buffer;
  while (const std::size_t got = stream.read_some(kPatient, buffer)) result.append(buffer.data(), got);
  return result;
}

// Accepts one connection and talks as `talk` says; its errors are kept.
class TlsServer {
 public:
  using Talk = std::function<void(Stream&)>;
  explicit TlsServer(const TlsOptions& options, Talk talk = echo)
      : listener_(Listener::tcp("127.0.0.1", 0)), thread_([this, tls = TlsContext::server(options), talk] {
          try {
            talk(*accept_tls(kPatient, listener_.accept(kPatient), tls));
          } catch (const Error& e) {
            error_ = e.message();
          }
        }) {}

  std::uint16_t port() const { return listener_.port(); }
  const std::string& error() {
    thread_.join();
    return error_;
  }

  static void echo(Stream& stream) {
    const std::string told = read_to_end(stream);
    stream.write_all(kPatient, told + "bye");
    stream.shutdown_write(kPatient);
  }

 private:
  Listener listener_;
  std::string error_;
  std::jthread thread_;
};

Error thrown(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& e) {
    return e;
  }
  ADD_FAILURE() << "nothing was thrown";
  return Error(Kind::kInternal, "nothing was thrown");
}

// Connects, half-closes and reads what comes.
std::string talk_to(std::uint16_t port, const TlsOptions& options, const std::string& host = "127.0.0.1") {
  const auto stream = dial_tls(kPatient, host, port, TlsContext::client(options));
  stream->write_all(kPatient, "hello ");
  stream->shutdown_write(kPatient);
  return read_to_end(*stream);
}

TEST(Tls, AHalfClosedStreamCanStillBeRead) {
  TlsServer server(server_options());
  EXPECT_EQ(talk_to(server.port(), client_options()), "hello bye");
  EXPECT_EQ(server.error(), "");
}

TEST(Tls, TheNameInTheCertificateMayBeGiven) {
  TlsServer server(server_options());
  TlsOptions options = client_options();
  options.server_name = "localhost";
  EXPECT_EQ(talk_to(server.port(), options), "hello bye");
}

TEST(Tls, AnotherNameIsNotAccepted) {
  TlsServer server(server_options());
  TlsOptions options = client_options();
  options.server_name = "other";
  const Error error = thrown([&] { talk_to(server.port(), options); });
  EXPECT_EQ(error.kind(), Kind::kUnauthorized);
  EXPECT_THAT(error.message(), HasSubstr("its certificate is not accepted: hostname mismatch"));
}

TEST(Tls, AnotherCaIsNotAccepted) {
  const TestCa other;
  TlsServer server(server_options());
  TlsOptions options = client_options();
  options.ca = other.pem();
  EXPECT_EQ(thrown([&] { talk_to(server.port(), options); }).kind(), Kind::kUnauthorized);
}

TEST(Tls, WithoutVerificationAnyCertificateIsAccepted) {
  const TestCa other;
  TlsServer server(server_options());
  TlsOptions options = client_options();
  options.ca = other.pem();
  options.verify = false;
  EXPECT_EQ(talk_to(server.port(), options), "hello bye");
}

TEST(Tls, AClientsCriticalExtensionIsAcceptedOnlyWhereItIsUnderstood) {
  const TestCertificate limited = ca().issue("DNS:client", "2", "2.25.4711.1=critical,ASN1:UTF8String:little\n");
  const TlsOptions client = {.ca = ca().pem(), .cert = limited.cert, .key = limited.key};
  for (const char* understood : {"", "2.25.4711", "2.25.4711.1"}) {
    TlsOptions options = server_options();
    options.understood_extension = understood;
    std::string shown;
    TlsServer server(options, [&](Stream& stream) {
      shown = stream.identity().certificate;
      TlsServer::echo(stream);
    });
    const bool accepted = understood == std::string("2.25.4711.1");
    std::string said;
    try {
      said = talk_to(server.port(), client);
    } catch (const Error&) {
      // TLS 1.3's client learns of it afterwards.
    }
    EXPECT_EQ(said, accepted ? "hello bye" : "") << understood;
    EXPECT_EQ(shown, accepted ? limited.cert.substr(limited.cert.find("-----BEGIN")) : "");
    EXPECT_EQ(server.error().find("critical extension 2.25.4711.1") != std::string::npos, !accepted);
  }
}

TEST(Tls, AnExpiredCertificateIsNotAccepted) {
  const TestCertificate expired = ca().issue("IP:127.0.0.1", "-1");
  TlsServer server({.cert = expired.cert, .key = expired.key, .verify = false});
  const Error error = thrown([&] { talk_to(server.port(), client_options()); });
  EXPECT_THAT(error.message(), HasSubstr("certificate has expired"));
}

TEST(Tls, AServerThatAsksForAClientCertificateSaysSo) {
  TlsServer server(server_options());
  TlsOptions options = client_options();
  options.cert.clear();
  options.key.clear();
  const Error error = thrown([&] { talk_to(server.port(), options); });
  EXPECT_EQ(error.kind(), Kind::kUnauthorized);
  EXPECT_THAT(error.message(), HasSubstr("it asks for a client certificate"));
  EXPECT_THAT(server.error(), HasSubstr("it showed no certificate"));
}

TEST(Tls, AServerThatDoesNotSpeakTlsIsToldApart) {
  Listener listener = Listener::tcp("127.0.0.1", 0);
  std::jthread server([&] {
    const auto stream = listener.accept(kPatient);
    std::array<char, 4096> buffer;
    stream->read_some(kPatient, buffer);
    stream->write_all(kPatient, "HTTP/1.0 400 Bad Request\r\n\r\n");
  });
  const Error error = thrown([&] { talk_to(listener.port(), client_options()); });
  EXPECT_EQ(error.kind(), Kind::kUnavailable);
  EXPECT_THAT(error.message(), HasSubstr("it does not speak TLS"));
}

TEST(Tls, AConnectionCutOffIsNoEnd) {
  Listener listener = Listener::tcp("127.0.0.1", 0);
  std::jthread server([&] {
    const auto stream = listener.accept(kPatient);
    std::array<char, 1> byte;
    stream->read_some(kPatient, byte);
  });
  EXPECT_EQ(thrown([&] { talk_to(listener.port(), client_options()); }).kind(), Kind::kUnavailable);
}

TEST(Tls, ManySmallRecordsAreReadAtOnce) {
  std::latch written(1);
  TlsServer server(server_options(), [&](Stream& stream) {
    for (int i = 0; i < 100; ++i) stream.write_all(kPatient, "line\n");
    written.count_down();
    read_to_end(stream);
  });
  const auto stream = dial_tls(kPatient, "127.0.0.1", server.port(), TlsContext::client(client_options()));
  written.wait();
  // A busy system may still be handing some of them over.
  std::array<char, 4096> buffer;
  std::size_t got = 0;
  int reads = 0;
  for (; got < 500; ++reads) got += stream->read_some(kPatient, buffer);
  EXPECT_EQ(got, 500U);
  EXPECT_LT(reads, 50);
}

TEST(Tls, WhatCameBeforeACutIsReadFirst) {
  Listener listener = Listener::tcp("127.0.0.1", 0);
  std::jthread server([&] {
    const auto tls = TlsContext::server(server_options());
    const auto stream = accept_tls(kPatient, listener.accept(kPatient), tls);
    stream->write_all(kPatient, "last ");
    stream->write_all(kPatient, "words");
    ::shutdown(stream->write_fd(), SHUT_RDWR);  // without TLS's own farewell
  });
  const auto stream = dial_tls(kPatient, "127.0.0.1", listener.port(), TlsContext::client(client_options()));
  std::array<char, 4096> buffer;
  std::string read;
  while (read.size() < 10) read.append(buffer.data(), stream->read_some(kPatient, buffer));
  EXPECT_EQ(read, "last words");
  EXPECT_EQ(thrown([&] { stream->read_some(kPatient, buffer); }).kind(), Kind::kUnavailable);
}

TEST(Tls, ACancelEndsAHandshake) {
  Listener silent = Listener::tcp("127.0.0.1", 0);
  CancelSource source;
  std::jthread canceller([&] {
    const auto stream = silent.accept(kPatient);
    source.cancel();
  });
  const TlsContext tls = TlsContext::client(client_options());
  EXPECT_NE(thrown([&] { dial_tls(source.context(), "127.0.0.1", silent.port(), tls); }).kind(), Kind::kInternal);
}

TEST(Tls, OneThreadReadsWhileAnotherWrites) {
  static constexpr std::size_t kSize = 8 << 20;
  TlsServer server(server_options(), [](Stream& stream) {
    std::jthread writer([&] {
      stream.write_all(kPatient, std::string(kSize, 's'));
      stream.shutdown_write(kPatient);
    });
    EXPECT_EQ(read_to_end(stream).size(), std::size_t{kSize});
  });
  const auto stream = dial_tls(kPatient, "127.0.0.1", server.port(), TlsContext::client(client_options()));
  std::jthread writer([&] {
    stream->write_all(kPatient, std::string(kSize, 'c'));
    stream->shutdown_write(kPatient);
  });
  EXPECT_EQ(read_to_end(*stream).size(), std::size_t{kSize});
  EXPECT_EQ(server.error(), "");
}

TEST(TlsContext, RefusesAKeyThatDoesNotBelongToTheCertificate) {
  TlsOptions options = client_options();
  options.key = server_certificate().key;
  EXPECT_EQ(thrown([&] { TlsContext::client(options); }).kind(), Kind::kInvalid);
  options.key = "nonsense";
  EXPECT_THAT(thrown([&] { TlsContext::client(options); }).message(), HasSubstr("cannot read the private key"));
  options = client_options();
  options.ca = "nonsense";
  EXPECT_THAT(thrown([&] { TlsContext::client(options); }).message(), HasSubstr("cannot read the CA certificate"));
}

}  // namespace
}  // namespace berth::net
