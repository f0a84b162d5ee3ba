#include "net/tls.h"

#include <atomic>
#include <exception>
#include <mutex>
#include <utility>

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/error.h"
#include "net/certificate_text.h"

namespace berth::net {

namespace {

// What OpenSSL's callbacks see of the stream below. Its exceptions wait here until OpenSSL has returned.
struct Inner {
  std::unique_ptr<Stream> stream;
  std::exception_ptr error;
  bool ended = false;
};

int bio_read(BIO* bio, char* data, std::size_t size, std::size_t* got) {
  auto* inner = static_cast<Inner*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  try {
    const auto count = inner->stream->try_read({data, size});
    if (!count) {
      BIO_set_retry_read(bio);
      return 0;
    }
    inner->ended = *count == 0;
    *got = *count;
    return *count > 0 ? 1 : 0;
  } catch (...) {
    inner->error = std::current_exception();
    return 0;
  }
}

int bio_write(BIO* bio, const char* data, std::size_t size, std::size_t* put) {
  auto* inner = static_cast<Inner*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  try {
    *put = inner->stream->try_write({data, size});
    if (*put == 0) BIO_set_retry_write(bio);
    return *put > 0 ? 1 : 0;
  } catch (...) {
    inner->error = std::current_exception();
    return 0;
  }
}

long bio_control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return static_cast<Inner*>(BIO_get_data(bio))->ended ? 1 : 0;
  return 0;
}

// A BIO is OpenSSL's idea of a transport; this one is any Stream.
const BIO_METHOD* stream_bio() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_get_new_index(), "berth stream");
    BIO_meth_set_read_ex(made, bio_read);
    BIO_meth_set_write_ex(made, bio_write);
    BIO_meth_set_ctrl(made, bio_control);
    return made;
  }();
  return method;
}

bool is_ip_address(const std::string& host) {
  unsigned char buffer[sizeof(in6_addr)];
  return ::inet_pton(AF_INET, host.c_str(), buffer) == 1 || ::inet_pton(AF_INET6, host.c_str(), buffer) == 1;
}

// An SSL object is for one thread at a time, and here one may read while another writes: a mutex is held for each call
// of OpenSSL. None of them waits, as the stream below never does.
class TlsStream final : public Stream {
 public:
  TlsStream(std::unique_ptr<Stream> inner, const TlsContext& tls) : ssl_(SSL_new(tls.get()), SSL_free) {
    inner_.stream = std::move(inner);
    BIO* bio = BIO_new(stream_bio());
    if (!ssl_ || bio == nullptr) throw Error(Kind::kInternal, "starting TLS: out of memory");
    BIO_set_data(bio, &inner_);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);
  }

  ~TlsStream() override { close(); }

  // As the client: whom to ask for and whose certificate to accept.
  void expect(const std::string& host) {
    X509_VERIFY_PARAM* parameters = SSL_get0_param(ssl_.get());
    if (is_ip_address(host)) {
      X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str());
    } else {
      SSL_set_tlsext_host_name(ssl_.get(), host.c_str());
      X509_VERIFY_PARAM_set1_host(parameters, host.data(), host.size());
    }
    // Names are looked for where RFC 6125 and Go have them: subjectAltName only.
    X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  }

  void shake_hands(const Context& context, bool as_client) {
    if (as_client) {
      SSL_set_connect_state(ssl_.get());
    } else {
      SSL_set_accept_state(ssl_.get());
    }
    for (;;) {
      ERR_clear_error();
      const int result = SSL_do_handshake(ssl_.get());
      if (result == 1) return;
      const int code = SSL_get_error(ssl_.get(), result);
      if (code == SSL_ERROR_WANT_READ) {
        inner_.stream->wait_readable(context);
      } else if (code == SSL_ERROR_WANT_WRITE) {
        inner_.stream->wait_writable(context);
      } else {
        fail("TLS handshake with");
      }
    }
  }

  std::optional<std::size_t> try_read(std::span<char> buffer) override {
    const std::lock_guard lock(mutex_);
    if (broken_ && inner_.error) std::rethrow_exception(std::exchange(inner_.error, nullptr));
    ERR_clear_error();
    std::size_t got = 0;
    if (SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &got) == 1) {
      return got + read_what_waits(buffer.subspan(got));
    }
    const int code = SSL_get_error(ssl_.get(), 0);
    if (code == SSL_ERROR_ZERO_RETURN) return 0;
    if (code != SSL_ERROR_WANT_READ && code != SSL_ERROR_WANT_WRITE) fail("reading from");
    read_wants_write_ = code == SSL_ERROR_WANT_WRITE;
    return std::nullopt;
  }

  std::size_t try_write(std::string_view bytes) override {
    if (bytes.empty()) return 0;
    const std::lock_guard lock(mutex_);
    ERR_clear_error();
    std::size_t put = 0;
    if (SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &put) == 1) return put;
    const int code = SSL_get_error(ssl_.get(), 0);
    if (code == SSL_ERROR_WANT_READ || code == SSL_ERROR_WANT_WRITE) return 0;
    find_alert();
    fail("writing to");
  }

  void wait_readable(const Context& context) override {
    // Reading may first have to answer a key update (RFC 8446 4.6.3).
    if (read_wants_write_.exchange(false)) return inner_.stream->wait_writable(context);
    inner_.stream->wait_readable(context);
  }

  void shutdown_write(const Context& context) override {
    while (!try_close_notify()) inner_.stream->wait_writable(context);
  }

  void close() noexcept override {
    try {
      if (inner_.stream->write_fd() >= 0) try_close_notify();
    } catch (const Error&) {
      // The other side is gone, and so is who could be told.
    }
    inner_.stream->close();
  }

  int read_fd() const override { return inner_.stream->read_fd(); }
  int write_fd() const override { return inner_.stream->write_fd(); }
  std::string peer() const override { return inner_.stream->peer(); }
  PeerIdentity identity() const override { return {pem_of(SSL_get0_peer_certificate(ssl_.get())), std::nullopt}; }

  // As the server, after the handshake.
  void refuse_strange_extensions(const std::string& understood) const {
    const STACK_OF(X509)* chain = SSL_get0_verified_chain(ssl_.get());
    for (int i = 0; chain != nullptr && i < sk_X509_num(chain); ++i) {
      const std::string strange = strange_extension(sk_X509_value(chain, i), understood);
      if (strange.empty()) continue;
      throw Error(Kind::kUnauthorized, "the certificate of '" + peer() + "' has the critical extension " + strange +
                                           ", which is not understood here");
    }
  }

 private:
  // Bytes of more records that have come already. An error behind them is the next read's.
  std::size_t read_what_waits(std::span<char> buffer) {
    std::size_t total = 0;
    while (total < buffer.size() && SSL_has_pending(ssl_.get()) == 1) {
      std::size_t got = 0;
      if (SSL_read_ex(ssl_.get(), buffer.data() + total, buffer.size() - total, &got) == 1) {
        total += got;
        continue;
      }
      const int code = SSL_get_error(ssl_.get(), 0);
      if (code == SSL_ERROR_WANT_READ || code == SSL_ERROR_WANT_WRITE || code == SSL_ERROR_ZERO_RETURN) break;
      try {
        fail("reading from");
      } catch (const Error&) {
        inner_.error = std::current_exception();
      }
      break;
    }
    return total;
  }

  // Returns false when the stream below takes no bytes now.
  bool try_close_notify() {
    const std::lock_guard lock(mutex_);
    if (broken_ || !SSL_is_init_finished(ssl_.get()) || (SSL_get_shutdown(ssl_.get()) & SSL_SENT_SHUTDOWN) != 0)
      return true;
    ERR_clear_error();
    const int result = SSL_shutdown(ssl_.get());
    if (result >= 0) return true;
    const int code = SSL_get_error(ssl_.get(), result);
    if (code == SSL_ERROR_WANT_WRITE) return false;
    if (code == SSL_ERROR_WANT_READ) return true;
    find_alert();
    fail("ending the connection to");
  }

  // A server of TLS 1.3 refuses our certificate after the handshake: its alert is then among the bytes to be read, and
  // says more than that the connection is gone. Bytes of the other side's that come before it are kept.
  void find_alert() {
    const std::exception_ptr error = std::exchange(inner_.error, nullptr);
    char byte;
    std::size_t got = 0;
    ERR_clear_error();
    const bool alerted = SSL_peek_ex(ssl_.get(), &byte, 1, &got) != 1 &&
                         SSL_get_error(ssl_.get(), 0) == SSL_ERROR_SSL &&
                         ERR_GET_REASON(ERR_peek_last_error()) != SSL_R_UNEXPECTED_EOF_WHILE_READING;
    inner_.error = alerted ? nullptr : error;
  }

  [[noreturn]] void fail(const std::string& doing);

  Inner inner_;
  std::mutex mutex_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  std::atomic<bool> read_wants_write_ = false;
  bool broken_ = false;
};

// Turns OpenSSL's last error into ours; the mutex is held, or no other thread has the stream yet.
void TlsStream::fail(const std::string& doing) {
  broken_ = true;
  if (inner_.error) std::rethrow_exception(std::exchange(inner_.error, nullptr));
  const std::string what = doing + " '" + peer() + "': ";
  const unsigned long code = ERR_peek_last_error();
  const int reason = ERR_GET_REASON(code);
  const char* text = ERR_reason_error_string(code);
  ERR_clear_error();

  const long verdict = SSL_get_verify_result(ssl_.get());
  if (verdict != X509_V_OK && reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
    throw Error(Kind::kUnauthorized,
                what + "its certificate is not accepted: " + X509_verify_cert_error_string(verdict));
  }
  switch (reason) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
      throw Error(Kind::kUnavailable, what + "it does not speak TLS; connect without it");
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
      throw Error(Kind::kUnauthorized, what + "it showed no certificate");
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
      throw Error(Kind::kUnauthorized, what + "it asks for a client certificate; give one");
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
      throw Error(Kind::kUnauthorized, what + "it does not accept our certificate: " + text);
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
      throw Error(Kind::kUnavailable, what + "it broke off");
    default:
      throw Error(Kind::kUnavailable, what + (text != nullptr ? text : "it broke off"));
  }
}

}  // namespace

std::unique_ptr<Stream> start_tls(const Context& context, std::unique_ptr<Stream> inner, const TlsContext& tls,
                                  const std::string& host) {
  auto stream = std::make_unique<TlsStream>(std::move(inner), tls);
  stream->expect(tls.server_name().empty() ? host : tls.server_name());
  stream->shake_hands(context, true);
  return stream;
}

std::unique_ptr<Stream> accept_tls(const Context& context, std::unique_ptr<Stream> inner, const TlsContext& tls) {
  auto stream = std::make_unique<TlsStream>(std::move(inner), tls);
  stream->shake_hands(context, false);
  stream->refuse_strange_extensions(tls.understood_extension());
  return stream;
}

}  // namespace berth::net
