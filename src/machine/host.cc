#include "machine/host.h"

#include <algorithm>

#include "base/error.h"
#include "base/json.h"
#include "base/json_text.h"

namespace berth::machine {

namespace {

json::object engine_json(const EngineOptions& o) {
  json::object result = {{"ArbitraryFlags", array_of(o.arbitrary_flags)},
                         {"Dns", array_of(o.dns)},
                         {"GraphDir", o.graph_dir},
                         {"Env", array_of(o.env)},
                         {"Ipv6", o.ipv6},
                         {"InsecureRegistry", array_of(o.insecure_registry)},
                         {"Labels", array_of(o.labels)},
                         {"LogLevel", o.log_level},
                         {"StorageDriver", o.storage_driver},
                         {"SelinuxEnabled", o.selinux_enabled},
                         {"TlsVerify", o.tls_verify},
                         {"RegistryMirror", array_of(o.registry_mirror)},
                         {"InstallURL", o.install_url}};
  if (!o.install_from.empty()) result["InstallFrom"] = o.install_from;
  if (!o.via.empty()) result["Via"] = o.via;
  return result;
}

EngineOptions read_engine(const json::value& v) {
  return {.arbitrary_flags = texts_of(v, "ArbitraryFlags"),
          .dns = texts_of(v, "Dns"),
          .graph_dir = text_of(v, "GraphDir"),
          .env = texts_of(v, "Env"),
          .ipv6 = flag_of(v, "Ipv6"),
          .insecure_registry = texts_of(v, "InsecureRegistry"),
          .labels = texts_of(v, "Labels"),
          .log_level = text_of(v, "LogLevel"),
          .storage_driver = text_of(v, "StorageDriver"),
          .selinux_enabled = flag_of(v, "SelinuxEnabled"),
          .tls_verify = flag_of(v, "TlsVerify"),
          .registry_mirror = texts_of(v, "RegistryMirror"),
          .install_url = text_of(v, "InstallURL"),
          .install_from = text_of(v, "InstallFrom"),
          .via = text_of(v, "Via")};
}

json::object swarm_json(const SwarmOptions& o) {
  return {{"IsSwarm", o.is_swarm},
          {"Address", o.address},
          {"Discovery", o.discovery},
          {"Agent", o.agent},
          {"Master", o.master},
          {"Host", o.host},
          {"Image", o.image},
          {"Strategy", o.strategy},
          {"Heartbeat", o.heartbeat},
          {"Overcommit", o.overcommit},
          {"ArbitraryFlags", array_of(o.arbitrary_flags)},
          {"ArbitraryJoinFlags", array_of(o.arbitrary_join_flags)},
          {"Env", array_of(o.env)},
          {"IsExperimental", o.is_experimental}};
}

double number_of(const json::value& v, std::string_view name) {
  const json::value* member = find(v, name);
  return member != nullptr && member->is_number() ? member->to_number<double>() : 0;
}

SwarmOptions read_swarm(const json::value& v) {
  return {.is_swarm = flag_of(v, "IsSwarm"),
          .address = text_of(v, "Address"),
          .discovery = text_of(v, "Discovery"),
          .agent = flag_of(v, "Agent"),
          .master = flag_of(v, "Master"),
          .host = text_of(v, "Host"),
          .image = text_of(v, "Image"),
          .strategy = text_of(v, "Strategy"),
          .heartbeat = integer_of(v, "Heartbeat"),
          .overcommit = number_of(v, "Overcommit"),
          .arbitrary_flags = texts_of(v, "ArbitraryFlags"),
          .arbitrary_join_flags = texts_of(v, "ArbitraryJoinFlags"),
          .env = texts_of(v, "Env"),
          .is_experimental = flag_of(v, "IsExperimental")};
}

json::object auth_json(const AuthOptions& o) {
  return {{"CertDir", o.cert_dir},
          {"CaCertPath", o.ca_cert_path},
          {"CaPrivateKeyPath", o.ca_private_key_path},
          {"CaCertRemotePath", o.ca_cert_remote_path},
          {"ServerCertPath", o.server_cert_path},
          {"ServerKeyPath", o.server_key_path},
          {"ClientKeyPath", o.client_key_path},
          {"ServerCertRemotePath", o.server_cert_remote_path},
          {"ServerKeyRemotePath", o.server_key_remote_path},
          {"ClientCertPath", o.client_cert_path},
          {"ServerCertSANs", array_of(o.server_cert_sans)},
          {"StorePath", o.store_path}};
}

AuthOptions read_auth(const json::value& v) {
  return {.cert_dir = text_of(v, "CertDir"),
          .ca_cert_path = text_of(v, "CaCertPath"),
          .ca_private_key_path = text_of(v, "CaPrivateKeyPath"),
          .ca_cert_remote_path = text_of(v, "CaCertRemotePath"),
          .server_cert_path = text_of(v, "ServerCertPath"),
          .server_key_path = text_of(v, "ServerKeyPath"),
          .client_key_path = text_of(v, "ClientKeyPath"),
          .server_cert_remote_path = text_of(v, "ServerCertRemotePath"),
          .server_key_remote_path = text_of(v, "ServerKeyRemotePath"),
          .client_cert_path = text_of(v, "ClientCertPath"),
          .server_cert_sans = texts_of(v, "ServerCertSANs"),
          .store_path = text_of(v, "StorePath")};
}

const json::value& member_or_null(const json::value& value, std::string_view name) {
  static const json::value null;
  const json::value* member = find(value, name);
  return member != nullptr ? *member : null;
}

}  // namespace

std::string format_host(const Host& host) {
  const json::object options = {{"Driver", ""},
                                {"Memory", 0},
                                {"Disk", 0},
                                {"EngineOptions", engine_json(host.engine)},
                                {"SwarmOptions", swarm_json(host.swarm)},
                                {"AuthOptions", auth_json(host.auth)}};
  // The driver's part is its own: not a byte of it is read and written anew.
  const std::string record =
      "{\"ConfigVersion\":" + std::to_string(Host::kConfigVersion) + ",\"Driver\":" + host.driver +
      ",\"DriverName\":" + format_json(json::string(host.driver_name)) + ",\"HostOptions\":" + format_json(options) +
      ",\"Name\":" + format_json(json::string(host.name)) + "}";
  return lay_out_json(record, 4, true);
}

Host parse_host(std::string_view text) {
  const json::value record = parse_json(text);
  if (!record.is_object()) throw Error(Kind::kInvalid, "not a machine's record: no JSON object");
  const auto version = integer_of(record, "ConfigVersion");
  if (version > Host::kConfigVersion) {
    throw Error(Kind::kUnsupported, "config version " + std::to_string(version) +
                                        " is from a newer program: use the program that made the machine");
  }
  if (version < Host::kConfigVersion) {
    throw Error(Kind::kUnsupported, "config version " + std::to_string(version) +
                                        " is too old: run 'docker-machine ls' once, it brings the file up to date");
  }
  Host host;
  host.name = text_of(record, "Name");
  host.driver_name = text_of(record, "DriverName");
  if (host.driver_name.empty()) throw Error(Kind::kInvalid, "not a machine's record: no DriverName");
  if (find_object(record, "Driver") != nullptr) host.driver = lay_out_json(*json_member_text(text, "Driver"), 0);
  const json::value& options = member_or_null(record, "HostOptions");
  host.engine = read_engine(member_or_null(options, "EngineOptions"));
  host.swarm = read_swarm(member_or_null(options, "SwarmOptions"));
  host.auth = read_auth(member_or_null(options, "AuthOptions"));
  return host;
}

bool is_valid_host_name(std::string_view name) {
  const auto letter_or_digit = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return !name.empty() && letter_or_digit(name[0]) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return letter_or_digit(c) || c == '-' || c == '.'; });
}

}  // namespace berth::machine
