// How machines whose driver makes a bare host get their engine.
#include <algorithm>

#include "base/error.h"
#include "base/strings.h"
#include "base/units.h"
#include "engine/client.h"
#include "machine/machines.h"
#include "machine/provision/provisioner.h"
#include "machine/provision/swarm.h"
#include "machine/ssh_session.h"
#include "pki/authority.h"

namespace berth::machine {

namespace {

using namespace std::chrono_literals;

// A host that was there before must answer soon; one that boots may take its time.
constexpr auto kPresentHostLimit = 60s;
constexpr auto kNewHostLimit = 10min;
constexpr int kDefaultPort = 2376;
constexpr std::chrono::hours kWarnAhead{24 * 30};

bool was_there_before(const Host& host) { return host.driver_name == "generic"; }

int port_of(std::string_view url) {
  const std::size_t colon = url.rfind(':');
  const auto port = colon == std::string_view::npos ? std::nullopt : parse_integer(url.substr(colon + 1));
  return port ? static_cast<int>(*port) : kDefaultPort;
}

[[noreturn]] void refuse_ssh(const Host& host) {
  throw Error(Kind::kUnsupported, "machine '" + host.name + "' of driver '" + host.driver_name + "' has no ssh");
}

}  // namespace

net::SshHost Machines::ssh_host(const Host& host, const SshTarget& target) const {
  return ssh_host_of(target, store_.folder(host.name), was_there_before(host), environment_);
}

net::SshHost Machines::ssh_host(const Context& context, const Host& host) const {
  const auto target = driver(host)->ssh(context);
  if (!target) refuse_ssh(host);
  return ssh_host(host, *target);
}

std::string Machines::url(const Context& context, const Host& host) const {
  const auto driver = this->driver(host);
  if (host.engine.via != "ssh") return driver->url(context);
  const auto target = driver->ssh(context);
  if (!target) refuse_ssh(host);
  const bool ipv6 = target->host.find(':') != std::string::npos;
  std::string url = "ssh://" + (target->user.empty() ? "" : target->user + "@");
  url += ipv6 ? "[" + target->host + "]" : target->host;
  return target->port == 22 || target->port == 0 ? url : url + ":" + std::to_string(target->port);
}

void Machines::ensure_engine(const Context& context, const Host& host, Driver& driver, const Say& say,
                             bool renew_certificate) const {
  if (driver.brings_engine()) return;
  const auto target = driver.ssh(context);
  if (!target) refuse_ssh(host);
  SshSession session(ssh_host(host, *target));
  say("Waiting for SSH to be available...");
  const bool present = was_there_before(host);
  session.await(context.with_timeout(present ? Context::Clock::duration(kPresentHostLimit) : kNewHostLimit), !present);

  EngineWishes wishes;
  wishes.options = host.engine;
  wishes.provider = host.driver_name;
  if (host.engine.via != "ssh") {
    wishes.port = port_of(driver.url(context));
    const std::vector<std::string> names = {target->host, "127.0.0.1", "localhost", host.name};
    if (renew_certificate || !certificate_serves(host, names)) certify(host, names);
    const Path folder = store_.folder(host.name);
    wishes.tls = ServerCredentials{read_file(folder / "ca.pem"), read_file(folder / "server.pem"),
                                   read_file(folder / "server-key.pem")};
  }
  machine::provision(context, session, wishes, say);
  const SwarmSite swarm{.ip = target->host,
                        .engine_port = wishes.port,
                        .ca = std::string(kRemoteCa),
                        .certificate = std::string(kRemoteCertificate),
                        .key = std::string(kRemoteKey),
                        .store = {}};
  provision_swarm(context, session, swarm_services(host.swarm, swarm), say);
}

bool Machines::certificate_serves(const Host& host, const std::vector<std::string>& names) const {
  const Path folder = store_.folder(host.name);
  const auto certificate = read_file_if_exists(folder / "server.pem");
  const auto key = read_file_if_exists(folder / "server-key.pem");
  const auto own = read_file_if_exists(folder / "ca.pem");
  const auto authority = read_file_if_exists(pki::CertificateFolder(store_.certificates()).ca());
  if (!certificate || !key || !own || !authority || *own != *authority) return false;
  if (!std::filesystem::exists(folder / "cert.pem") || !std::filesystem::exists(folder / "key.pem")) return false;
  try {
    const pki::Certificate read = pki::read_certificate(*certificate);
    std::vector<std::string> wanted = names;
    wanted.insert(wanted.end(), host.auth.server_cert_sans.begin(), host.auth.server_cert_sans.end());
    const bool named = std::ranges::all_of(
        wanted, [&](const std::string& name) { return std::ranges::find(read.names, name) != read.names.end(); });
    return named && !read.expired(clock_.now() + kWarnAhead) && pki::signed_by(*certificate, *authority) &&
           pki::belongs_to(*key, *certificate);
  } catch (const Error& e) {
    if (e.kind() == Kind::kInvalid) return false;
    throw;
  }
}

std::optional<std::string> Machines::certificate_warning(const Host& host) const {
  const Path folder = store_.folder(host.name);
  for (const char* file : {"ca.pem", "cert.pem", "server.pem"}) {
    const auto pem = read_file_if_exists(folder / file);
    if (!pem) continue;
    const auto last = pki::read_certificate(*pem).not_after;
    if (clock_.now() + kWarnAhead < last) continue;
    const bool all = std::string_view(file) != "server.pem";
    return "certificate '" + (folder / file).string() + "' of machine '" + host.name + "' ends on " +
           format_time(last) + ": renew it by 'berth machine regenerate-certs " + (all ? "--client-certs " : "") +
           host.name + "'";
  }
  return std::nullopt;
}

void Machines::replace_authority() const {
  const pki::CertificateFolder certificates(store_.certificates());
  make_folder(certificates.path(), 0700);
  const FileLock lock = FileLock::wait_for(Context().with_timeout(kPresentHostLimit), certificates.path() / ".lock");
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(clock_.now().time_since_epoch()).count();
  const Path aside = certificates.path() / ("replaced-" + std::to_string(seconds));
  make_folder(aside, 0700);
  // The key goes last: without its certificate a key counts for nothing, and a new authority is made.
  for (const Path& file :
       {certificates.ca(), certificates.client(), certificates.client_key(), certificates.ca_key()}) {
    std::error_code ignored;
    std::filesystem::rename(file, aside / file.filename(), ignored);
  }
}

void Machines::regenerate_certificates(const Context& context, const std::string& name, const Say& say) const {
  Host host = store_.load(name);
  if (host.driver_name == "none" || host.engine.via == "ssh") {
    throw Error(Kind::kUnsupported, "machine '" + name + "' has no certificates of ours");
  }
  const FileLock lock = store_.lock(name);
  const auto driver = driver_for(host, say);
  say("Regenerating TLS certificates");
  if (driver->brings_engine()) {
    driver->restart(context);
  } else {
    ensure_engine(context, host, *driver, say, true);
  }
  await_engine(context, host);
  has_answered(context, host, say);
}

void Machines::renew_certificates(const Context& context, const std::string& name, const Say& say) const {
  const Host host = store_.load(name);
  const std::string by_hand = "'berth machine regenerate-certs ";
  if (driver(host)->brings_engine() && host.driver_name != "none") {
    throw Error(Kind::kUnsupported, certificate_warning(host).value_or("they hold") +
                                        ", which restarts its containers, so that it is not done by itself");
  }
  const auto authority = read_file_if_exists(pki::CertificateFolder(store_.certificates()).ca());
  if (!authority || pki::read_certificate(*authority).expired(clock_.now() + kWarnAhead)) {
    throw Error(Kind::kUnsupported, "the authority itself ends soon, and with it what every client has: renew all by " +
                                        by_hand + "--client-certs'");
  }
  if (!engine::Client(endpoint(context, host)).info(context).live_restore_enabled) {
    throw Error(Kind::kUnsupported, "its engine may stop its containers when it is restarted (live-restore is off): " +
                                        by_hand + name + "' when it suits");
  }
  regenerate_certificates(context, name, say);
}

void Machines::upgrade(const Context& context, const std::string& name, const Say& say) const {
  const Host host = store_.load(name);
  const FileLock lock = store_.lock(name);
  SshSession session(ssh_host(context, host));
  machine::upgrade(context, session, say);
  await_engine(context, host);
}

void Machines::provision(const Context& context, const std::string& name, const Say& say) const {
  Host host = store_.load(name);
  const FileLock lock = store_.lock(name);
  const auto driver = driver_for(host, say);
  if (driver->brings_engine()) {
    throw Error(Kind::kUnsupported, "machine '" + name + "' gets its engine from its driver '" + host.driver_name +
                                        "': 'berth machine restart " + name + "' sets it up anew");
  }
  ensure_engine(context, host, *driver, say);
  await_engine(context, host);
  has_answered(context, host, say);
}

}  // namespace berth::machine
