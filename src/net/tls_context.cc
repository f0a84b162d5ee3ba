#include <memory>
#include <utility>
#include <vector>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "base/error.h"
#include "net/certificate_text.h"
#include "net/tls.h"

namespace berth::net {

namespace {

constexpr std::size_t kReadAhead = std::size_t{64} << 10;

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

std::string openssl_reason() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return reason != nullptr ? reason : "unknown reason";
}

[[noreturn]] void refuse(const std::string& what) { throw Error(Kind::kInvalid, what + ": " + openssl_reason()); }

std::unique_ptr<BIO, Free> bio_of(const std::string& pem) {
  return std::unique_ptr<BIO, Free>(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

// All certificates of a PEM text, in order. Throws kInvalid when there is none or one is damaged.
std::vector<std::unique_ptr<X509, Free>> certificates(const std::string& pem, const std::string& what) {
  std::vector<std::unique_ptr<X509, Free>> result;
  const auto bio = bio_of(pem);
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) result.emplace_back(certificate);
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (result.empty() || !at_end) refuse("cannot read " + what + " as PEM");
  ERR_clear_error();
  return result;
}

void trust(SSL_CTX* context, const std::string& ca) {
  if (ca.empty()) {
    SSL_CTX_set_default_verify_paths(context);
    return;
  }
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  for (const auto& certificate : certificates(ca, "the CA certificate")) X509_STORE_add_cert(store, certificate.get());
}

// Never asks on the terminal: a key with a passphrase is refused.
int no_passphrase(char*, int, int, void*) { return 0; }

void identify(SSL_CTX* context, const TlsOptions& options) {
  if (options.cert.empty() && options.key.empty()) return;
  const auto chain = certificates(options.cert, "the certificate");
  if (SSL_CTX_use_certificate(context, chain[0].get()) != 1) refuse("cannot use the certificate");
  for (std::size_t i = 1; i < chain.size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context, chain[i].get()) != 1) refuse("cannot use the certificate's chain");
  }
  const std::unique_ptr<EVP_PKEY, Free> key(
      PEM_read_bio_PrivateKey(bio_of(options.key).get(), nullptr, no_passphrase, nullptr));
  if (!key) refuse("cannot read the private key as PEM without a passphrase");
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1) refuse("the private key does not belong to the certificate");
}

std::shared_ptr<SSL_CTX> make(const SSL_METHOD* method, const TlsOptions& options) {
  ERR_clear_error();
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(method), SSL_CTX_free);
  if (!context) throw Error(Kind::kInternal, "starting TLS: " + openssl_reason());
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // Many small records (an engine sends a log line in each) in one read of the socket, not two reads for each record.
  SSL_CTX_set_read_ahead(context.get(), 1);
  SSL_CTX_set_default_read_buffer_len(context.get(), kReadAhead);
  identify(context.get(), options);
  return context;
}

}  // namespace

TlsContext::TlsContext(std::shared_ptr<ssl_ctx_st> handle, std::string server_name)
    : handle_(std::move(handle)), server_name_(std::move(server_name)) {}

std::string TlsContext::certificate() const { return pem_of(SSL_CTX_get0_certificate(handle_.get())); }

TlsContext TlsContext::client(const TlsOptions& options) {
  auto context = make(TLS_client_method(), options);
  if (options.verify) {
    trust(context.get(), options.ca);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  }
  return TlsContext(std::move(context), options.server_name);
}

TlsContext TlsContext::server(const TlsOptions& options) {
  if (options.cert.empty()) throw Error(Kind::kInvalid, "a TLS server needs a certificate and its key");
  if (options.verify && options.ca.empty()) {
    throw Error(Kind::kInvalid, "a TLS server that verifies its clients needs the CA that signs their certificates");
  }
  auto context = make(TLS_server_method(), options);
  // Sessions are not resumed: our clients keep their connections.
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context.get(), 0);
  if (options.verify) {
    trust(context.get(), options.ca);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    // accept_tls() looks at them: OpenSSL has no way to be told of one more.
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context.get()), X509_V_FLAG_IGNORE_CRITICAL);
  }
  TlsContext result(std::move(context), {});
  result.understood_extension_ = options.understood_extension;
  return result;
}

}  // namespace berth::net
