#include "engine/dial.h"

#include "base/error.h"
#include "base/strings.h"

namespace berth::engine {

namespace {

struct TcpAddress {
  std::string host;
  std::uint16_t port = 0;
};

// Of "scheme://host:port", which endpoint_of has completed.
TcpAddress tcp_address_of(std::string_view text) {
  const std::string_view address = text.substr(text.find("://") + 3);
  const std::size_t colon = address.rfind(':');
  const auto port = colon == std::string_view::npos ? std::nullopt : parse_integer(address.substr(colon + 1));
  if (!port) throw Error(Kind::kInvalid, "'" + std::string(text) + "' has no port");
  std::string_view host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return {std::string(host), static_cast<std::uint16_t>(*port)};
}

}  // namespace

net::Dialer plain_dialer_of(const Endpoint& endpoint, std::chrono::milliseconds limit) {
  const std::string& host = endpoint.host;
  if (is_local(endpoint)) {
    return [path = Path(socket_of(endpoint))](const Context& context) { return net::dial_unix(context, path); };
  }
  if (host.starts_with("ssh://")) {
    return [endpoint](const Context&) { return net::dial_process(ssh_command(endpoint, net::ssh_control_folder())); };
  }
  const TcpAddress address = tcp_address_of(host);
  if (!endpoint.tls && !host.starts_with("https://")) {
    return
        [address, limit](const Context& context) { return net::dial_tcp(context, address.host, address.port, limit); };
  }
  const TlsMaterial material = endpoint.tls.value_or(TlsMaterial{});
  const net::TlsContext tls = net::TlsContext::client(
      {.ca = material.ca, .cert = material.cert, .key = material.key, .verify = !material.skip_verify});
  return [address, tls, limit](const Context& context) {
    return net::dial_tls(context, address.host, address.port, tls, limit);
  };
}

Error with_advice(const Endpoint& endpoint, const Error& error) {
  const std::string at = "no Docker Engine answers at '" + endpoint.host + "'" +
                         (endpoint.context == "default" ? "" : " (docker context '" + endpoint.context + "')");
  if (error.kind() == Kind::kForbidden && is_local(endpoint)) {
    return {Kind::kForbidden, "not allowed to open '" + socket_of(endpoint) +
                                  "': become a member of its group (`sudo usermod -aG docker $USER`, then log in "
                                  "again) or use sudo"};
  }
  if (error.kind() != Kind::kUnavailable && error.kind() != Kind::kNotFound) return error;
  return {Kind::kUnavailable, at + ": " + error.message() +
                                  "; start it, point DOCKER_HOST or --host at one, or make one with `berth machine "
                                  "create -d local dev`"};
}

net::Dialer dialer_of(const Endpoint& endpoint) {
  return [endpoint, dial = plain_dialer_of(endpoint)](const Context& context) {
    try {
      return dial(context);
    } catch (const Error& e) {
      throw with_advice(endpoint, e);
    }
  };
}

std::string http_host_of(const Endpoint& endpoint) {
  if (is_local(endpoint) || endpoint.host.starts_with("ssh://")) return "localhost";
  return endpoint.host.substr(endpoint.host.find("://") + 3);
}

}  // namespace berth::engine
