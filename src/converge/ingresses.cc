#include "converge/ingresses.h"

#include <algorithm>
#include <set>

#include "base/digest.h"
#include "base/strings.h"
#include "compose/berth_options.h"
#include "converge/agent_image.h"
#include "converge/labels.h"
#include "converge/spec_parts.h"

namespace berth::converge {

namespace {

constexpr std::chrono::seconds kDefaultGrace{10};  // the engine's own, for stopping

bool is_tcp(const compose::Port& port) { return port.protocol.empty() || port.protocol == "tcp"; }

// Text that is the same for the same request.
std::string hash_of(const engine::ContainerCreate& request) {
  std::string text = request.config.image + "\n" + join(request.config.cmd.value_or(std::vector<std::string>()), " ");
  for (const auto& [port, bindings] : request.host_config.port_bindings) {
    for (const engine::PortBinding& binding : bindings) {
      text += "\n" + port + "=" + binding.host_ip + ":" + binding.host_port;
    }
  }
  return sha256_hex(text + "\n" + request.host_config.network_mode);
}

}  // namespace

engine::ContainerCreate ingress_spec(const compose::Project& project, const compose::Service& service,
                                     std::string_view separator) {
  engine::ContainerCreate request;
  request.name = project.name + std::string(separator) + service.name + std::string(separator) + "ingress";
  request.config.image = agent_image();
  std::vector<std::string> command = {"ingress"};
  if (compose::berth_options(service).proxy_protocol) command.emplace_back("--proxy-protocol");
  std::set<std::uint16_t> targets;
  compose::Service published = service;
  std::erase_if(published.ports, [](const compose::Port& port) { return !is_tcp(port); });
  for (const compose::Port& port : published.ports) {
    if (targets.insert(port.target).second) command.push_back(std::to_string(port.target));
    request.config.exposed_ports.push_back(std::to_string(port.target) + "/tcp");
  }
  std::sort(request.config.exposed_ports.begin(), request.config.exposed_ports.end());
  request.config.cmd = std::move(command);
  request.host_config.port_bindings = bindings_spec(published);
  request.host_config.restart_policy = {.name = "unless-stopped"};
  const std::vector<std::string> keys = networks_to_join(project, service);
  const auto network = keys.empty() ? project.networks.end() : project.networks.find(keys.front());
  request.host_config.network_mode = network == project.networks.end() ? "bridge" : network->second.name;
  request.networking_config.endpoints_config[request.host_config.network_mode] = {};
  request.config.labels = {{label::kProject, project.name},
                           {label::kService, service.name},
                           {label::kOneOff, "True"},
                           {label::kVersion, label::kComposeVersion},
                           {label::kWorkingDir, project.working_dir},
                           {label::kConfigFiles, join(project.compose_files, ",")},
                           {label::kRole, label::kIngressRole}};
  request.config.labels[label::kConfigHash] = hash_of(request);
  return request;
}

void Ingresses::plan() {
  std::map<std::string, const engine::ContainerSummary*, std::less<>> there;
  for (const engine::ContainerSummary& container : state_.containers) {
    if (is_ingress(container)) there[std::string(service_of(container))] = &container;
  }
  for (const auto& [name, service] : project_.services) {
    const auto found = there.find(name);
    const engine::ContainerSummary* container = found == there.end() ? nullptr : found->second;
    if (compose::is_behind_ingress(service) && service.replicas() > 0) {
      plan(service, container);
    } else if (container != nullptr) {
      stops_.remove(*container);
      builder_.change({.kind = converge::Change::Kind::kRemove,
                       .service = name,
                       .container = name_of(*container),
                       .reasons = {"its service publishes its ports itself"}});
    }
  }
}

void Ingresses::plan(const compose::Service& service, const engine::ContainerSummary* there) {
  engine::ContainerCreate request = ingress_spec(project_, service, options_.separator);
  if (there == nullptr) return create(service, std::move(request), {stops_.removal_of_name(request.name)}, {});
  std::vector<std::string> reasons;
  if (label_of(there->labels, label::kConfigHash) != request.config.labels[label::kConfigHash]) {
    reasons.emplace_back("ports or image changed");
  }
  if (!is_connected(service, *there)) reasons.emplace_back("network changed");
  if (!reasons.empty()) return create(service, std::move(request), {stops_.remove(*there)}, std::move(reasons));
  Entry& entry = entries_[service.name];
  entry.container = ref_of(*there);
  if (const auto listed = state_.routes.find(there->id); listed != state_.routes.end()) entry.listed = listed->second;
  const bool starts = there->state != "running" && options_.start;
  if (starts) entry.start = builder_.add(StartContainer{entry.container}, {}, {.service = service.name});
  builder_.change({.kind = starts ? converge::Change::Kind::kStart : converge::Change::Kind::kNone,
                   .service = service.name,
                   .container = entry.container.name,
                   .reasons = {}});
}

bool Ingresses::is_connected(const compose::Service& service, const engine::ContainerSummary& there) const {
  const std::vector<std::string> keys = networks_to_join(project_, service);
  if (keys.empty()) return true;
  const auto id = ground_.network_ids.find(keys.front());
  return id != ground_.network_ids.end() &&
         std::any_of(there.networks.begin(), there.networks.end(), [&](const auto& network) {
           return network.second.network_id == id->second || network.second.network_id.empty();
         });
}

void Ingresses::create(const compose::Service& service, engine::ContainerCreate request, const Numbers& after,
                       std::vector<std::string> reasons) {
  Entry& entry = entries_[service.name];
  entry.container = {.name = request.name, .id = {}, .created_by = OperationNumber::kNone};
  Numbers before = after;
  for (const std::string& key : networks_to_join(project_, service)) {
    if (const auto made = ground_.networks_made.find(key); made != ground_.networks_made.end()) {
      before.push_back(made->second);
    }
  }
  const PlanBuilder::Options about{.service = service.name, .reason = join(reasons, "; "), .replaces = false};
  CreateContainer create{.container = entry.container, .request = std::move(request)};
  entry.container.created_by = builder_.add(std::move(create), before, about);
  if (options_.start) {
    entry.start =
        builder_.add(StartContainer{entry.container}, {entry.container.created_by}, {.service = service.name});
  }
  builder_.change({.kind = reasons.empty() ? converge::Change::Kind::kCreate : converge::Change::Kind::kRecreate,
                   .service = service.name,
                   .container = entry.container.name,
                   .reasons = std::move(reasons)});
}

void Ingresses::order_starts() {
  for (const auto& [name, entry] : entries_) {
    if (entry.start == OperationNumber::kNone) continue;
    const compose::Service& service = project_.services.find(name)->second;
    for (const OperationNumber stop : stops_.stops_that_free(service.ports, entry.container.id)) {
      builder_.order(entry.start, stop);
    }
  }
}

bool Ingresses::sends_to(std::string_view service, const engine::ContainerSummary& container) const {
  const auto entry = entries_.find(service);
  if (entry == entries_.end()) return false;
  const auto& listed = entry->second.listed;
  return std::find(listed.begin(), listed.end(), container.id.brief()) != listed.end();
}

bool Ingresses::sends_anywhere(std::string_view service) const {
  const auto entry = entries_.find(service);
  return entry != entries_.end() && !entry->second.listed.empty();
}

std::vector<ContainerRef> Ingresses::gone(std::string_view service,
                                          const std::vector<const engine::ContainerSummary*>& there) const {
  std::vector<ContainerRef> refs;
  const auto entry = entries_.find(service);
  if (entry == entries_.end()) return refs;
  const auto& leaving = entry->second.leaving;
  for (const std::string& id : entry->second.listed) {
    if (std::find(leaving.begin(), leaving.end(), id) != leaving.end()) continue;
    const bool is_there = std::any_of(there.begin(), there.end(), [&](const auto* c) { return c->id.brief() == id; });
    if (!is_there) refs.push_back({.name = id, .id = engine::ContainerId(id)});
  }
  return refs;
}

OperationNumber Ingresses::route(const compose::Service& service, Change change, const Numbers& after) {
  const auto entry = entries_.find(service.name);
  if (entry == entries_.end() || !options_.start) return OperationNumber::kNone;
  if (change.joins.empty() && change.leaves.empty()) return OperationNumber::kNone;
  for (const ContainerRef& ref : change.leaves) entry->second.leaving.push_back(ref.id.brief());
  std::chrono::seconds drain = kDefaultGrace;
  if (service.stop_grace_period) drain = std::chrono::ceil<std::chrono::seconds>(*service.stop_grace_period);
  const OperationNumber number = builder_.add(RouteIngress{.container = entry->second.container,
                                                           .joins = std::move(change.joins),
                                                           .leaves = std::move(change.leaves),
                                                           .must_answer = change.must_answer,
                                                           .drain = drain},
                                              after, {.service = service.name, .reason = {}, .replaces = true});
  builder_.order(number, entry->second.start);
  return number;
}

}  // namespace berth::converge
