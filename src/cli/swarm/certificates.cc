#include "cli/swarm/certificates.h"

#include <ifaddrs.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/files.h"
#include "base/strings.h"
#include "engine/endpoint.h"
#include "machine/host_store.h"
#include "pki/authority.h"
#include "swarm/access/grant.h"

namespace berth::cli {

namespace {

constexpr std::size_t kLongestAddress = 56;  // a common name has 64 characters at most

struct Files {
  std::string ca;
  std::string cert;
  std::string key;
};

// Those of the command line; all empty when none is given.
Files given_files(const Arguments& arguments) {
  const Files files = {arguments.text("tlscacert"), arguments.text("tlscert"), arguments.text("tlskey")};
  const bool any = !files.ca.empty() || !files.cert.empty() || !files.key.empty();
  if (any && (files.ca.empty() || files.cert.empty() || files.key.empty())) {
    throw Error(Kind::kInvalid, "--tlscacert, --tlscert and --tlskey go together: one is missing");
  }
  return files;
}

// All IP addresses of this host, its name, and localhost.
std::vector<std::string> own_names() {
  std::vector<std::string> names = {"localhost", "127.0.0.1", "::1"};
  char host[256] = {};
  if (::gethostname(host, sizeof host - 1) == 0 && host[0] != 0) names.emplace_back(host);
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return names;
  for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr) continue;
    const int family = one->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    char text[NI_MAXHOST];
    const socklen_t size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    if (::getnameinfo(one->ifa_addr, size, text, sizeof text, nullptr, 0, NI_NUMERICHOST) != 0) continue;
    const std::string address(text);
    if (address.find('%') == std::string::npos) names.push_back(address);  // link-local ones name an interface
  }
  ::freeifaddrs(all);
  return names;
}

engine::TlsMaterial material_in(const Path& folder) {
  return {read_file(folder / "ca.pem"), read_file(folder / "cert.pem"), read_file(folder / "key.pem"), false};
}

pki::CertificateFolder::Identities machine_identities(const Invocation& invocation) {
  const Path storage = machine::HostStore::default_storage(invocation.environment);
  const pki::CertificateFolder folder(machine::HostStore(storage).certificates());
  return folder.ensure(invocation.context, "berth", system_clock());
}

// By which the others believe whose requests this one hands on; it is good for nothing else.
engine::TlsMaterial managers_certificate(const Invocation& invocation) {
  const auto identities = machine_identities(invocation);
  const pki::Identity made =
      pki::issue(identities.authority,
                 {.use = pki::Use::kClient,
                  .organization = "berth swarm",
                  .common_name = "manager " + invocation.arguments.text("advertise").substr(0, kLongestAddress),
                  .grant = swarm::format_grant({.role = swarm::Role::kManager})},
                 system_clock().now());
  return {identities.authority.certificate, made.certificate, made.key, false};
}

}  // namespace

net::TlsContext server_tls(const Invocation& invocation, const std::string& host) {
  const Files files = given_files(invocation.arguments);
  if (!files.ca.empty()) {
    return net::TlsContext::server({.ca = read_file(files.ca),
                                    .cert = read_file(files.cert),
                                    .key = read_file(files.key),
                                    .understood_extension = pki::kGrantExtension});
  }
  const auto identities = machine_identities(invocation);
  std::vector<std::string> names = own_names();
  if (host != "0.0.0.0" && host != "::") names.push_back(host);
  const pki::Identity server =
      pki::issue(identities.authority,
                 {.use = pki::Use::kServer, .organization = "berth swarm", .common_name = {}, .names = names},
                 system_clock().now());
  return net::TlsContext::server({.ca = identities.authority.certificate,
                                  .cert = server.certificate,
                                  .key = server.key,
                                  .understood_extension = pki::kGrantExtension});
}

pki::Identity signing_authority(const Invocation& invocation) {
  const std::string ca = invocation.arguments.text("tlscacert");
  const std::string key = invocation.arguments.text("tlscakey");
  if (ca.empty() != key.empty()) throw Error(Kind::kInvalid, "--tlscacert and --tlscakey go together: one is missing");
  if (!ca.empty()) return pki::load(ca, key);
  return machine_identities(invocation).authority;
}

std::function<net::Dialer(const std::string& address)> manager_dialer(const Invocation& invocation) {
  std::optional<net::TlsContext> tls;
  if (!invocation.arguments.on("no-tls")) {
    const Files files = given_files(invocation.arguments);
    const engine::TlsMaterial own =
        files.ca.empty() ? managers_certificate(invocation)
                         : engine::TlsMaterial{read_file(files.ca), read_file(files.cert), read_file(files.key), false};
    tls = net::TlsContext::client({.ca = own.ca, .cert = own.cert, .key = own.key});
  }
  return [tls](const std::string& address) -> net::Dialer {
    const std::size_t colon = address.rfind(':');
    std::string host = address.substr(0, colon);
    if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
    const auto port = static_cast<std::uint16_t>(parse_integer(address.substr(colon + 1)).value_or(0));
    return [=](const Context& context) {
      return tls ? net::dial_tls(context, host, port, *tls) : net::dial_tcp(context, host, port);
    };
  };
}

swarm::EndpointOf engine_endpoints(const Invocation& invocation) {
  const Files files = given_files(invocation.arguments);
  std::optional<engine::TlsMaterial> own;
  if (!files.ca.empty()) {
    own = {read_file(files.ca), read_file(files.cert), read_file(files.key), false};
  } else if (invocation.arguments.on("tlsverify") || invocation.arguments.on("tls")) {
    own = material_in(machine::HostStore(machine::HostStore::default_storage(invocation.environment)).certificates());
  }
  return [own](const swarm::EngineAddress& address) {
    engine::Endpoint endpoint = engine::endpoint_of(address.address);
    if (!address.certificates.empty()) {
      endpoint.tls = material_in(address.certificates);
    } else if (endpoint.host.starts_with("tcp://")) {
      endpoint.tls = own;
    }
    return endpoint;
  };
}

}  // namespace berth::cli
