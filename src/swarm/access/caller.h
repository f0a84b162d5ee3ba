// Who asks.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/guarded.h"
#include "http/server.h"
#include "swarm/access/grant.h"
#include "swarm/access/revoked.h"

namespace berth::swarm {

// Of what a replica hands on: whose request it is, as JSON. It counts from managers only.
inline constexpr char kCallerHeader[] = "Berth-Caller";

struct Caller {
  std::string name;  // of the certificate: its common name, else organization; "uid 0" on a unix socket; else empty
  Grant grant;
  std::string from;       // "tcp://10.0.0.9:51234"
  std::string via;        // name of the manager that speaks for him; empty when he is connected himself
  bool known = false;     // by a certificate or the operating system
  bool is_local = false;  // on a unix socket
  // Whose share of the manager this is.
  std::string client() const;
};

// What a replica tells the leader of a caller.
std::string format_caller(const Caller& caller);

// Any thread.
class Callers {
 public:
  // `own_certificate`: PEM of this manager's; the others of its swarm may have the same. Empty: none.
  // `revoked`: the file of those that are refused, see Revoked; empty: none. Throws what Revoked throws.
  explicit Callers(std::string own_certificate = {}, const std::string& revoked = {});

  // By certificate: a grant in it says what its owner may, without one everything, as a Docker Engine takes it. On a
  // unix socket and without TLS everything as well. Throws kForbidden for a grant that is not understood, for who
  // speaks for others and is no manager, for a certificate that is revoked, and for a manager that asks for itself.
  Caller of(const http::Exchange& exchange);

 private:
  struct Owner {
    std::string name;
    std::string serial;
    Grant grant;
  };
  Owner owner_of(const std::string& certificate);

  const std::string own_certificate_;
  std::optional<Revoked> revoked_;
  Guarded<std::unordered_map<std::string, Owner>> owners_;  // by certificate: reading one costs more than all else
};

}  // namespace berth::swarm
