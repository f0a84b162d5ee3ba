#include "machine/adoption.h"

#include "base/error.h"
#include "base/strings.h"
#include "engine/client.h"
#include "machine/provision/provisioner.h"
#include "machine/ssh_session.h"

namespace berth::machine {

namespace {

using namespace std::chrono_literals;

constexpr auto kLimit = 30s;

CreateRequest create_request(const AdoptRequest& request) {
  CreateRequest result;
  result.name = request.name;
  result.driver = "generic";
  result.options.set("generic-ip-address", {request.host});
  result.options.set("generic-ssh-user", {request.user});
  result.options.set("generic-ssh-port", {std::to_string(request.port)});
  result.options.set("generic-ssh-key", {request.key});
  result.options.set("generic-engine-port", {"2376"});
  result.engine.via = "ssh";
  return result;
}

std::string count(std::int64_t number, const std::string& what) {
  return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

}  // namespace

AdoptRequest parse_adoption(std::string_view name, std::string_view host) {
  AdoptRequest request;
  request.name = name;
  std::string_view rest = host;
  if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
    request.user = rest.substr(0, at);
    rest = rest.substr(at + 1);
  }
  const std::size_t colon = rest.rfind(':');
  const bool bracketed = rest.starts_with('[');
  if (colon != std::string_view::npos && (bracketed ? rest[colon - 1] == ']' : rest.find(':') == colon)) {
    const auto port = parse_integer(rest.substr(colon + 1));
    if (!port || *port < 1 || *port > 65535) {
      throw Error(Kind::kInvalid,
                  "'" + std::string(host) + "': '" + std::string(rest.substr(colon + 1)) + "' is not a port");
    }
    request.port = static_cast<int>(*port);
    rest = rest.substr(0, colon);
  }
  if (rest.starts_with('[') && rest.ends_with(']')) rest = rest.substr(1, rest.size() - 2);
  if (rest.empty() || rest.starts_with('-') || request.user.starts_with('-')) {
    throw Error(Kind::kInvalid, "'" + std::string(host) + "' names no host: write [USER@]HOST[:PORT]");
  }
  request.host = rest;
  return request;
}

Adoption look_before_adoption(const Context& context, const Machines& machines, const AdoptRequest& request) {
  machines.check_request(create_request(request));
  TemporaryFolder folder;  // for the host's key, until there is a machine to keep it
  const SshTarget target{request.host, request.port, request.user, request.key};
  SshSession session(ssh_host_of(target, folder.path(), true, Environment::of_process()));
  const HostFacts facts = look_at(context.with_timeout(kLimit), session);
  const bool reachable = session.run(context.with_timeout(kLimit), "docker version >/dev/null 2>&1").status.ok();

  Adoption adoption;
  adoption.findings.push_back("host:       " + facts.hostname + ", " + name_of(facts) + ", " + facts.architecture);
  adoption.findings.push_back("user:       " + facts.user +
                              (facts.root ? " (may become root)" : " (may not become root)"));
  adoption.findings.push_back("disk:       " + std::to_string(facts.free_kilobytes / 1024) + " MB free below /var");
  if (facts.dockerd.empty()) {
    adoption.findings.emplace_back("engine:     none");
    adoption.obstacle = "there is no engine to adopt: 'berth machine create -d generic' installs one";
  } else {
    const std::string version = facts.engine_version.empty() ? "" : ", version " + facts.engine_version;
    adoption.findings.push_back("engine:     " + facts.dockerd + version);
    if (!facts.engine_version.empty()) {
      adoption.findings.push_back("containers: " + count(facts.running_containers, "running container"));
    }
    if (!reachable) {
      adoption.obstacle = "user '" + facts.user +
                          "' can't talk to the engine: add it to the group, 'usermod -aG docker " + facts.user +
                          "', or see that the engine runs and its docker command is installed";
    }
  }
  adoption.plan.emplace_back("on the host: nothing is installed, written, restarted or removed");
  adoption.plan.push_back("here: keep machine '" + request.name +
                          "', whose engine is reached over ssh, without an open port");
  adoption.plan.push_back("undo: 'berth machine rm " + request.name + "' forgets it; the host stays as it is");
  return adoption;
}

void adopt(const Context& context, const Machines& machines, const AdoptRequest& request, const Say& say) {
  machines.adopt(context, create_request(request), say);
}

}  // namespace berth::machine
