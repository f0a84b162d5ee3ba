// The life of machines: records, drivers, certificates and engines brought together. Commands and tests use this.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/context.h"
#include "base/environment.h"
#include "engine/endpoint.h"
#include "machine/docker_contexts.h"
#include "machine/driver.h"
#include "machine/host_store.h"

namespace berth::machine {

struct CreateRequest {
  std::string name;
  std::string driver;
  DriverOptions options;
  EngineOptions engine;
  SwarmOptions swarm;
  std::vector<std::string> tls_sans;
};

// Any thread, on different machines at once; two changes of one machine exclude each other (kConflict). Calls that do
// not change a machine take no lock and make no process.
class Machines {
 public:
  Machines(const Path& storage, Environment environment, const Clock& clock = system_clock());

  const HostStore& store() const { return store_; }

  // Whether `create` has a chance; changes nothing. Throws kInvalid for a bad name or option, kConflict when the name
  // is taken by a machine whose creation is finished.
  void check_request(const CreateRequest& request) const;
  // The driver's own check. Its errors are "pre-create" errors: exit code 3 for docker-machine's users.
  void pre_create_check(const Context& context, const CreateRequest& request) const;

  // Makes the machine and its engine, and returns when the engine answers. The record is written first: what was made
  // when this throws, or the process dies, stays in the list and remove() removes it; so does another create().
  void create(const Context& context, const CreateRequest& request, const Say& say) const;
  // Keeps a host that is there as a machine, without touching it, once its engine has answered. Nothing is kept when it
  // does not.
  void adopt(const Context& context, const CreateRequest& request, const Say& say) const;
  // Removes the host, then the record. Takes half-made machines. With `force` the record goes even when the host cannot
  // be removed; what could not be is said.
  void remove(const Context& context, const std::string& name, bool force, const Say& say) const;

  // kConflict in docker-machine's words when it is so already: `Machine "dev" is already running.`
  void start(const Context& context, const std::string& name, const Say& say) const;
  void stop(const Context& context, const std::string& name, const Say& say) const;
  void kill(const Context& context, const std::string& name, const Say& say) const;
  void restart(const Context& context, const std::string& name, const Say& say) const;

  // The driver of a machine, for questions: state(), ip(), url().
  std::unique_ptr<Driver> driver(const Host& host) const;
  // The engine's address: the driver's, or "ssh://..." for one that is reached over ssh. Throws kUnavailable when the
  // machine does not run.
  std::string url(const Context& context, const Host& host) const;
  // Whom ssh logs in to. Throws kUnsupported for machines that have no ssh, kUnavailable.
  net::SshHost ssh_host(const Context& context, const Host& host) const;

  // Installs, configures and starts the engine anew, with certificates as the record has them. Changes nothing on a
  // host where all is as it should be. Throws kUnsupported for machines whose driver brings the engine.
  void provision(const Context& context, const std::string& name, const Say& say) const;

  // New certificates for the machine, and the engine restarted with them; containers run on where the engine was
  // provisioned by Berth (live restore). Throws kUnsupported for machines whose certificates are not ours.
  void regenerate_certificates(const Context& context, const std::string& name, const Say& say) const;
  // The same, but only where no container is restarted by it and the authority holds for a month more. Throws
  // kUnsupported, saying what to do by hand, where it would.
  void renew_certificates(const Context& context, const std::string& name, const Say& say) const;
  // A new authority and client certificate; the old files are moved aside. Machines go on with theirs until their own
  // certificates are made anew.
  void replace_authority() const;
  // Upgrades the engine's packages; containers run on as above. Throws kUnsupported as provision().
  void upgrade(const Context& context, const std::string& name, const Say& say) const;
  // What to tell the user when a certificate of the machine ends within 30 days.
  std::optional<std::string> certificate_warning(const Host& host) const;

  // How to reach the engine: address and certificates. Throws kUnavailable when the machine does not run.
  engine::Endpoint endpoint(const Context& context, const Host& host) const;

 private:
  enum class Action { kStart, kStop, kKill };
  void change(const Context& context, const std::string& name, Action action, const Say& say) const;
  std::unique_ptr<Driver> driver_for(Host& host, const Say& say) const;
  void certify(const Host& host, const std::vector<std::string>& names) const;
  void await_engine(const Context& context, const Host& host) const;
  void await_manager(const Context& context, const Host& host) const;
  // Waits for the host's ssh and provisions it, where the driver does not bring an engine.
  void ensure_engine(const Context& context, const Host& host, Driver& driver, const Say& say,
                     bool renew_certificate = false) const;
  // Whether the machine's server certificate is of today's authority, names all of these, and holds for a month more.
  bool certificate_serves(const Host& host, const std::vector<std::string>& names) const;
  net::SshHost ssh_host(const Host& host, const SshTarget& target) const;
  // What follows when its engine has answered: it is finished, and a docker context.
  void has_answered(const Context& context, const Host& host, const Say& say) const;

  HostStore store_;
  DockerContexts contexts_;
  Environment environment_;
  const Clock& clock_;
};

}  // namespace berth::machine
