#include "cli/machine/connection.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/units.h"
#include "machine/swarm_role.h"
#include "pki/certificate.h"

namespace berth::cli {

namespace {

void check_dates(const Path& folder, const std::string& url) {
  const std::string name = folder.filename();
  for (const char* file : {"ca.pem", "cert.pem", "server.pem"}) {
    const auto pem = read_file_if_exists(folder / file);
    if (!pem) continue;  // a machine of `none`, or one whose server certificate is kept elsewhere
    const auto certificate = within("'" + (folder / file).string() + "'", [&] { return pki::read_certificate(*pem); });
    if (!certificate.expired(system_clock().now())) continue;
    throw Error(Kind::kInvalid,
                "Error checking and/or regenerating the certs: There was an error validating "
                "certificates for host \"" +
                    url + "\": '" + (folder / file).string() + "' expired on " + format_time(certificate.not_after) +
                    ": renew it by 'berth machine regenerate-certs " +
                    (std::string_view(file) == "server.pem" ? "" : "--client-certs ") + name + "'");
  }
}

}  // namespace

std::string checked_url(const Invocation& invocation, const machine::Machines& machines, const machine::Host& host,
                        bool swarm) {
  std::string url = machines.url(invocation.context, host);
  if (swarm) {
    if (!host.swarm.master) {
      throw Error(Kind::kInvalid, "\"" + host.name +
                                      "\" is not a swarm master. The --swarm flag is intended for use with swarm "
                                      "masters");
    }
    url = machine::swarm_url(url, host.swarm.host);
  }
  if (host.engine.via == "ssh") return url;
  check_dates(machines.store().folder(host.name), url);
  if (const auto warning = machines.certificate_warning(host)) invocation.terminal.warn(*warning);
  return url;
}

}  // namespace berth::cli
