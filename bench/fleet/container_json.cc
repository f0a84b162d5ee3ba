#include "container_json.h"

#include <cstdio>

#include "base/units.h"

namespace berth::fleet {

namespace {

// What a container's endpoint in a network has; a function of the container, so that nothing is kept.
struct Endpoint {
  std::string network_id, endpoint_id, gateway, address, mac;
};

Endpoint endpoint_of(Node& node, const Container& container, const std::string& name, std::size_t index) {
  Endpoint endpoint;
  const Network* const network = node.find_network(name);
  if (network == nullptr || container.started == 0) return endpoint;
  endpoint.network_id = text_of(network->id);
  if (!container.alive()) return endpoint;
  Id id = container.who->id;
  id[0] ^= container.runs;
  id[1] ^= 0x5bd1e995U * (index + 1);
  endpoint.endpoint_id = text_of(id);
  if (network->driver != "bridge") return endpoint;
  const std::string subnet = "172." + std::to_string(network->subnet);
  const auto place = container.number % 65'000 + 2;
  endpoint.gateway = subnet + ".0.1";
  endpoint.address = subnet + "." + std::to_string(place / 256) + "." + std::to_string(place % 256);
  char mac[24];
  std::snprintf(mac, sizeof mac, "02:42:ac:%02x:%02x:%02x", network->subnet & 255U, static_cast<unsigned>(place / 256),
                static_cast<unsigned>(place % 256));
  endpoint.mac = mac;
  return endpoint;
}

void append_endpoint(std::string& out, const Endpoint& endpoint, const Container& container, bool with_names) {
  out += R"({"IPAMConfig":null,"Links":null,"Aliases":null,"MacAddress":")";
  out += endpoint.mac;
  out += R"(","DriverOpts":null,"GwPriority":0,"NetworkID":")";
  out += endpoint.network_id;
  out += R"(","EndpointID":")";
  out += endpoint.endpoint_id;
  out += R"(","Gateway":")";
  out += endpoint.gateway;
  out += R"(","IPAddress":")";
  out += endpoint.address;
  out += R"(","IPPrefixLen":)";
  out += endpoint.address.empty() ? "0" : "16";
  out += R"(,"IPv6Gateway":"","GlobalIPv6Address":"","GlobalIPv6PrefixLen":0,"DNSNames":)";
  if (with_names && !endpoint.address.empty()) {
    out += '[';
    append_quoted(out, container.who->name);
    out += ",\"" + text_of(container.who->id).substr(0, 12) + "\"]";
  } else {
    out += "null";
  }
  out += '}';
}

void append_networks(std::string& out, Node& node, const Container& container, bool with_names) {
  out += '{';
  const auto& names = container.who->spec->networks;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i != 0) out += ',';
    append_quoted(out, names[i]);
    out += ':';
    append_endpoint(out, endpoint_of(node, container, names[i], i), container, with_names);
  }
  out += '}';
}

void append_listed_ports(std::string& out, const Container& container) {
  out += '[';
  bool first = true;
  if (container.ports) {
    for (const Port& port : *container.ports) {
      if (!first) out += ',';
      first = false;
      out += '{';
      if (port.published) out += R"("IP":")" + port.address + R"(",)";
      out += R"("PrivatePort":)" + std::to_string(port.inside);
      if (port.published) out += R"(,"PublicPort":)" + std::to_string(port.outside);
      out += R"(,"Type":")" + port.protocol + R"("})";
    }
  }
  out += ']';
}

// NetworkSettings.Ports.
void append_port_map(std::string& out, const Container& container) {
  out += '{';
  std::string last;
  if (container.ports) {
    for (const Port& port : *container.ports) {
      const std::string key = std::to_string(port.inside) + "/" + port.protocol;
      if (key == last) {
        out.back() = ',';  // one more binding of the same port
      } else {
        if (!last.empty()) out += ',';
        append_quoted(out, key);
        out += port.published ? ":[" : ":null";
        last = key;
      }
      if (port.published) {
        out += R"({"HostIp":")" + port.address + R"(","HostPort":")" + std::to_string(port.outside) + R"("}])";
      }
    }
  }
  out += '}';
}

std::string time_text(std::int64_t time) {
  if (time == 0) return "0001-01-01T00:00:00Z";
  return format_time(std::chrono::system_clock::time_point(std::chrono::nanoseconds(time)));
}

// The program and its words as one text.
std::string command_of(const Spec& spec) {
  std::string command = spec.path;
  for (const std::string& word : spec.words) {
    const bool quoted = word.empty() || word.find(' ') != std::string::npos;
    command += quoted ? " '" + word + "'" : " " + word;
  }
  return command;
}

void append_state(std::string& out, const Container& container) {
  const bool alive = container.alive();
  out += R"("State":{"Status":")";
  out += text_of(container.status);
  out += alive ? R"(","Running":true,"Paused":)" : R"(","Running":false,"Paused":)";
  out += container.status == Status::kPaused ? "true" : "false";
  out += R"(,"Restarting":false,"OOMKilled":false,"Dead":false,"Pid":)";
  out += alive ? std::to_string(1000 + container.number) : "0";
  out += R"(,"ExitCode":)" + std::to_string(container.exit_code);
  out += R"(,"Error":"","StartedAt":")" + time_text(container.started);
  out += R"(","FinishedAt":")" + time_text(container.finished) + R"("})";
}

void append_config(std::string& out, const Container& container, const std::string& id) {
  const Spec& spec = *container.who->spec;
  out += R"("Config":{)";
  append_member(out, "Hostname", spec.hostname.empty() ? id.substr(0, 12) : spec.hostname);
  out += ',';
  out += spec.config;
  out += R"(,"Labels":)";
  append_labels(out, *container.who->labels);
  out += '}';
}

void append_network_settings(std::string& out, Node& node, const Container& container, const std::string& id) {
  const auto& names = container.who->spec->networks;
  const bool on_bridge = !names.empty() && names.front() == "bridge";
  const Endpoint bridge = on_bridge ? endpoint_of(node, container, names.front(), 0) : Endpoint{};
  const bool alive = container.alive();
  out += R"("NetworkSettings":{"Bridge":"","SandboxID":")";
  if (alive) out.append(id.rbegin(), id.rend());
  out += R"(","SandboxKey":")";
  if (alive) out += "/var/run/docker/netns/" + id.substr(0, 12);
  out += R"(","Ports":)";
  append_port_map(out, container);
  out += R"(,"HairpinMode":false,"LinkLocalIPv6Address":"","LinkLocalIPv6PrefixLen":0,"SecondaryIPAddresses":null,)"
         R"("SecondaryIPv6Addresses":null,"EndpointID":")";
  out += bridge.endpoint_id;
  out += R"(","Gateway":")" + bridge.gateway;
  out += R"(","GlobalIPv6Address":"","GlobalIPv6PrefixLen":0,"IPAddress":")" + bridge.address;
  out += R"(","IPPrefixLen":)";
  out += bridge.address.empty() ? "0" : "16";
  out += R"(,"IPv6Gateway":"","MacAddress":")" + bridge.mac + R"(","Networks":)";
  append_networks(out, node, container, true);
  out += '}';
}

}  // namespace

std::string status_text(Node& node, const Container& container) {
  const auto since = [&](std::int64_t time) { return human_duration(std::chrono::nanoseconds(node.now() - time)); };
  switch (container.status) {
    case Status::kCreated:
      return "Created";
    case Status::kRunning:
      return "Up " + since(container.started);
    case Status::kPaused:
      return "Up " + since(container.started) + " (Paused)";
    case Status::kExited:
      return "Exited (" + std::to_string(container.exit_code) + ") " + since(container.finished) + " ago";
  }
  return {};
}

void append_listed(std::string& out, Node& node, const Container& container) {
  const Identity& who = *container.who;
  const Spec& spec = *who.spec;
  out += R"({"Id":")";
  out += text_of(who.id);
  out += R"(","Names":["/)" + who.name + R"("],)";
  append_member(out, "Image", spec.image);
  out += R"(,"ImageID":"sha256:)" + text_of(spec.image_id) + R"(",)";
  append_member(out, "Command", command_of(spec));
  out += R"(,"Created":)" + std::to_string(container.created / 1'000'000'000) + R"(,"Ports":)";
  append_listed_ports(out, container);
  out += R"(,"Labels":)";
  append_labels(out, *who.labels);
  out += R"(,"State":")";
  out += text_of(container.status);
  out += R"(","Status":")" + status_text(node, container) + R"(","HostConfig":{)";
  append_member(out, "NetworkMode", spec.network_mode);
  out += R"(},"NetworkSettings":{"Networks":)";
  append_networks(out, node, container, false);
  out += R"(},"Mounts":)" + spec.mounts + '}';
}

std::string inspect_text(Node& node, const Container& container) {
  const Identity& who = *container.who;
  const Spec& spec = *who.spec;
  const std::string id = text_of(who.id);
  const std::string folder = "/var/lib/docker/containers/" + id + "/";
  const bool ran = container.started != 0;
  std::string out;
  out.reserve(6000);
  out += R"({"Id":")" + id + R"(","Created":")" + time_text(container.created) + R"(",)";
  append_member(out, "Path", spec.path);
  out += R"(,"Args":[)";
  for (std::size_t i = 0; i < spec.words.size(); ++i) {
    if (i != 0) out += ',';
    append_quoted(out, spec.words[i]);
  }
  out += "],";
  append_state(out, container);
  out += R"(,"Image":"sha256:)" + text_of(spec.image_id);
  out += R"(","ResolvConfPath":")" + (ran ? folder + "resolv.conf" : "");
  out += R"(","HostnamePath":")" + (ran ? folder + "hostname" : "");
  out += R"(","HostsPath":")" + (ran ? folder + "hosts" : "");
  out += R"(","LogPath":")" + (ran ? folder + id + "-json.log" : "");
  out += R"(","Name":"/)" + who.name +
         R"(","RestartCount":0,"Driver":"overlay2","Platform":"linux","MountLabel":"",)"
         R"("ProcessLabel":"","AppArmorProfile":"docker-default","ExecIDs":null,"HostConfig":)";
  out += spec.host_config;
  const std::string layer = "/var/lib/docker/overlay2/" + id;
  out += R"(,"GraphDriver":{"Data":{"ID":")" + id + R"(","LowerDir":")" + layer + "-init/diff";
  out += R"(","MergedDir":")" + layer + R"(/merged","UpperDir":")" + layer + R"(/diff","WorkDir":")" + layer;
  out += R"(/work"},"Name":"overlay2"},"Mounts":)" + spec.mounts + ',';
  append_config(out, container, id);
  out += ',';
  append_network_settings(out, node, container, id);
  out += "}\n";
  return out;
}

}  // namespace berth::fleet
