#include "http/address.h"

#include <arpa/inet.h>

#include "base/strings.h"
#include "http/proxy.h"

namespace berth::http {

namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

}  // namespace

std::string Url::authority() const {
  const bool usual = port == (tls ? kHttpsPort : kHttpPort);
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return usual ? name : name + ":" + std::to_string(port);
}

std::optional<Url> parse_url(std::string_view text, UrlFault* fault) {
  const auto refuse = [&](UrlFault why) {
    if (fault != nullptr) *fault = why;
    return std::nullopt;
  };
  Url url;
  if (text.starts_with("https://")) {
    text.remove_prefix(8);
  } else if (text.starts_with("http://")) {
    text.remove_prefix(7);
    url.tls = false;
    url.port = kHttpPort;
  } else {
    return refuse(UrlFault::kScheme);
  }
  const std::size_t end = text.find_first_of("/?");
  std::string_view host = text.substr(0, end);
  if (end != std::string_view::npos) url.target = text.substr(end);
  const std::size_t colon = host.rfind(':');
  if (colon != std::string_view::npos && !host.ends_with(']')) {
    const auto port = parse_integer(host.substr(colon + 1));
    if (!port || *port < 1 || *port > UINT16_MAX) return refuse(UrlFault::kPort);
    url.port = static_cast<std::uint16_t>(*port);
    host = host.substr(0, colon);
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty()) return refuse(UrlFault::kHost);
  url.host = host;
  return url;
}

bool is_loopback(const std::string& host) {
  const std::string name = to_lower(host);
  if (name == "localhost" || name.ends_with(".localhost")) return true;
  in_addr v4{};
  if (::inet_pton(AF_INET, name.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
  in6_addr v6{};
  return ::inet_pton(AF_INET6, name.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

net::Dialer dialer_of(const Url& url, const net::TlsOptions& tls, const Environment& environment) {
  if (!url.tls) {
    return [host = url.host, port = url.port](const Context& context) { return net::dial_tcp(context, host, port); };
  }
  return [host = url.host, port = url.port, tls = net::TlsContext::client(tls),
          proxy = proxy_for(url, environment)](const Context& context) {
    if (!proxy) return net::dial_tls(context, host, port, tls);
    return net::start_tls(context, dial_through(context, *proxy, host, port), tls, host);
  };
}

}  // namespace berth::http
