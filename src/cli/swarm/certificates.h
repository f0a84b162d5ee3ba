// Who the manager is to its clients and engines.
#pragma once

#include <functional>
#include <string>

#include "cli/command.h"
#include "net/dial.h"
#include "net/tls.h"
#include "pki/certificate.h"
#include "swarm/pool/pool.h"

namespace berth::cli {

// TLS for a listener on `host`: --tlscacert, --tlscert and --tlskey, else a certificate made for this manager by the
// authority of `berth machine` (which is made where there is none). Clients must show a certificate of that authority:
// those of `berth machine` do. Throws kInvalid, kNotFound, kForbidden.
net::TlsContext server_tls(const Invocation& invocation, const std::string& host);

// Who signs certificates of `berth swarm cert`: --tlscacert and --tlscakey, else the authority of `berth machine`, made
// where there is none. Throws kInvalid, kNotFound, kForbidden.
pki::Identity signing_authority(const Invocation& invocation);

// How the other managers of a swarm are reached: with --tlscacert, --tlscert and --tlskey, else with a manager's
// certificate, made by the authority of `berth machine`; plainly with --no-tls. Throws kInvalid, kNotFound.
std::function<net::Dialer(const std::string& address)> manager_dialer(const Invocation& invocation);

// How engines are reached: with the certificates that discovery names, else --tlscacert, --tlscert and --tlskey, else,
// with --tlsverify, those of `berth machine`, else plainly. Throws kInvalid, kNotFound.
swarm::EndpointOf engine_endpoints(const Invocation& invocation);

}  // namespace berth::cli
