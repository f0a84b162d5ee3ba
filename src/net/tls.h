// TLS on any stream, client and server side.
#pragma once

#include <memory>
#include <string>

#include "base/context.h"
#include "net/stream.h"

struct ssl_ctx_st;

namespace berth::net {

// What to prove and what to ask for. Certificates and keys are PEM text (chains: own certificate first).
struct TlsOptions {
  std::string ca;    // whom to trust; client side, empty: the system's CAs
  std::string cert;  // our own certificate, empty: none (a server needs one)
  std::string key;   // its private key
  // Client: check the server's certificate and name. Server: clients must show a certificate that `ca` signed.
  bool verify = true;
  // Client: name or IP address the certificate must be for, and the SNI; empty: the host that is dialled.
  std::string server_name;
  // Server: a critical extension of clients' certificates that the caller looks at itself, as an OID. A certificate
  // with any other that OpenSSL does not know is refused.
  std::string understood_extension;
};

// The parsed form of TlsOptions, for any number of connections. A value (copies share it), any thread.
class TlsContext {
 public:
  // Throw kInvalid when a certificate or key cannot be read or they do not belong together.
  static TlsContext client(const TlsOptions& options);
  static TlsContext server(const TlsOptions& options);

  const std::string& server_name() const { return server_name_; }
  const std::string& understood_extension() const { return understood_extension_; }
  // Our own certificate as PEM; empty when there is none.
  std::string certificate() const;
  ssl_ctx_st* get() const { return handle_.get(); }

 private:
  TlsContext(std::shared_ptr<ssl_ctx_st> handle, std::string server_name);
  std::shared_ptr<ssl_ctx_st> handle_;
  std::string server_name_;
  std::string understood_extension_;
};

// Shakes hands on `inner` as the client; `host` is whom the certificate must be for unless the context names another.
// TLS 1.2 or newer. Throws kUnauthorized when a side does not accept the other's certificate, kUnavailable when the
// other side does not speak TLS or breaks off, kCancelled, kTimeout.
std::unique_ptr<Stream> start_tls(const Context& context, std::unique_ptr<Stream> inner, const TlsContext& tls,
                                  const std::string& host);

// The same as the server.
std::unique_ptr<Stream> accept_tls(const Context& context, std::unique_ptr<Stream> inner, const TlsContext& tls);

}  // namespace berth::net
