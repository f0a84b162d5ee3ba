#include "machine/machines.h"

#include <algorithm>

#include <pwd.h>
#include <unistd.h>

#include "base/error.h"
#include "base/strings.h"
#include "engine/client.h"
#include "machine/swarm_role.h"
#include "pki/authority.h"

namespace berth::machine {

namespace {

constexpr std::chrono::seconds kManagerLimit{30};
constexpr std::chrono::milliseconds kPace{100};

// Owner in the certificates, as docker-machine names it.
std::string user_name(const Environment& environment) {
  if (const std::string user = environment.get_or("USER", ""); !user.empty()) return user;
  const passwd* entry = ::getpwuid(::getuid());
  return entry != nullptr ? entry->pw_name : "unknown";
}

AuthOptions auth_options(const HostStore& store, const std::string& name, const std::vector<std::string>& sans) {
  const pki::CertificateFolder certificates(store.certificates());
  const Path folder = store.folder(name);
  AuthOptions auth;
  auth.cert_dir = certificates.path();
  auth.ca_cert_path = certificates.ca();
  auth.ca_private_key_path = certificates.ca_key();
  auth.client_cert_path = certificates.client();
  auth.client_key_path = certificates.client_key();
  auth.server_cert_path = folder / "server.pem";
  auth.server_key_path = folder / "server-key.pem";
  auth.server_cert_sans = sans;
  auth.store_path = folder;
  return auth;
}

// Throws as checked_swarm().
Host new_host(const HostStore& store, const CreateRequest& request) {
  Host host;
  host.name = request.name;
  host.driver_name = request.driver;
  host.engine = request.engine;
  host.swarm = checked_swarm(request.swarm, request.driver, request.engine.via == "ssh");
  host.auth = auth_options(store, request.name, request.tls_sans);
  return host;
}

}  // namespace

Machines::Machines(const Path& storage, Environment environment, const Clock& clock)
    : store_(std::filesystem::absolute(storage)),
      contexts_(environment, store_.storage()),
      environment_(std::move(environment)),
      clock_(clock) {}

// `host` must outlive the driver: its record is kept there and in the store.
std::unique_ptr<Driver> Machines::driver_for(Host& host, const Say& say) const {
  Site site;
  site.name = host.name;
  site.folder = store_.folder(host.name);
  site.engine = host.engine;
  site.swarm = host.swarm;
  site.environment = environment_;
  site.save = [this, &host](std::string record) {
    host.driver = std::move(record);
    store_.save(host);
  };
  site.certify = [this, &host](const std::vector<std::string>& names) { certify(host, names); };
  site.say = say;
  return make_driver(host.driver_name, site, host.driver);
}

std::unique_ptr<Driver> Machines::driver(const Host& host) const {
  Site site;
  site.name = host.name;
  site.folder = store_.folder(host.name);
  site.engine = host.engine;
  site.swarm = host.swarm;
  site.environment = environment_;
  return make_driver(host.driver_name, site, host.driver);
}

void Machines::certify(const Host& host, const std::vector<std::string>& names) const {
  const std::string organization = user_name(environment_);
  const auto identities = pki::CertificateFolder(store_.certificates()).ensure({}, organization, clock_);
  pki::Request request;
  // A manager of a swarm is a client of engines, and of other managers, too.
  request.use = host.swarm.master ? pki::Use::kServerAndClient : pki::Use::kServer;
  request.organization = organization + "." + host.name;
  request.names = names;
  for (const std::string& name : host.auth.server_cert_sans) {
    if (std::find(names.begin(), names.end(), name) == names.end()) request.names.push_back(name);
  }
  const Path folder = store_.folder(host.name);
  write_file(folder / "ca.pem", identities.authority.certificate);
  pki::save(identities.client, folder / "cert.pem", folder / "key.pem");
  pki::save(pki::issue(identities.authority, request, clock_.now()), folder / "server.pem", folder / "server-key.pem");
}

void Machines::check_request(const CreateRequest& request) const {
  if (!is_valid_host_name(request.name)) {
    throw Error(Kind::kInvalid,
                "Error creating machine: Invalid hostname specified. Allowed hostname chars are: "
                "0-9a-zA-Z . -");
  }
  if (store_.exists(request.name) && !store_.unfinished(request.name)) throw already_exists(request.name);
  Host host = new_host(store_, request);
  driver(host)->configure(request.options);
}

void Machines::pre_create_check(const Context& context, const CreateRequest& request) const {
  Host host = new_host(store_, request);
  const auto checked = driver(host);
  checked->configure(request.options);
  checked->pre_create_check(context);
}

void Machines::create(const Context& context, const CreateRequest& request, const Say& say) const {
  const FileLock lock = store_.lock(request.name);
  check_request(request);
  if (store_.exists(request.name)) {
    say("Removing what an unfinished creation left...");
    Host left = store_.load(request.name);
    driver_for(left, say)->remove(context);
    store_.remove(request.name);
  }
  Host host = new_host(store_, request);
  const auto driver = driver_for(host, say);
  driver->configure(request.options);
  host.driver = driver->record();
  store_.begin(host);
  say("Creating machine...");
  driver->create(context);
  host.driver = driver->record();
  store_.save(host);
  ensure_engine(context, host, *driver, say);
  await_engine(context, host);
  has_answered(context, host, say);
  say("Docker is up and running!");
}

void Machines::adopt(const Context& context, const CreateRequest& request, const Say& say) const {
  const FileLock lock = store_.lock(request.name);
  check_request(request);
  Host host = new_host(store_, request);
  const auto driver = driver_for(host, say);
  driver->configure(request.options);
  driver->pre_create_check(context);
  host.driver = driver->record();
  store_.begin(host);
  try {
    driver->create(context);
    host.driver = driver->record();
    store_.save(host);
    await_engine(context, host);
  } catch (const Error&) {
    store_.remove(host.name);
    store_.forget_lock(host.name);
    throw;
  }
  has_answered(context, host, say);
  say("Adopted " + url(context, host) + " as machine \"" + host.name + "\".");
}

void Machines::remove(const Context& context, const std::string& name, bool force, const Say& say) const {
  const FileLock lock = store_.lock(name);
  try {
    Host host = store_.load(name);
    driver_for(host, say)->remove(context);
  } catch (const Error& e) {
    // A machine that is not there cannot be forced away either.
    if (!force || e.kind() == Kind::kCancelled || !store_.exists(name)) {
      if (!store_.exists(name)) store_.forget_lock(name);
      throw;
    }
    say("Error removing host \"" + name + "\": " + e.message());
  }
  contexts_.remove(name);
  store_.remove(name);
  store_.forget_lock(name);
}

void Machines::change(const Context& context, const std::string& name, Action action, const Say& say) const {
  struct Words {
    const char* doing;
    const char* done;
    State wanted;
  };
  const Words words = action == Action::kStart  ? Words{"Starting", "started", State::kRunning}
                      : action == Action::kStop ? Words{"Stopping", "stopped", State::kStopped}
                                                : Words{"Killing", "killed", State::kStopped};
  Host host = store_.load(name);
  const FileLock lock = store_.lock(name);
  const auto driver = driver_for(host, say);
  say(std::string(words.doing) + " \"" + name + "\"...");
  if (driver->state(context) == words.wanted) {
    throw Error(Kind::kConflict,
                "Machine \"" + name + "\" is already " + to_lower(machine::text_of(words.wanted)) + ".");
  }
  if (action == Action::kStart) driver->start(context);
  if (action == Action::kStop) driver->stop(context);
  if (action == Action::kKill) driver->kill(context);
  say("Machine \"" + name + "\" was " + words.done + ".");
  if (action != Action::kStart) return;
  ensure_engine(context, host, *driver, say);
  await_engine(context, host);
  has_answered(context, host, say);
}

void Machines::start(const Context& context, const std::string& name, const Say& say) const {
  change(context, name, Action::kStart, say);
}

void Machines::stop(const Context& context, const std::string& name, const Say& say) const {
  change(context, name, Action::kStop, say);
}

void Machines::kill(const Context& context, const std::string& name, const Say& say) const {
  change(context, name, Action::kKill, say);
}

void Machines::restart(const Context& context, const std::string& name, const Say& say) const {
  Host host = store_.load(name);
  const FileLock lock = store_.lock(name);
  const auto driver = driver_for(host, say);
  say("Restarting \"" + name + "\"...");
  if (driver->state(context) == State::kStopped) {
    driver->start(context);
  } else {
    driver->restart(context);
  }
  ensure_engine(context, host, *driver, say);
  await_engine(context, host);
  has_answered(context, host, say);
}

engine::Endpoint Machines::endpoint(const Context& context, const Host& host) const {
  engine::Endpoint endpoint;
  endpoint.host = url(context, host);
  if (host.engine.via == "ssh") {
    endpoint.ssh = ssh_host(context, host);
    return endpoint;
  }
  const Path folder = store_.folder(host.name);
  if (const auto ca = read_file_if_exists(folder / "ca.pem")) {
    endpoint.tls = engine::TlsMaterial{*ca, read_file(folder / "cert.pem"), read_file(folder / "key.pem"), false};
  }
  return endpoint;
}

void Machines::has_answered(const Context& context, const Host& host, const Say& say) const {
  store_.finish(host.name);
  // A convenience: where it cannot be had the machine is as good without.
  try {
    if (contexts_.write(host.name, endpoint(context, host)) != DockerContexts::Outcome::kTakenByOthers) return;
    say("There is a docker context \"" + host.name + "\" already that is not this machine: it is left as it is.");
  } catch (const Error& e) {
    say("No docker context for this machine: " + e.message());
  }
}

// The engine has said that it is ready; one answer over the network proves its address and certificates.
void Machines::await_engine(const Context& context, const Host& host) const {
  if (host.driver_name == "none") return;
  within("asking the engine of machine '" + host.name + "'",
         [&] { engine::Client(endpoint(context, host)).ping(context.with_timeout(std::chrono::seconds(30))); });
  if (host.swarm.master) await_manager(context, host);
}

// It starts beside the engine, or after it.
void Machines::await_manager(const Context& context, const Host& host) const {
  engine::Endpoint manager = endpoint(context, host);
  manager.host = swarm_url(manager.host, host.swarm.host);
  engine::Client client(manager);
  const Context limited = context.with_timeout(kManagerLimit);
  for (std::string last = "nothing answers";;) {
    try {
      client.ping(limited);
      return;
    } catch (const Error& e) {
      context.check();
      if (e.kind() == Kind::kUnauthorized) throw;
      if (e.kind() != Kind::kTimeout) last = e.message();
    }
    try {
      limited.sleep_for(kPace);
    } catch (const Error&) {
      context.check();
      throw Error(Kind::kUnavailable,
                  "the swarm's manager on machine '" + host.name + "' does not answer at " + manager.host + ": " +
                      last + "; its log is " +
                      (host.driver_name == "local" ? (store_.folder(host.name) / "swarm.log").string()
                                                   : "that of berth-swarm-manage.service there"));
    }
  }
}

}  // namespace berth::machine
