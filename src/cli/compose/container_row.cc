#include "cli/compose/container_row.h"

#include <algorithm>
#include <ctime>
#include <map>
#include <tuple>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "base/units.h"
#include "cli/terminal.h"
#include "converge/labels.h"

namespace berth::cli {

namespace {

// At most `width` columns, the last one '…' where something is cut off.
std::string shortened(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  std::size_t end = 0;
  for (std::size_t columns = 0; end < text.size(); ++end) {
    const bool begins = (static_cast<unsigned char>(text[end]) & 0xC0) != 0x80;
    if (begins && columns++ == width - 1) break;
  }
  return std::string(text.substr(0, end)) + "…";
}

// As Go quotes a text.
std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += std::string("\\") + c;
    } else if (c == '\n' || c == '\t' || c == '\r') {
      result += c == '\n' ? "\\n" : c == '\t' ? "\\t" : "\\r";
    } else if (static_cast<unsigned char>(c) < ' ') {
      result += "\\x" + to_hex(std::string_view(&c, 1));
    } else {
      result += c;
    }
  }
  return result + "\"";
}

// "2026-11-22 17:46:40 +0000 UTC", in the local time zone.
std::string local_time(engine::Time time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  char text[64];
  return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %z %Z", &parts));
}

std::string labels_text(const engine::StringMap& labels) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : labels) parts.push_back(name + "=" + value);
  return join(parts, ",");
}

std::string mounts_text(const engine::ContainerSummary& container, bool truncate) {
  std::vector<std::string> names;
  for (const engine::MountPoint& mount : container.mounts) {
    const std::string& name = mount.name.empty() ? mount.source : mount.name;
    names.push_back(truncate ? shortened(name, 15) : name);
  }
  return join(names, ",");
}

json::array publishers(std::vector<engine::Port> ports) {
  std::stable_sort(ports.begin(), ports.end(),
                   [](const auto& a, const auto& b) { return a.private_port < b.private_port; });
  json::array result;
  for (const engine::Port& port : ports) {
    result.push_back(json::object{{"URL", port.ip},
                                  {"TargetPort", port.private_port},
                                  {"PublishedPort", port.public_port},
                                  {"Protocol", port.type}});
  }
  return result;
}

std::string address_text(const engine::Port& port, const std::string& number) {
  return (port.ip.find(':') != std::string::npos ? "[" + port.ip + "]" : port.ip) + ":" + number;
}

// Consecutive ports of one address and protocol that are published under their own numbers, or not at all.
struct PortGroup {
  engine::Port first;
  std::uint16_t last = 0;

  std::string text() const {
    std::string numbers = std::to_string(first.private_port);
    if (last != first.private_port) numbers += "-" + std::to_string(last);
    const std::string published = first.ip.empty() ? "" : address_text(first, numbers) + "->";
    return published + numbers + "/" + first.type;
  }
};

}  // namespace

std::string ports_text(std::vector<engine::Port> ports) {
  std::sort(ports.begin(), ports.end(), [](const engine::Port& a, const engine::Port& b) {
    return std::tie(a.private_port, a.ip, a.public_port, a.type) <
           std::tie(b.private_port, b.ip, b.public_port, b.type);
  });
  std::vector<std::string> closed;
  std::vector<std::string> mapped;
  std::vector<PortGroup> open;  // at most one for each address and protocol
  for (const engine::Port& port : ports) {
    if (!port.ip.empty() && port.public_port != port.private_port) {
      mapped.push_back(address_text(port, std::to_string(port.public_port)) + "->" + std::to_string(port.private_port) +
                       "/" + port.type);
      continue;
    }
    const auto group = std::find_if(open.begin(), open.end(), [&](const PortGroup& candidate) {
      return candidate.first.ip == port.ip && candidate.first.type == port.type;
    });
    if (group == open.end()) {
      open.push_back({port, port.private_port});
    } else if (port.private_port == group->last + 1) {
      group->last = port.private_port;
    } else {
      closed.push_back(group->text());
      *group = {port, port.private_port};
    }
  }
  for (const PortGroup& group : open) closed.push_back(group.text());
  closed.insert(closed.end(), mapped.begin(), mapped.end());
  return join(closed, ", ");
}

std::string health_of_status(std::string_view status) {
  if (status.ends_with("(healthy)")) return "healthy";
  if (status.ends_with("(unhealthy)")) return "unhealthy";
  return status.ends_with("(health: starting)") ? "starting" : "";
}

std::int64_t exit_code_of_status(std::string_view status) {
  constexpr std::string_view kExited = "Exited (";
  if (!status.starts_with(kExited)) return 0;
  status.remove_prefix(kExited.size());
  return parse_integer(status.substr(0, status.find(')'))).value_or(0);
}

json::value container_row(const engine::ContainerSummary& container, bool truncate, engine::Time now) {
  using namespace converge;
  const std::string name = name_of(container);
  std::vector<std::string> networks;
  for (const auto& [network, settings] : container.networks) networks.push_back(network);
  const auto local = std::count_if(container.mounts.begin(), container.mounts.end(),
                                   [](const auto& mount) { return mount.driver == "local"; });
  const bool ended = container.state == "exited" || container.state == "dead";
  return json::object{
      {"Command", quoted(truncate ? shortened(container.command, 20) : container.command)},
      {"CreatedAt", local_time(container.created)},
      {"ExitCode", ended ? exit_code_of_status(container.status) : 0},
      {"Health", container.state == "running" ? health_of_status(container.status) : ""},
      {"ID", truncate ? container.id.brief() : container.id.value},
      {"Image", container.image},
      {"Labels", labels_text(container.labels)},
      {"LocalVolumes", std::to_string(local)},
      {"Mounts", mounts_text(container, truncate)},
      {"Name", name},
      {"Names", truncate ? name : join(container.names, ",")},
      {"Networks", join(networks, ",")},
      {"Ports", ports_text(container.ports)},
      {"Project", label_of(container.labels, label::kProject)},
      {"Publishers", publishers(container.ports)},
      {"RunningFor", human_duration(now - container.created) + " ago"},
      {"Service", service_of(container)},
      {"Size", human_size(container.size_rw.value_or(Bytes{}))},
      {"State", container.state},
      {"Status", container.status},
  };
}

json::value container_headers() {
  return json::object{
      {"Command", "COMMAND"},    {"CreatedAt", "CREATED AT"},
      {"ExitCode", "EXIT CODE"}, {"Health", "HEALTH"},
      {"ID", "CONTAINER ID"},    {"Image", "IMAGE"},
      {"Labels", "LABELS"},      {"LocalVolumes", "LOCAL VOLUMES"},
      {"Mounts", "MOUNTS"},      {"Name", "NAME"},
      {"Names", "NAMES"},        {"Networks", "NETWORKS"},
      {"Ports", "PORTS"},        {"Project", "PROJECT"},
      {"Publishers", "PORTS"},   {"RunningFor", "CREATED"},
      {"Service", "SERVICE"},    {"Size", "SIZE"},
      {"State", "STATE"},        {"Status", "STATUS"},
  };
}

TemplateOptions container_template_options(const std::vector<engine::ContainerSummary>& containers) {
  std::map<std::string, engine::StringMap> labels;
  for (const auto& container : containers) labels[converge::name_of(container)] = container.labels;
  TemplateOptions options;
  options.methods["Label"] = [labels](const json::value& self, const std::vector<json::value>& arguments) {
    if (arguments.size() != 1 || !arguments[0].is_string()) {
      throw Error(Kind::kInvalid, "template: 'Label' needs the name of one label");
    }
    const std::string wanted(std::string_view(arguments[0].get_string()));
    const auto found = labels.find(text_of(self, "Name"));
    // Not a container's row but the header's: the last part of the label's name.
    const std::string value =
        found == labels.end() ? split(wanted, '.').back() : std::string(converge::label_of(found->second, wanted));
    return json::value(json::string(value));
  };
  return options;
}

}  // namespace berth::cli
