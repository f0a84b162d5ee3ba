#include "spec.h"

#include <algorithm>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"

namespace berth::fleet {

using berth::text_of;

namespace {

// Answers of dockerd 28.5 for a container that was asked for its image only. An empty member of the body leaves what
// is here.
constexpr std::string_view kConfig =
    R"({"Domainname":"","User":"","AttachStdin":false,"AttachStdout":false,"AttachStderr":false,"Tty":false,)"
    R"("OpenStdin":false,"StdinOnce":false,"Env":[],"Cmd":["serve"],"Image":"","Volumes":null,"WorkingDir":"",)"
    R"("Entrypoint":null,"OnBuild":null})";
constexpr std::string_view kHostConfig =
    R"({"Binds":null,"ContainerIDFile":"","LogConfig":{"Type":"json-file","Config":{}},"NetworkMode":"bridge",)"
    R"("PortBindings":{},"RestartPolicy":{"Name":"no","MaximumRetryCount":0},"AutoRemove":false,"VolumeDriver":"",)"
    R"("VolumesFrom":null,"ConsoleSize":[0,0],"CapAdd":null,"CapDrop":null,"CgroupnsMode":"private","Dns":null,)"
    R"("DnsOptions":null,"DnsSearch":null,"ExtraHosts":null,"GroupAdd":null,"IpcMode":"private","Cgroup":"",)"
    R"("Links":null,"OomScoreAdj":0,"PidMode":"","Privileged":false,"PublishAllPorts":false,"ReadonlyRootfs":false,)"
    R"("SecurityOpt":null,"UTSMode":"","UsernsMode":"","ShmSize":67108864,"Runtime":"runc","Isolation":"",)"
    R"("CpuShares":0,"Memory":0,"NanoCpus":0,"CgroupParent":"","BlkioWeight":0,"BlkioWeightDevice":null,)"
    R"("BlkioDeviceReadBps":null,"BlkioDeviceWriteBps":null,"BlkioDeviceReadIOps":null,"BlkioDeviceWriteIOps":null,)"
    R"("CpuPeriod":0,"CpuQuota":0,"CpuRealtimePeriod":0,"CpuRealtimeRuntime":0,"CpusetCpus":"","CpusetMems":"",)"
    R"("Devices":null,"DeviceCgroupRules":null,"DeviceRequests":null,"MemoryReservation":0,"MemorySwap":0,)"
    R"("MemorySwappiness":null,"OomKillDisable":false,"PidsLimit":null,"Ulimits":null,"CpuCount":0,"CpuPercent":0,)"
    R"("IOMaximumIOps":0,"IOMaximumBandwidth":0,"MaskedPaths":["/proc/asound","/proc/acpi","/proc/interrupts",)"
    R"("/proc/kcore","/proc/keys","/proc/latency_stats","/proc/timer_list","/proc/timer_stats","/proc/sched_debug",)"
    R"("/proc/scsi","/sys/firmware","/sys/devices/virtual/powercap"],"ReadonlyPaths":["/proc/bus","/proc/fs",)"
    R"("/proc/irq","/proc/sys","/proc/sysrq-trigger"]})";
constexpr std::string_view kPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

bool is_empty(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return true;
    case json::kind::string:
      return value.get_string().empty();
    case json::kind::int64:
      return value.get_int64() == 0;
    case json::kind::object:
      return value.get_object().empty();
    default:
      return false;
  }
}

json::object with_defaults(std::string_view defaults, const json::object& given) {
  json::object merged = parse_json(defaults).get_object();
  for (const auto& member : given) {
    json::value& into = merged[member.key()];
    if (!is_empty(member.value()) || into.is_null()) into = member.value();
  }
  return merged;
}

// Words of a command, which may be one text.
std::vector<std::string> words_of(const json::value& config, std::string_view name) {
  const json::value* const member = find(config, name);
  if (member != nullptr && member->is_string() && !member->get_string().empty()) {
    return {std::string(member->get_string())};
  }
  return texts_of(config, name);
}

void read_program(Spec& spec, const json::value& config) {
  std::vector<std::string> words = words_of(config, "Entrypoint");
  for (std::string& word : words_of(config, "Cmd")) words.push_back(std::move(word));
  if (words.empty()) throw Error(Kind::kInvalid, "no command specified");
  spec.path = words.front();
  words.erase(words.begin());
  spec.words = std::move(words);
}

Port port_of(std::string_view key) {
  const auto [number, protocol] = cut(key, '/');
  const auto inside = parse_integer(number);
  if (!inside || *inside < 1 || *inside > 65535) throw Error(Kind::kInvalid, "invalid port '" + std::string(key) + "'");
  return {
      .address = {}, .inside = static_cast<std::uint16_t>(*inside), .protocol = std::string(protocol.value_or("tcp"))};
}

void read_ports(Spec& spec, const json::value& config, const json::value& host_config) {
  const json::object* const bindings = find_object(host_config, "PortBindings");
  if (bindings != nullptr) {
    for (const auto& member : *bindings) {
      if (!member.value().is_array()) continue;
      for (const json::value& binding : member.value().get_array()) {
        Port port = port_of(member.key());
        port.published = true;
        const std::string outside = text_of(binding, "HostPort");
        const auto first = parse_integer(cut(outside, '-').first);
        if (!outside.empty() && (!first || *first < 0 || *first > 65535)) {
          throw Error(Kind::kInvalid, "invalid port specification: \"" + outside + "\"");
        }
        port.outside = static_cast<std::uint16_t>(first.value_or(0));
        port.address = text_of(binding, "HostIp");
        if (!port.address.empty()) {
          spec.ports.push_back(std::move(port));
          continue;
        }
        for (const char* any : {"0.0.0.0", "::"}) {
          port.address = any;
          spec.ports.push_back(port);
        }
      }
    }
  }
  const json::object* const exposed = find_object(config, "ExposedPorts");
  if (exposed == nullptr) return;
  const bool publish_all = flag_of(host_config, "PublishAllPorts");
  for (const auto& member : *exposed) {
    Port port = port_of(member.key());
    const bool bound = std::any_of(spec.ports.begin(), spec.ports.end(), [&](const Port& other) {
      return other.inside == port.inside && other.protocol == port.protocol;
    });
    if (bound) continue;
    port.published = publish_all;
    if (publish_all) port.address = "0.0.0.0";
    spec.ports.push_back(std::move(port));
  }
}

void append_mount(Spec& spec, std::string_view type, const std::string& source, const std::string& target,
                  std::string_view mode, bool writable) {
  std::string& out = spec.mounts;
  out += out.empty() ? "{" : ",{";
  append_member(out, "Type", type);
  if (type == "volume") {
    out += ',';
    append_member(out, "Name", source);
  }
  out += ',';
  append_member(out, "Source", type == "volume" ? "/var/lib/docker/volumes/" + source + "/_data" : source);
  out += ',';
  append_member(out, "Destination", target);
  if (type == "volume") out += R"(,"Driver":"local")";
  out += ',';
  append_member(out, "Mode", mode);
  out += writable ? R"(,"RW":true,)" : R"(,"RW":false,)";
  append_member(out, "Propagation", type == "bind" ? "rprivate" : "");
  out += '}';
  if (type == "volume") spec.volumes.push_back(source);
}

void read_mounts(Spec& spec, const json::value& host_config) {
  for (const std::string& bind : texts_of(host_config, "Binds")) {
    const std::vector<std::string> parts = split(bind, ':');
    if (parts.size() < 2) throw Error(Kind::kInvalid, "invalid volume specification: '" + bind + "'");
    const std::string mode = parts.size() > 2 ? parts[2] : "";
    append_mount(spec, parts[0].starts_with('/') ? "bind" : "volume", parts[0], parts[1], mode, mode != "ro");
  }
  if (const json::array* const mounts = find_array(host_config, "Mounts")) {
    for (const json::value& mount : *mounts) {
      append_mount(spec, text_of(mount, "Type"), text_of(mount, "Source"), text_of(mount, "Target"), "",
                   !flag_of(mount, "ReadOnly"));
    }
  }
  spec.mounts = "[" + spec.mounts + "]";
}

void read_networks(Spec& spec, const json::value& body, const json::value& host_config) {
  spec.network_mode = text_of(host_config, "NetworkMode");
  const std::string& mode = spec.network_mode;
  if (!mode.starts_with("container:")) spec.networks.push_back(mode);
  const json::value* const networking = find(body, "NetworkingConfig");
  const json::object* const endpoints = networking == nullptr ? nullptr : find_object(*networking, "EndpointsConfig");
  if (endpoints == nullptr) return;
  for (const auto& member : *endpoints) {
    std::string name(member.key());
    if (name == "default") name = "bridge";
    if (std::find(spec.networks.begin(), spec.networks.end(), name) == spec.networks.end()) {
      spec.networks.push_back(std::move(name));
    }
  }
}

json::value config_of(const json::value& body) {
  json::object config = with_defaults(kConfig, body.get_object());
  for (const char* elsewhere : {"HostConfig", "NetworkingConfig", "Hostname"}) config.erase(elsewhere);
  if (!words_of(body, "Entrypoint").empty() && words_of(body, "Cmd").empty()) config["Cmd"] = nullptr;
  auto& env = config["Env"].as_array();
  const auto is_path = [](const json::value& item) {
    return item.is_string() && item.get_string().starts_with("PATH=");
  };
  if (std::none_of(env.begin(), env.end(), is_path)) env.emplace_back(kPath);
  return config;
}

json::value host_config_of(const json::value& body) {
  const json::object* const given = find_object(body, "HostConfig");
  json::value value = with_defaults(kHostConfig, given != nullptr ? *given : json::object{});
  json::object& host_config = value.get_object();
  if (text_of(value, "NetworkMode") == "default") host_config["NetworkMode"] = "bridge";
  json::value& policy = host_config["RestartPolicy"];
  if (text_of(policy, "Name").empty()) policy.as_object()["Name"] = "no";
  const std::int64_t memory = integer_of(value, "Memory");
  if (memory > 0 && integer_of(value, "MemorySwap") == 0) host_config["MemorySwap"] = 2 * memory;
  return value;
}

std::shared_ptr<const Spec> make_spec(Node& node, const json::value& body) {
  auto made = std::make_shared<Spec>();
  Spec& spec = *made;
  spec.image = text_of(body, "Image");
  spec.image_id = node.image(spec.image)->id;
  const json::value config = config_of(body);
  const json::value host_config = host_config_of(body);
  spec.hostname = text_of(body, "Hostname");
  spec.tty = flag_of(config, "Tty");
  spec.auto_remove = flag_of(host_config, "AutoRemove");
  const std::string restart = text_of(*find(host_config, "RestartPolicy"), "Name");
  spec.restarts = restart == "always" || restart == "unless-stopped";
  read_program(spec, config);
  read_ports(spec, config, host_config);
  read_mounts(spec, host_config);
  read_networks(spec, body, host_config);
  const std::string text = format_json(config);
  spec.config = text.substr(1, text.size() - 2);
  spec.host_config = format_json(host_config);
  return made;
}

}  // namespace

CreateRequest read_create(Node& node, const json::value& body) {
  if (!body.is_object() || body.get_object().empty()) {
    throw Error(Kind::kInvalid, "config cannot be empty in order to create a container");
  }
  CreateRequest request;
  auto labels = std::make_shared<Labels>(pairs_of(body, "Labels"));
  std::sort(labels->begin(), labels->end());
  request.labels = std::move(labels);

  if (text_of(body, "Image").empty()) throw Error(Kind::kInvalid, "no image specified");
  static_cast<void>(node.image(text_of(body, "Image")));
  json::value unlabelled = body;
  unlabelled.get_object().erase("Labels");
  std::weak_ptr<const Spec>& kept = node.shared().specs[format_json(unlabelled)];
  request.spec = kept.lock();
  if (!request.spec) kept = request.spec = make_spec(node, unlabelled);
  return request;
}

}  // namespace berth::fleet
