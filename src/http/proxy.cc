#include "http/proxy.h"

#include <string_view>
#include <vector>

#include <arpa/inet.h>

#include "base/error.h"
#include "base/strings.h"
#include "http/incoming.h"
#include "http/url.h"
#include "http/wire.h"
#include "net/dial.h"

namespace berth::http {

namespace {

constexpr std::size_t kHeadLimit = std::size_t{64} << 10;

// An IP address as its bytes: 4 or 16. Empty for a name.
std::vector<unsigned char> address_of(const std::string& text) {
  std::vector<unsigned char> bytes(16);
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return bytes;
  bytes.resize(4);
  if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return bytes;
  return {};
}

bool in_network(const std::string& host, const std::string& network, std::string_view bits) {
  const auto address = address_of(host);
  const auto base = address_of(network);
  const auto length = parse_integer(bits);
  if (address.empty() || address.size() != base.size() || !length || *length < 0) return false;
  if (*length > static_cast<std::int64_t>(address.size()) * 8) return false;
  for (std::size_t i = 0; i < static_cast<std::size_t>(*length); ++i) {
    const unsigned mask = 0x80U >> (i % 8);
    if (((address[i / 8] ^ base[i / 8]) & mask) != 0) return false;
  }
  return true;
}

// Whether one word of NO_PROXY is about the URL.
bool covers(std::string_view word, const Url& url) {
  if (word == "*") return true;
  const std::string host = to_lower(url.host);
  std::string name = to_lower(word);
  if (const std::size_t slash = name.find('/'); slash != std::string::npos) {
    return in_network(host, name.substr(0, slash), std::string_view(name).substr(slash + 1));
  }
  const std::size_t colon = name.rfind(':');
  const bool has_port = colon != std::string::npos && (name.find(':') == colon || name[colon - 1] == ']');
  if (has_port) {
    if (name.substr(colon + 1) != std::to_string(url.port)) return false;
    name.resize(colon);
  }
  if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
  if (const auto address = address_of(name); !address.empty()) return address == address_of(host);
  if (name.starts_with("*.")) name.erase(0, 1);
  if (name.empty()) return false;
  if (name.starts_with('.')) return host.ends_with(name);
  return host == name || host.ends_with("." + name);
}

std::string variable(const Environment& environment, const char* upper, const char* lower) {
  return environment.get_or(upper, environment.get_or(lower, ""));
}

std::string decoded(std::string_view text) { return percent_decode(text).value_or(std::string(text)); }

Proxy parse_proxy(std::string text) {
  Proxy proxy;
  if (text.find("://") == std::string::npos) text = "http://" + text;
  const std::size_t begin = text.find("://") + 3;
  if (const std::size_t at = text.substr(0, text.find_first_of("/?", begin)).rfind('@'); at != std::string::npos) {
    const auto [user, password] = cut(std::string_view(text).substr(begin, at - begin), ':');
    proxy.authorization = "Basic " + base64_encode(decoded(user) + ":" + decoded(password.value_or("")));
    text.erase(begin, at + 1 - begin);
  }
  const auto url = parse_url(text);
  if (!url) {
    throw Error(Kind::kInvalid, "HTTPS_PROXY names the proxy '" + text +
                                    "', which is no http or https URL: write it like http://proxy.example:3128");
  }
  proxy.tls = url->tls;
  proxy.host = url->host;
  proxy.port = url->port;
  return proxy;
}

[[noreturn]] void throw_refusal(const Proxy& proxy, const std::string& place, const ResponseHead& head) {
  const std::string said = std::to_string(head.status) + " " + std::string(reason_of(head.status));
  const std::string who = "the proxy '" + proxy.host + ":" + std::to_string(proxy.port) + "' of HTTPS_PROXY ";
  if (head.status == 407) {
    throw Error(Kind::kUnauthorized, who + "wants a user and a password (" + said +
                                         "): write them into HTTPS_PROXY like http://user:password@proxy:3128");
  }
  const Kind kind = head.status == 403 || head.status == 405 ? Kind::kForbidden : Kind::kUnavailable;
  throw Error(kind, who + "does not connect to '" + place + "': " + said + "; NO_PROXY names what is asked directly");
}

}  // namespace

std::optional<Proxy> proxy_for(const Url& url, const Environment& environment) {
  if (!url.tls || is_loopback(url.host)) return std::nullopt;
  const std::string named = variable(environment, "HTTPS_PROXY", "https_proxy");
  if (named.empty()) return std::nullopt;
  for (const std::string& word : split(variable(environment, "NO_PROXY", "no_proxy"), ',')) {
    if (covers(trim(word), url)) return std::nullopt;
  }
  return parse_proxy(named);
}

std::unique_ptr<net::Stream> dial_through(const Context& context, const Proxy& proxy, const std::string& host,
                                          std::uint16_t port) {
  std::unique_ptr<net::Stream> stream = within("the proxy of HTTPS_PROXY", [&] {
    return proxy.tls ? net::dial_tls(context, proxy.host, proxy.port, net::TlsContext::client({}))
                     : net::dial_tcp(context, proxy.host, proxy.port);
  });
  const std::string place =
      (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(port);
  Request request{.method = "CONNECT", .target = place, .headers = {{"Host", place}, {"User-Agent", "berth"}}};
  if (!proxy.authorization.empty()) request.headers.add("Proxy-Authorization", proxy.authorization);
  stream->write_all(context, format_head(request));
  Incoming incoming([&](const Context& within, std::span<char> out) { return stream->read_some(within, out); },
                    kHeadLimit, "the proxy '" + proxy.host + "'");
  // Nothing follows a proxy's consent but what the host itself says.
  const ResponseHead head = incoming.read_response(context, MessageKind::kResponseToHead);
  if (head.status / 100 != 2) throw_refusal(proxy, place, head);
  if (incoming.has_unused()) {
    throw Error(Kind::kUnavailable, "the proxy '" + proxy.host + "' spoke before '" + place + "' was asked anything");
  }
  return stream;
}

}  // namespace berth::http
