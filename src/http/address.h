// Where an http or https URL leads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/environment.h"
#include "net/dial.h"

namespace berth::http {

// "https://registry.example.org:5000/v2/?n=1" taken apart.
struct Url {
  bool tls = true;
  std::string host;
  std::uint16_t port = 443;
  std::string target;  // path and query as they are written; empty where there is none

  // "host", or "host:port" where the port is not the scheme's own: as the Host header has it.
  std::string authority() const;
  bool same_origin(const Url& other) const { return tls == other.tls && host == other.host && port == other.port; }
};

// Why a text is no URL.
enum class UrlFault { kNone, kScheme, kPort, kHost };
// Nothing when it is no http or https URL; `fault` says why where it is asked for.
std::optional<Url> parse_url(std::string_view text, UrlFault* fault = nullptr);

// Whether a host is this computer itself: "localhost", what is below that name (RFC 6761 6.3), 127.0.0.0/8 and ::1.
bool is_loopback(const std::string& host);

// Connections to it, through the proxy that the environment names for it; `tls` says how where the URL asks for TLS.
// Throws what TlsContext::client and proxy_for do.
net::Dialer dialer_of(const Url& url, const net::TlsOptions& tls,
                      const Environment& environment = Environment::of_process());

}  // namespace berth::http
