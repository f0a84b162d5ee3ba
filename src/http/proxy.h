// The proxy that a user's environment names for the way out of a company's network.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/context.h"
#include "base/environment.h"
#include "http/address.h"
#include "net/stream.h"

namespace berth::http {

struct Proxy {
  bool tls = false;  // it is spoken to by TLS itself
  std::string host;
  std::uint16_t port = 0;
  std::string authorization;  // value of Proxy-Authorization; empty: none
};

// What HTTPS_PROXY (else https_proxy) names for an https URL, unless NO_PROXY (else no_proxy) has its host: "*",
// addresses, networks ("10.0.0.0/8"), names (which cover what is below them; with a leading dot only that), each with a
// port or without. Nothing for this computer's own addresses, and for http URLs, which are not asked for through a
// proxy. Source: golang.org/x/net/http/httpproxy, whose rules docker's programs have. Throws kInvalid for a proxy that
// is no http or https URL; what it says of a proxy has no password.
std::optional<Proxy> proxy_for(const Url& url, const Environment& environment);

// A connection to `host` through the proxy (RFC 9110 9.3.6). The proxy resolves the name. Throws kUnavailable when the
// proxy is not there or cannot reach the host, kUnauthorized when it wants other credentials, kForbidden when it
// refuses, kCancelled, kTimeout.
std::unique_ptr<net::Stream> dial_through(const Context& context, const Proxy& proxy, const std::string& host,
                                          std::uint16_t port);

}  // namespace berth::http
