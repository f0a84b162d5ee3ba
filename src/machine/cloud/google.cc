#include "machine/cloud/google.h"

#include <algorithm>

#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "http/url.h"
#include "machine/cloud/google_credentials.h"
#include "machine/cloud/google_settings.h"
#include "machine/cloud/options.h"

namespace berth::machine {

namespace {

using berth::text_of;  // of JSON, rather than of a State

constexpr const char* kLabel = "berth-machine";
constexpr const char* kManagerPort = "3376";  // of `berth swarm manage`

// Source: Compute Engine API v1, instances, "status".
State state_of(std::string_view status) {
  if (status == "PROVISIONING" || status == "STAGING" || status == "REPAIRING") return State::kStarting;
  if (status == "RUNNING") return State::kRunning;
  if (status == "STOPPING" || status == "SUSPENDING") return State::kStopping;
  if (status == "SUSPENDED") return State::kSaved;
  if (status == "TERMINATED" || status == "STOPPED") return State::kStopped;
  return State::kNone;
}

// The words of an operation that failed.
std::string fault_of(const json::value& operation) {
  const json::value* error = find(operation, "error");
  const json::array* errors = error != nullptr ? find_array(*error, "errors") : nullptr;
  if (errors == nullptr || errors->empty()) return {};
  const std::string message = text_of(errors->front(), "message");
  return message.empty() ? text_of(errors->front(), "code") : message;
}

class Google final : public Provider {
 public:
  Google(CloudSite& site, const json::value& record) : site_(site), settings_(GoogleSettings::read(record)) {}

  void configure(const DriverOptions& options) override { settings_ = GoogleSettings::of(options, site_); }

  void check(const Context& context) override {
    read_user_data(settings_.user_data_file);
    api().get(context, project());
    api().get(context, zone() + "/machineTypes/" + http::percent_encode(settings_.machine_type));
    api().get(context, "/projects/" + settings_.image);
    reserved_address(context);
    if (find_instance(context)) {
      throw Error(Kind::kConflict, "zone '" + settings_.zone + "' of project '" + settings_.project +
                                       "' has an instance '" + site_.name + "' already: choose another name");
    }
  }

  void prepare(const Context& context, const std::string& public_key) override {
    public_key_ = public_key;
    insert(context, project() + "/global", "/firewalls", firewall());
  }

  void launch(const Context& context) override { insert(context, zone(), "/instances", instance(context)); }

  std::optional<Instance> look(const Context& context) override {
    const auto found = find_instance(context);
    if (!found || !is_ours(*found)) return std::nullopt;
    return Instance{.state = state_of(text_of(*found, "status")), .address = address_of(*found), .reason = {}};
  }

  void power(const Context& context, Power power) override {
    // There is one way to stop: the guest is asked, and after 90 s it is off.
    if (power != Power::kOn) act(context, "stop");
    if (power == Power::kOn || power == Power::kReboot) act(context, "start");
  }

  void destroy(const Context& context) override {
    if (settings_.existing) return;  // the user's own
    const auto found = find_instance(context);
    if (found && is_ours(*found)) remove(context, zone(), "/instances/" + site_.name);
    // It goes with the instance, unless that was never whole.
    remove(context, zone(), "/disks/" + disk_name());
    // Records of docker-machine share one rule.
    if (!site_.id.empty()) remove(context, project() + "/global", "/firewalls/" + site_.tag());
  }

  void write(json::object& record) const override { settings_.write(record); }

 private:
  Rest& api() {
    if (!api_) {
      const GoogleCredentials credentials = find_google_credentials(site_.environment);
      const Clock& clock = *site_.clock;
      api_.emplace(parse_api_address(settings_.endpoint, "--google-endpoint"),
                   with_oauth("Google", site_.patience, clock,
                              [credentials, &clock, patience = site_.patience](const Context& context) {
                                return ask_google_token(context, credentials, patience, clock);
                              }));
    }
    return *api_;
  }

  std::string project() const { return "/projects/" + http::percent_encode(settings_.project); }
  std::string zone() const { return project() + "/zones/" + http::percent_encode(settings_.zone); }
  std::string instance_path() const { return zone() + "/instances/" + site_.name; }
  std::string disk_name() const { return site_.id.empty() ? site_.name + "-disk" : site_.tag(); }

  std::optional<json::value> find_instance(const Context& context) {
    const RestAnswer answer = api().send(context, {.target = instance_path(), .body = {}});
    if (answer.status == 404) return std::nullopt;
    if (!answer.ok()) throw api().error_of(answer);
    json::value instance = answer.json();
    if (!instance.is_object()) throw Error(Kind::kInternal, "Google's answer to " + answer.call + " is no instance");
    return instance;
  }

  // An instance of that name may be somebody else's.
  bool is_ours(const json::value& instance) const {
    if (site_.id.empty()) return true;
    const json::value* labels = find(instance, "labels");
    return labels != nullptr && text_of(*labels, kLabel) == site_.id;
  }

  // Google does what bears one request's id once, however often it hears it.
  std::string request_id(const std::string& what) const {
    const std::string digits = sha256_hex(site_.tag() + what);
    return digits.substr(0, 8) + "-" + digits.substr(8, 4) + "-4" + digits.substr(13, 3) + "-8" + digits.substr(17, 3) +
           "-" + digits.substr(20, 12);
  }

  // Makes something in `scope`, a project or zone, and waits until it is made.
  void insert(const Context& context, const std::string& scope, const std::string& kind, const json::object& body) {
    RestRequest request{
        .method = "POST", .target = scope + kind + "?requestId=" + request_id(kind), .body = format_json(body)};
    request.headers.add("Content-Type", "application/json");
    request.repeatable = true;
    await(context, scope, api().call(context, request).json());
  }

  void remove(const Context& context, const std::string& scope, const std::string& what) {
    const RestAnswer answer = api().send(context, {.method = "DELETE", .target = scope + what, .body = {}});
    if (answer.status == 404) return;
    if (!answer.ok()) throw api().error_of(answer);
    await(context, scope, answer.json());
  }

  void act(const Context& context, const std::string& action) {
    await(context, zone(), api().post(context, instance_path() + "/" + action, nullptr));
  }

  // Waits for the end of an operation in `scope`. Throws kInternal with its words when it failed.
  void await(const Context& context, const std::string& scope, json::value operation) {
    const std::string name = text_of(operation, "name");
    if (name.empty()) throw Error(Kind::kInternal, "Google's answer names no operation");
    poll(context, site_.patience, [&] {
      if (text_of(operation, "status") == "DONE") return true;
      operation = api().get(context, scope + "/operations/" + http::percent_encode(name));
      return text_of(operation, "status") == "DONE";
    });
    if (const std::string fault = fault_of(operation); !fault.empty()) {
      throw Error(Kind::kInternal, "Google could not do it: " + fault);
    }
  }

  json::object firewall() const {
    std::map<std::string, json::array> ports = {{"tcp", {"22", "2376"}}};
    if (site_.base.swarm_master) ports["tcp"].emplace_back(kManagerPort);
    for (const std::string& text : settings_.open_ports) {
      const auto [port, protocol] = cut(text, '/');
      ports[std::string(protocol.value_or("tcp"))].emplace_back(port);
    }
    json::array allowed;
    for (const auto& [protocol, numbers] : ports) {
      allowed.push_back(json::object{{"IPProtocol", protocol}, {"ports", numbers}});
    }
    return {{"name", site_.tag()},
            {"description", "Machine '" + site_.name + "'"},
            {"network", network()},
            {"sourceRanges", json::array{"0.0.0.0/0"}},
            {"targetTags", json::array{site_.tag()}},
            {"allowed", allowed}};
  }

  std::string network() const {
    return settings_.network.find("/networks/") == std::string::npos ? "global/networks/" + settings_.network
                                                                     : settings_.network;
  }

  // What a name stands for; an address as it is.
  std::string reserved_address(const Context& context) {
    const std::string& given = settings_.address;
    if (given.find_first_not_of("0123456789.") == std::string::npos) return given;
    const json::value answer = api().get(context, project() + "/regions/" + http::percent_encode(settings_.region()) +
                                                      "/addresses/" + http::percent_encode(given));
    return text_of(answer, "address");
  }

  json::object interface(const Context& context) {
    json::object interface = {{"network", network()}};
    const std::string& subnetwork = settings_.subnetwork;
    if (!subnetwork.empty()) {
      interface["subnetwork"] = subnetwork.find("/subnetworks/") == std::string::npos
                                    ? "regions/" + settings_.region() + "/subnetworks/" + subnetwork
                                    : subnetwork;
    }
    if (!settings_.internal_only) {
      json::object outside = {{"type", "ONE_TO_ONE_NAT"}, {"name", "External NAT"}};
      if (const std::string address = reserved_address(context); !address.empty()) outside["natIP"] = address;
      interface["accessConfigs"] = json::array{outside};
    }
    return interface;
  }

  json::object instance(const Context& context) {
    // Keys in metadata count only where OS Login is off.
    json::array metadata = {json::object{{"key", "ssh-keys"}, {"value", site_.base.ssh_user + ":" + public_key_}},
                            json::object{{"key", "enable-oslogin"}, {"value", "FALSE"}}};
    if (const std::string data = read_user_data(settings_.user_data_file); !data.empty()) {
      metadata.push_back(json::object{{"key", "user-data"}, {"value", data}});
    }
    json::array tags = {site_.tag()};
    if (!settings_.tags.empty()) {
      for (const std::string& tag : split(settings_.tags, ',')) tags.emplace_back(trim(tag));
    }
    const json::object labels = {{kLabel, site_.id}};
    const json::object disk = {{"diskName", disk_name()},
                               {"sourceImage", "projects/" + settings_.image},
                               {"diskSizeGb", std::to_string(settings_.disk_size)},
                               {"diskType", "zones/" + settings_.zone + "/diskTypes/" + settings_.disk_type},
                               {"labels", labels}};
    json::object body = {{"name", site_.name},
                         {"description", "Docker host of berth machine"},
                         {"machineType", "zones/" + settings_.zone + "/machineTypes/" + settings_.machine_type},
                         {"labels", labels},
                         {"tags", json::object{{"items", tags}}},
                         {"metadata", json::object{{"items", metadata}}},
                         {"disks", json::array{json::object{{"boot", true},
                                                            {"autoDelete", true},
                                                            {"type", "PERSISTENT"},
                                                            {"mode", "READ_WRITE"},
                                                            {"initializeParams", disk}}}},
                         {"networkInterfaces", json::array{interface(context)}}};
    if (!settings_.service_account.empty() && !settings_.scopes.empty()) {
      body["serviceAccounts"] = json::array{
          json::object{{"email", settings_.service_account}, {"scopes", array_of(split(settings_.scopes, ','))}}};
    }
    if (settings_.preemptible) {
      body["scheduling"] =
          json::object{{"preemptible", true}, {"automaticRestart", false}, {"onHostMaintenance", "TERMINATE"}};
    }
    return body;
  }

  std::string address_of(const json::value& instance) const {
    const json::array* interfaces = find_array(instance, "networkInterfaces");
    if (interfaces == nullptr || interfaces->empty()) return {};
    if (settings_.internal) return text_of(interfaces->front(), "networkIP");
    const json::array* outside = find_array(interfaces->front(), "accessConfigs");
    return outside == nullptr || outside->empty() ? std::string() : text_of(outside->front(), "natIP");
  }

  CloudSite& site_;
  std::optional<Rest> api_;
  GoogleSettings settings_;
  std::string public_key_;
};

}  // namespace

std::unique_ptr<Provider> make_google(CloudSite& site, const json::value& record) {
  return std::make_unique<Google>(site, record);
}

}  // namespace berth::machine
