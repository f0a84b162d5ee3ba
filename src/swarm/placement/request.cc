#include "swarm/placement/request.h"

#include <algorithm>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "swarm/placement/body_text.h"
#include "swarm/placement/request_labels.h"
#include "swarm/placement/request_ports.h"

namespace berth::swarm::placement {
namespace {

constexpr std::int64_t kNanosInCpu = 1'000'000'000;

// Reads the members of the body that matter here.
class BodyReader {
 public:
  explicit BodyReader(const BodyText& body)
      : body_(body), host_config_(body.find(body.whole(), "HostConfig").value_or(Span())) {}

  // A top-level member's value; null where there is none.
  json::value top(std::string_view name) const { return value(body_.find(body_.whole(), name)); }
  // A member of HostConfig.
  json::value host(std::string_view name) const { return value(body_.find(host_config_, name)); }
  std::int64_t amount(std::string_view name) const {
    const json::object object{{"x", host(name)}};
    return std::max<std::int64_t>(0, integer_of(object, "x"));
  }
  std::optional<Span> host_span(std::string_view name) const { return body_.find(host_config_, name); }

 private:
  json::value value(std::optional<Span> span) const { return span ? parse_json(body_.at(*span)) : json::value(); }

  const BodyText& body_;
  Span host_config_;
};

std::vector<std::string> texts(const json::value& array) {
  const json::object object{{"x", array}};
  return texts_of(object, "x");
}

std::string text(const json::value& value) {
  return value.is_string() ? std::string(value.get_string()) : std::string();
}

// Moves what is meant for the scheduler from Env into `labels`.
void take_from_env(BodyText& body, LabelTexts& labels) {
  const auto env = body.find(body.whole(), "Env");
  if (!env) return;
  std::string kept;
  bool taken = false;
  for (const Span element : body.elements_of(*env)) {
    // Nearly all entries can be told by their first letter: of constraint, affinity, whitelist, reschedule.
    const std::string_view raw = body.at(element);
    const bool candidate = raw.size() > 1 && std::string_view("cawr\\").find(raw[1]) != std::string_view::npos;
    if (candidate && labels.take(text(parse_json(raw)))) {
      taken = true;
      continue;
    }
    if (!kept.empty()) kept += ',';
    kept += raw;
  }
  if (taken) body.replace(*env, "[" + kept + "]");
}

Resources read_reservation(const BodyReader& body, std::int64_t cpu_shares) {
  Resources reservation;
  reservation.nano_cpus = body.amount("NanoCpus");
  if (reservation.nano_cpus == 0) {
    const std::int64_t period = body.amount("CpuPeriod");
    const auto quota = static_cast<double>(body.amount("CpuQuota"));
    const double share = quota / static_cast<double>(period == 0 ? 100'000 : period);
    reservation.nano_cpus = static_cast<std::int64_t>(share * kNanosInCpu);
  }
  if (reservation.nano_cpus == 0) reservation.nano_cpus = cpu_shares * kNanosInCpu;
  const std::int64_t soft = body.amount("MemoryReservation");
  reservation.memory = Bytes(soft != 0 ? soft : body.amount("Memory"));
  return reservation;
}

// "db:ro", "/db:alias": the container's name.
std::string container_in(std::string_view text) {
  const std::string_view name = cut(text, ':').first;
  return std::string(name.starts_with('/') ? name.substr(1) : name);
}

std::vector<Dependency> read_dependencies(const BodyReader& body) {
  constexpr std::string_view kContainer = "container:";
  std::vector<Dependency> dependencies;
  for (const std::string& from : texts(body.host("VolumesFrom"))) {
    dependencies.push_back({"--volumes-from=" + from, container_in(from)});
  }
  for (const std::string& link : texts(body.host("Links"))) {
    dependencies.push_back({"--link=" + link, container_in(link)});
  }
  for (const auto& [member, option] :
       {std::pair("NetworkMode", "--net="), {"PidMode", "--pid="}, {"IpcMode", "--ipc="}}) {
    const std::string mode = text(body.host(member));
    if (!mode.starts_with(kContainer)) continue;
    dependencies.push_back({option + mode, container_in(std::string_view(mode).substr(kContainer.size()))});
  }
  return dependencies;
}

void add_once(std::vector<std::string>& names, std::string name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
}

std::vector<std::string> read_networks(const BodyReader& body) {
  std::vector<std::string> networks;
  const auto add = [&](const std::string& name) {
    for (const std::string_view builtin : {"", "default", "bridge", "host", "none", "nat"}) {
      if (name == builtin) return;
    }
    if (!name.starts_with("container:")) add_once(networks, name);
  };
  add(text(body.host("NetworkMode")));
  const json::value configuration = body.top("NetworkingConfig");
  if (const json::object* endpoints = find_object(configuration, "EndpointsConfig")) {
    for (const auto& endpoint : *endpoints) add(std::string(endpoint.key()));
  }
  return networks;
}

std::vector<std::string> read_volumes(const BodyReader& body) {
  std::vector<std::string> volumes;
  for (const std::string& bind : texts(body.host("Binds"))) {
    const auto [source, target] = cut(bind, ':');
    const bool is_path = source.find_first_of("/\\~") != std::string_view::npos || source.starts_with('.');
    if (target && !source.empty() && !is_path) add_once(volumes, std::string(source));
  }
  const json::value mounts = body.host("Mounts");
  if (const json::array* array = mounts.if_array()) {
    for (const json::value& mount : *array) {
      std::string source = text_of(mount, "Source");
      if (text_of(mount, "Type") == "volume" && !source.empty()) add_once(volumes, std::move(source));
    }
  }
  return volumes;
}

StringMap read_labels(const BodyReader& body) {
  const json::object object{{"x", body.top("Labels")}};
  StringMap labels;
  for (auto& [name, value] : pairs_of(object, "x")) labels.insert_or_assign(std::move(name), std::move(value));
  return labels;
}

}  // namespace

Request parse_request(const CreateCall& call, const RequestOptions& options) {
  BodyText body(call.body);
  const BodyReader reader(body);
  Request request;
  request.name = call.name.starts_with('/') ? call.name.substr(1) : call.name;
  request.platform = call.platform;
  request.image = text(reader.top("Image"));
  request.labels = read_labels(reader);
  if (options.cpu_shares_reserve) request.cpu_shares = reader.amount("CpuShares");
  request.reservation = read_reservation(reader, request.cpu_shares);
  request.ports = read_ports(reader.host("NetworkMode"), reader.host("PortBindings"), reader.top("ExposedPorts"));
  request.dependencies = read_dependencies(reader);
  request.networks = read_networks(reader);
  request.volumes = read_volumes(reader);

  LabelTexts texts(request.labels);
  take_from_env(body, texts);
  auto changed = texts.changed();
  for (const auto& [name, value] : changed) request.labels.insert_or_assign(name, value);
  apply_labels(request);
  if (request.reservation != Resources() && !request.labels.contains(label::kReservation)) {
    std::string reservation = reservation_label(request.reservation);
    request.labels.emplace(label::kReservation, reservation);
    changed.emplace_back(label::kReservation, std::move(reservation));
  }
  body.set_labels(changed);
  request.body = body.result();
  return request;
}

std::string body_for(const Request& request, std::int64_t cpus) {
  if (request.cpu_shares == 0 || cpus <= 0) return request.body;
  BodyText body(request.body);
  const auto span = BodyReader(body).host_span("CpuShares");
  if (span) body.replace(*span, std::to_string((request.cpu_shares * 1024 + cpus - 1) / cpus));
  return body.result();
}

std::string with_labels(std::string_view body, const std::vector<std::pair<std::string, std::string>>& labels) {
  BodyText text(body);
  text.set_labels(labels);
  return text.result();
}

Container container_of(const Request& request, NodeId node, ContainerId id, bool pending) {
  Container container;
  container.id = std::move(id);
  container.name = request.name;
  container.node = std::move(node);
  container.pending = pending;
  container.reservation = request.reservation;
  container.image = request.image;
  container.labels = request.labels;
  container.ports = request.ports;
  container.volumes = request.volumes;
  container.networks = request.networks;
  for (const Dependency& dependency : request.dependencies) container.shares.push_back(dependency.container);
  return container;
}

Request request_of(const Container& container) {
  Request request;
  request.name = container.name;
  request.image = container.image;
  request.labels = container.labels;
  request.reservation = container.reservation;
  request.ports = container.ports;
  request.volumes = container.volumes;
  request.networks = container.networks;
  for (const std::string& shared : container.shares)
    request.dependencies.push_back({"together with " + shared, shared});
  apply_labels(request);
  return request;
}

}  // namespace berth::swarm::placement
