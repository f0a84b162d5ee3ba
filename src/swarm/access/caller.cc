#include "swarm/access/caller.h"

#include <chrono>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "pki/certificate.h"

namespace berth::swarm {

namespace {

constexpr std::size_t kRemembered = 1024;

Caller told_by(const Caller& manager, std::string_view text) {
  const json::value value = parse_json(text);
  Caller caller;
  caller.name = text_of(value, "name");
  caller.grant = parse_grant(text_of(value, "grant"));
  caller.from = text_of(value, "from");
  caller.via = manager.name.empty() ? "manager" : manager.name;
  caller.known = true;
  return caller;
}

}  // namespace

std::string Caller::client() const {
  if (known && !is_local && !name.empty()) return name;
  return from.substr(0, from.rfind(':'));
}

std::string format_caller(const Caller& caller) {
  return format_json(json::object{{"name", caller.name}, {"grant", format_grant(caller.grant)}, {"from", caller.from}});
}

Callers::Callers(std::string own_certificate, const std::string& revoked)
    : own_certificate_(std::move(own_certificate)) {
  if (!revoked.empty()) revoked_.emplace(revoked);
}

Callers::Owner Callers::owner_of(const std::string& certificate) {
  if (const auto owners = owners_.lock(); const auto* known = [&] {
        const auto found = owners->find(certificate);
        return found == owners->end() ? nullptr : &found->second;
      }()) {
    return *known;
  }
  const pki::Certificate read = pki::read_certificate(certificate);
  Owner owner{read.common_name.empty() ? read.organization : read.common_name, read.serial, {}};
  try {
    if (read.grant) owner.grant = parse_grant(*read.grant);
  } catch (const Error& e) {
    throw e.within("the certificate of '" + owner.name + "'");
  }
  const auto owners = owners_.lock();
  if (owners->size() >= kRemembered) owners->clear();
  owners->emplace(certificate, owner);
  return owner;
}

Caller Callers::of(const http::Exchange& exchange) {
  const net::PeerIdentity& identity = exchange.client();
  Caller caller;
  caller.from = exchange.peer();
  caller.is_local = caller.from.starts_with("unix://");
  caller.known = caller.is_local || !identity.certificate.empty();
  if (identity.uid) caller.name = "uid " + std::to_string(*identity.uid);
  if (!identity.certificate.empty()) {
    Owner owner = owner_of(identity.certificate);
    if (revoked_ && revoked_->has(owner.name, owner.serial, std::chrono::steady_clock::now())) {
      throw Error(Kind::kForbidden, "the certificate of '" + owner.name + "' is revoked");
    }
    caller.name = std::move(owner.name);
    caller.grant = std::move(owner.grant);
  }
  const auto& headers = exchange.request().headers;
  const auto speaks_for = headers.get(kCallerHeader);
  const bool is_manager = caller.grant.role == Role::kManager;
  if (!speaks_for) {
    if (is_manager) {
      throw Error(Kind::kForbidden,
                  "the certificate of '" + caller.name + "' is a manager's and allows nothing itself");
    }
    return caller;
  }
  // Without TLS anyone may do anything, and nothing is gained by another's name.
  const bool trusted =
      is_manager || !caller.known || (!identity.certificate.empty() && identity.certificate == own_certificate_);
  if (!trusted || headers.count(kCallerHeader) > 1) {
    throw Error(Kind::kForbidden,
                "only managers speak for others: give this swarm's managers certificates of `berth "
                "swarm cert --role manager`, or one certificate to all");
  }
  return told_by(caller, *speaks_for);
}

}  // namespace berth::swarm
