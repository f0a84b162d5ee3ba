#include "machine/cloud/azure.h"

#include <algorithm>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "http/url.h"
#include "machine/cloud/azure_api.h"
#include "machine/cloud/azure_settings.h"
#include "machine/cloud/options.h"

namespace berth::machine {

namespace {

using berth::text_of;  // of JSON, rather than of a State

constexpr const char* kTagKey = "berth-machine";
constexpr const char* kManagerPort = "3376";  // of `berth swarm manage`
constexpr int kFirstPriority = 100;           // of security rules: the lowest there is

// The last part of "PowerState/running" among an instance's statuses.
std::string power_state(const json::array& statuses) {
  for (const json::value& status : statuses) {
    const std::string code = text_of(status, "code");
    if (code.starts_with("PowerState/")) return code.substr(code.find('/') + 1);
  }
  return {};
}

State state_of(std::string_view provisioning, std::string_view power) {
  if (power == "running") return State::kRunning;
  if (power == "starting") return State::kStarting;
  if (power == "stopping" || power == "deallocating") return State::kStopping;
  if (power == "stopped" || power == "deallocated") return State::kStopped;
  if (provisioning == "Creating" || provisioning == "Updating") return State::kStarting;
  if (provisioning == "Deleting") return State::kStopping;
  return provisioning == "Failed" ? State::kError : State::kNone;
}

const json::value& member(const json::value& value, const char* name) {
  static const json::value kNothing;
  const json::value* found = find(value, name);
  return found != nullptr ? *found : kNothing;
}

class Azure final : public Provider {
 public:
  Azure(CloudSite& site, const json::value& record) : site_(site), settings_(AzureSettings::read(record)) {}

  void configure(const DriverOptions& options) override { settings_ = AzureSettings::of(options, site_); }

  void check(const Context& context) override {
    read_user_data(settings_.custom_data_file);
    if (!api().get(context, "")) {
      throw Error(Kind::kNotFound, "Azure has no subscription '" + settings_.subscription + "' for these credentials");
    }
    refuse_foreign(context);
  }

  void prepare(const Context& context, const std::string& public_key) override {
    public_key_ = public_key;
    if (!api().get(context, group_path())) {
      api().put(context, group_path(), json::object{{"location", settings_.location}, {"tags", tags()}});
    }
    if (!settings_.availability_set.empty() && !api().get(context, availability_set())) {
      api().put(context, availability_set(),
                resource({{"platformFaultDomainCount", 2}, {"platformUpdateDomainCount", 5}}, "Aligned"));
    }
    api().put(context, security_group(), resource({{"securityRules", rules()}}));
    ensure_subnet(context);
    if (!settings_.no_public) {
      json::object address = {{"publicIPAllocationMethod", "Static"}, {"publicIPAddressVersion", "IPv4"}};
      if (!settings_.dns_label.empty()) {
        address["dnsSettings"] = json::object{{"domainNameLabel", settings_.dns_label}};
      }
      api().put(context, public_address(), resource(address, "Standard"));
    }
    api().put(context, interface(), resource(interface_properties()));
  }

  void launch(const Context& context) override {
    refuse_foreign(context);
    api().put(context, machine(), resource(machine_properties()));
  }

  std::optional<Instance> look(const Context& context) override {
    const auto found = api().get(context, machine() + "?$expand=instanceView");
    if (!found || !is_ours(*found)) return std::nullopt;
    const json::value& properties = member(*found, "properties");
    const json::array* statuses = find_array(member(properties, "instanceView"), "statuses");
    Instance instance;
    instance.state = state_of(text_of(properties, "provisioningState"),
                              statuses != nullptr ? power_state(*statuses) : std::string());
    if (instance.state == State::kError && statuses != nullptr && !statuses->empty()) {
      instance.reason = text_of(statuses->front(), "message");
    }
    // Addresses stay as long as the machine does.
    instance.address = site_.base.ip_address;
    if (instance.state == State::kRunning && instance.address.empty()) instance.address = find_address(context);
    return instance;
  }

  void power(const Context& context, Power power) override {
    const char* const actions[] = {"/start", "/powerOff", "/powerOff?skipShutdown=true", "/restart"};
    api().post(context, machine() + actions[static_cast<int>(power)]);
  }

  void destroy(const Context& context) override {
    if (settings_.group.empty()) {
      api().remove(context, group_path());
    } else {
      const auto found = api().get(context, machine());
      if (found && is_ours(*found)) api().remove(context, machine());
      for (const std::string& path : {interface(), public_address(), security_group(), disk()}) {
        api().remove(context, path);
      }
      remove_unused_set(context);
    }
    // The machine's own went with its group.
    if (vnet_group() != group() || !settings_.group.empty()) remove_unused_network(context);
  }

  void write(json::object& record) const override { settings_.write(record); }

 private:
  AzureApi& api() {
    if (!api_) api_.emplace(settings_, site_.patience, *site_.clock);
    return *api_;
  }

  // --- names -----------------------------------------------------------------------------------------------------

  std::string group() const { return settings_.group.empty() ? site_.tag() : settings_.group; }
  std::string vnet_group() const {
    const auto [first, second] = cut(settings_.vnet, ':');
    return second ? std::string(first) : group();
  }
  static std::string path_of_group(const std::string& name) { return "/resourceGroups/" + http::percent_encode(name); }
  std::string group_path() const { return path_of_group(group()); }
  std::string network(const std::string& kind, const std::string& suffix) const {
    return group_path() + "/providers/Microsoft.Network/" + kind + "/" + site_.tag() + suffix;
  }
  std::string compute(const std::string& kind, const std::string& name) const {
    return group_path() + "/providers/Microsoft.Compute/" + kind + "/" + http::percent_encode(name);
  }
  std::string security_group() const { return network("networkSecurityGroups", "-firewall"); }
  std::string public_address() const { return network("publicIPAddresses", "-ip"); }
  std::string interface() const { return network("networkInterfaces", "-nic"); }
  std::string disk_name() const { return site_.tag() + "-os-disk"; }
  std::string disk() const { return compute("disks", disk_name()); }
  std::string machine() const { return compute("virtualMachines", site_.name); }
  std::string availability_set() const { return compute("availabilitySets", settings_.availability_set); }
  std::string vnet() const {
    const auto [first, second] = cut(settings_.vnet, ':');
    return path_of_group(vnet_group()) + "/providers/Microsoft.Network/virtualNetworks/" +
           http::percent_encode(second.value_or(first));
  }
  std::string subnet() const { return vnet() + "/subnets/" + http::percent_encode(settings_.subnet); }

  // --- what is asked for -----------------------------------------------------------------------------------------

  json::object tags() const { return {{kTagKey, site_.id}}; }

  json::object resource(const json::object& properties, const char* sku = nullptr) const {
    json::object all = {{"location", settings_.location}, {"tags", tags()}, {"properties", properties}};
    if (sku != nullptr) all["sku"] = json::object{{"name", sku}};
    return all;
  }

  json::object reference(const std::string& path) { return {{"id", api().id(path)}}; }

  json::array rules() const {
    std::vector<std::string> ports = {"22", "2376"};
    if (site_.base.swarm_master) ports.emplace_back(kManagerPort);
    ports.insert(ports.end(), settings_.open_ports.begin(), settings_.open_ports.end());
    json::array all;
    int priority = kFirstPriority;
    for (const std::string& text : ports) {
      const auto [port, protocol] = cut(text, '/');
      const bool udp = protocol.value_or("tcp") == "udp";
      all.push_back(json::object{{"name", "Port" + std::string(port) + (udp ? "Udp" : "Tcp")},
                                 {"properties", json::object{{"priority", priority++},
                                                             {"protocol", udp ? "Udp" : "Tcp"},
                                                             {"access", "Allow"},
                                                             {"direction", "Inbound"},
                                                             {"sourceAddressPrefix", "*"},
                                                             {"sourcePortRange", "*"},
                                                             {"destinationAddressPrefix", "*"},
                                                             {"destinationPortRange", port}}}});
    }
    return all;
  }

  // A new network comes with its subnet, so that machines made at once do not undo one another's.
  void ensure_subnet(const Context& context) {
    const json::object properties = {{"addressPrefix", settings_.subnet_prefix}};
    if (!api().get(context, vnet())) {
      const json::array subnets = {json::object{{"name", settings_.subnet}, {"properties", properties}}};
      api().put(context, vnet(),
                resource({{"addressSpace", json::object{{"addressPrefixes", json::array{settings_.subnet_prefix}}}},
                          {"subnets", subnets}}));
    } else if (!api().get(context, subnet())) {
      api().put(context, subnet(), json::object{{"properties", properties}});
    }
  }

  json::object interface_properties() {
    json::object address = {{"subnet", reference(subnet())}};
    address["privateIPAllocationMethod"] = settings_.private_address.empty() ? "Dynamic" : "Static";
    if (!settings_.private_address.empty()) address["privateIPAddress"] = settings_.private_address;
    if (!settings_.no_public) address["publicIPAddress"] = reference(public_address());
    return {{"networkSecurityGroup", reference(security_group())},
            {"ipConfigurations", json::array{json::object{{"name", "ip"}, {"properties", address}}}}};
  }

  json::object image() const {
    if (settings_.image.starts_with('/')) return {{"id", settings_.image}};
    const auto parts = split(settings_.image, ':');
    return {{"publisher", parts[0]}, {"offer", parts[1]}, {"sku", parts[2]}, {"version", parts[3]}};
  }

  json::object machine_properties() {
    const std::string& user = site_.base.ssh_user;
    const json::object key = {{"path", "/home/" + user + "/.ssh/authorized_keys"}, {"keyData", public_key_}};
    json::object system = {
        {"computerName", site_.name},
        {"adminUsername", user},
        {"linuxConfiguration", json::object{{"disablePasswordAuthentication", true},
                                            {"ssh", json::object{{"publicKeys", json::array{key}}}}}}};
    if (const std::string data = read_user_data(settings_.custom_data_file); !data.empty()) {
      system["customData"] = base64_encode(data);
    }
    const json::object os_disk = {{"name", disk_name()},
                                  {"createOption", "FromImage"},
                                  {"caching", "ReadWrite"},
                                  {"deleteOption", "Delete"},
                                  {"managedDisk", json::object{{"storageAccountType", settings_.storage_type}}}};
    json::object card = reference(interface());
    card["properties"] = json::object{{"primary", true}, {"deleteOption", "Delete"}};
    json::object properties = {{"hardwareProfile", json::object{{"vmSize", settings_.size}}},
                               {"storageProfile", json::object{{"imageReference", image()}, {"osDisk", os_disk}}},
                               {"osProfile", system},
                               {"networkProfile", json::object{{"networkInterfaces", json::array{card}}}}};
    if (!settings_.availability_set.empty()) properties["availabilitySet"] = reference(availability_set());
    return properties;
  }

  // --- what is there ---------------------------------------------------------------------------------------------

  // A machine of that name in the user's group may be somebody else's.
  bool is_ours(const json::value& found) const {
    return site_.id.empty() || text_of(member(found, "tags"), kTagKey) == site_.id;
  }

  void refuse_foreign(const Context& context) {
    if (settings_.group.empty()) return;
    const auto found = api().get(context, machine());
    if (found && (site_.id.empty() || !is_ours(*found))) {
      throw Error(Kind::kConflict, "resource group '" + group() + "' has a virtual machine '" + site_.name +
                                       "' already: choose another name");
    }
  }

  std::string find_address(const Context& context) {
    if (!settings_.use_private) {
      const auto address = api().get(context, public_address());
      return address ? text_of(member(*address, "properties"), "ipAddress") : std::string();
    }
    const auto card = api().get(context, interface());
    const json::array* all = card ? find_array(member(*card, "properties"), "ipConfigurations") : nullptr;
    return all == nullptr || all->empty() ? std::string()
                                          : text_of(member(all->front(), "properties"), "privateIPAddress");
  }

  // --- what machines of one group share --------------------------------------------------------------------------

  bool is_of_machines(const json::value& found) const {
    return site_.id.empty() || !text_of(member(found, "tags"), kTagKey).empty();
  }

  void remove_unused_set(const Context& context) {
    if (settings_.availability_set.empty()) return;
    const auto found = api().get(context, availability_set());
    if (!found || !is_of_machines(*found)) return;
    const json::array* machines = find_array(member(*found, "properties"), "virtualMachines");
    if (machines == nullptr || machines->empty()) api().remove(context, availability_set());
  }

  void remove_unused_network(const Context& context) {
    const auto found = api().get(context, vnet());
    if (!found || !is_of_machines(*found)) return;
    const json::array* subnets = find_array(member(*found, "properties"), "subnets");
    if (subnets == nullptr || subnets->size() != 1 || text_of(subnets->front(), "name") != settings_.subnet) return;
    const json::array* users = find_array(member(subnets->front(), "properties"), "ipConfigurations");
    if (users == nullptr || users->empty()) api().remove(context, vnet());
  }

  CloudSite& site_;
  std::optional<AzureApi> api_;
  AzureSettings settings_;
  std::string public_key_;
};

}  // namespace

std::unique_ptr<Provider> make_azure(CloudSite& site, const json::value& record) {
  return std::make_unique<Azure>(site, record);
}

}  // namespace berth::machine
