#include "swarm/access/confine.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <span>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "swarm/api/volumes.h"
#include "swarm/placement/request.h"
#include "swarm/pool/container.h"

namespace berth::swarm {

namespace {

using Names = std::span<const std::string_view>;

// Source: Engine API 1.51, ContainerConfig and ContainerCreate.
constexpr std::string_view kContainerMembers[] = {
    "hostname", "domainname", "user",        "attachstdin", "attachstdout", "attachstderr",    "exposedports",
    "tty",      "openstdin",  "stdinonce",   "env",         "cmd",          "healthcheck",     "argsescaped",
    "image",    "volumes",    "workingdir",  "entrypoint",  "onbuild",      "networkdisabled", "macaddress",
    "labels",   "stopsignal", "stoptimeout", "shell",       "hostconfig",   "networkingconfig"};

// HostConfig and its Resources.
constexpr std::string_view kHostMembers[] = {"binds",
                                             "mounts",
                                             "networkmode",
                                             "pidmode",
                                             "ipcmode",
                                             "cgroupnsmode",
                                             "volumedriver",
                                             "volumesfrom",
                                             "links",
                                             "portbindings",
                                             "publishallports",
                                             "restartpolicy",
                                             "autoremove",
                                             "logconfig",
                                             "consolesize",
                                             "capdrop",
                                             "dns",
                                             "dnsoptions",
                                             "dnssearch",
                                             "extrahosts",
                                             "groupadd",
                                             "oomscoreadj",
                                             "readonlyrootfs",
                                             "tmpfs",
                                             "shmsize",
                                             "isolation",
                                             "init",
                                             "cpushares",
                                             "memory",
                                             "nanocpus",
                                             "blkioweight",
                                             "cpuperiod",
                                             "cpuquota",
                                             "cpurealtimeperiod",
                                             "cpurealtimeruntime",
                                             "cpusetcpus",
                                             "cpusetmems",
                                             "kernelmemory",
                                             "kernelmemorytcp",
                                             "memoryreservation",
                                             "memoryswap",
                                             "memoryswappiness",
                                             "oomkilldisable",
                                             "pidslimit",
                                             "ulimits",
                                             "cpucount",
                                             "cpupercent",
                                             "iomaximumiops",
                                             "iomaximumbandwidth"};
constexpr std::string_view kMountMembers[] = {"type",        "source",       "target",       "readonly",
                                              "consistency", "tmpfsoptions", "volumeoptions"};
constexpr std::string_view kVolumeOptions[] = {"nocopy", "subpath"};
constexpr std::string_view kNetworkMembers[] = {"name",       "checkduplicate", "driver", "internal", "attachable",
                                                "enableipv4", "enableipv6",     "ipam",   "options",  "labels"};
constexpr std::string_view kNetworkOptions[] = {"com.docker.network.driver.mtu",
                                                "com.docker.network.bridge.enable_icc"};
constexpr std::string_view kVolumeMembers[] = {"name", "driver", "labels"};
constexpr std::string_view kExecMembers[] = {"attachstdin", "attachstdout", "attachstderr", "detach",
                                             "detachkeys",  "tty",          "env",          "cmd",
                                             "workingdir",  "user",         "consolesize"};
constexpr std::string_view kConnectionMembers[] = {"container", "endpointconfig", "force"};

// By which managers know what they made; in other hands they would make a manager remove somebody else's container.
constexpr std::string_view kManagersLabels[] = {placement::label::kId, kReplacesLabel, kGenerationLabel, kUnusedVolume};

Error not_in_scope(const std::string& what) {
  return {Kind::kForbidden, what + " is not allowed to a certificate with a scope"};
}

bool is_empty(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return true;
    case json::kind::bool_:
      return !value.get_bool();
    case json::kind::int64:
      return value.get_int64() == 0;
    case json::kind::uint64:
      return value.get_uint64() == 0;
    case json::kind::double_:
      return value.get_double() == 0;
    case json::kind::string:
      return value.get_string().empty();
    case json::kind::array:
      return value.get_array().empty();
    case json::kind::object:
      return std::all_of(value.get_object().begin(), value.get_object().end(),
                         [](const auto& member) { return is_empty(member.value()); });
  }
  return false;
}

bool is_among(Names names, std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); }

// The members of an object that an engine reads into a structure, found as it finds them.
class Struct {
 public:
  // Refuses members that are neither known nor empty.
  Struct(const json::value& value, Names known, const std::string& where) {
    if (value.is_null()) return;
    if (!value.is_object()) throw Error(Kind::kInvalid, where + " is no JSON object");
    for (const auto& member : value.get_object()) {
      const std::string shown = where + "." + std::string(member.key());
      // Some letters beyond ASCII are the same to an engine as one of ASCII.
      const bool ascii = std::none_of(member.key().begin(), member.key().end(),
                                      [](char c) { return static_cast<unsigned char>(c) > 0x7e; });
      std::string name = to_lower(std::string_view(member.key()));
      if (!ascii || !seen_.insert(name).second) throw Error(Kind::kInvalid, shown + " stands there in two ways");
      if (is_among(known, name)) {
        members_.emplace_back(std::move(name), &member.value());
      } else if (!is_empty(member.value()) || ((name == "maskedpaths" || name == "readonlypaths") &&
                                               !member.value().is_null())) {  // an empty list takes protection away
        throw not_in_scope(shown);
      }
    }
  }

  // Null where there is none.
  const json::value& at(std::string_view name) const {
    static const json::value kNull;
    for (const auto& [known, value] : members_) {
      if (known == name) return *value;
    }
    return kNull;
  }
  std::string text(std::string_view name) const {
    const json::value& value = at(name);
    if (value.is_string()) return std::string(std::string_view(value.get_string()));
    if (value.is_null()) return {};
    throw Error(Kind::kInvalid, std::string(name) + " is no text");
  }

 private:
  std::set<std::string> seen_;
  std::vector<std::pair<std::string, const json::value*>> members_;
};

const json::array& list(const json::value& value, const std::string& where) {
  static const json::array kNone;
  if (value.is_null()) return kNone;
  if (!value.is_array()) throw Error(Kind::kInvalid, where + " is no list");
  return value.get_array();
}

void check_driver(const std::string& driver, std::string_view only, const std::string& what) {
  if (!driver.empty() && driver != only) throw not_in_scope(what + " '" + driver + "'");
}

// A namespace of the container's own, or of another container, whose scope is asked elsewhere.
void check_mode(const Struct& host, const std::string& name, std::initializer_list<std::string_view> own) {
  const std::string mode = host.text(name);
  if (mode.empty() || mode.starts_with("container:")) return;
  if (std::find(own.begin(), own.end(), mode) == own.end()) throw not_in_scope(name + " '" + mode + "'");
}

void check_mount(const json::value& value) {
  const Struct mount(value, kMountMembers, "Mounts");
  const std::string type = mount.text("type");
  if (type != "volume" && type != "tmpfs") throw not_in_scope("a mount of type '" + type + "'");
  if (mount.text("source").starts_with('/')) throw not_in_scope("the mount of '" + mount.text("source") + "'");
  const Struct options(mount.at("volumeoptions"), kVolumeOptions, "Mounts.VolumeOptions");
}

void check_host(const json::value& value) {
  const Struct host(value, kHostMembers, "HostConfig");
  for (const json::value& bind : list(host.at("binds"), "Binds")) {
    const std::string_view text = bind.is_string() ? std::string_view(bind.get_string()) : "/";
    const std::string_view source = text.substr(0, text.find(':'));
    if (source.find_first_of("/\\.~") == 0 || source.empty()) {
      throw not_in_scope("the folder '" + std::string(source) + "' of a node");
    }
  }
  for (const json::value& mount : list(host.at("mounts"), "Mounts")) check_mount(mount);
  // Any other is a network, and looked for in the scope.
  if (host.text("networkmode") == "host") throw not_in_scope("networkmode 'host'");
  check_mode(host, "pidmode", {});
  check_mode(host, "ipcmode", {"private", "shareable", "none"});
  check_mode(host, "cgroupnsmode", {"private"});
  check_driver(host.text("volumedriver"), "local", "the volume driver");
}

void add_labels(const Scope& scope, json::value& labels) {
  if (labels.is_null()) labels.emplace_object();
  if (!labels.is_object()) throw Error(Kind::kInvalid, "Labels is no JSON object");
  json::object& all = labels.get_object();
  for (const std::string_view name : kManagersLabels) {
    if (all.contains(name)) throw not_in_scope("the label '" + std::string(name) + "'");
  }
  for (const Selector& selector : scope) {
    const json::value* found = all.if_contains(selector.key);
    if (found == nullptr && selector.value) {
      all[selector.key] = *selector.value;
    } else if (found == nullptr || (selector.value && *found != json::string(*selector.value))) {
      throw Error(Kind::kForbidden,
                  "your certificate's scope is the label '" + selector.text() + "': what you make must have it");
    }
  }
}

// The top-level member of this name, however it is written.
json::value& member(json::value& object, std::string_view name) {
  for (auto& one : object.get_object()) {
    if (equal_ignoring_case(std::string_view(one.key()), name)) return one.value();
  }
  return object.get_object()[name];
}

json::value parsed(const std::string& body) {
  json::value value = parse_json(body.empty() ? "{}" : body);
  if (!value.is_object()) throw Error(Kind::kInvalid, "the request's body is no JSON object");
  return value;
}

std::string made(const Scope& scope, json::value body) {
  add_labels(scope, member(body, "Labels"));
  return format_json(body);
}

}  // namespace

std::string confined_container(const Scope& scope, std::string body) {
  if (scope.empty()) return body;
  json::value value = parsed(body);
  const Struct container(value, kContainerMembers, "the container");
  check_host(container.at("hostconfig"));
  // A network of its node; others are looked for in the scope.
  constexpr std::string_view kEndpoints[] = {"endpointsconfig"};
  const Struct networking(container.at("networkingconfig"), kEndpoints, "NetworkingConfig");
  const json::value& endpoints = networking.at("endpointsconfig");
  if (endpoints.is_object()) {
    for (const auto& endpoint : endpoints.get_object()) {
      if (endpoint.key() == "host" || endpoint.key().starts_with("container:")) {
        throw not_in_scope("the network '" + std::string(endpoint.key()) + "'");
      }
    }
  } else if (!endpoints.is_null()) {
    throw Error(Kind::kInvalid, "EndpointsConfig is no JSON object");
  }
  return made(scope, std::move(value));
}

std::string confined_network(const Scope& scope, std::string body) {
  if (scope.empty()) return body;
  json::value value = parsed(body);
  const Struct network(value, kNetworkMembers, "the network");
  check_driver(network.text("driver"), "bridge", "the network driver");
  if (!network.at("options").is_null()) {
    if (!network.at("options").is_object()) throw Error(Kind::kInvalid, "Options is no JSON object");
    for (const auto& option : network.at("options").get_object()) {
      if (!is_among(kNetworkOptions, option.key())) {
        throw not_in_scope("the network option '" + std::string(option.key()) + "'");
      }
    }
  }
  return made(scope, std::move(value));
}

std::string confined_volume(const Scope& scope, std::string body) {
  if (scope.empty()) return body;
  json::value value = parsed(body);
  check_driver(Struct(value, kVolumeMembers, "the volume").text("driver"), "local", "the volume driver");
  return made(scope, std::move(value));
}

std::string confined_update(const Scope& scope, std::string body) {
  if (scope.empty()) return body;
  const json::value value = parsed(body);
  check_host(value);
  return format_json(value);
}

std::string confined_exec(const Scope& scope, std::string body) {
  if (scope.empty()) return body;
  const json::value value = parsed(body);
  const Struct checked(value, kExecMembers, "the exec");
  return format_json(value);
}

std::string confined_connection(const Scope& scope, std::string body) {
  if (scope.empty()) return body;
  const json::value value = parsed(body);
  const Struct checked(value, kConnectionMembers, "the connection");
  return format_json(value);
}

}  // namespace berth::swarm
