#include "machine/cloud/vmwarevsphere.h"

#include <algorithm>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "machine/cloud/options.h"
#include "machine/cloud/vim_api.h"
#include "machine/cloud/vsphere_settings.h"

namespace berth::machine {

namespace {

constexpr const char* kTagKey = "berth-machine";  // among the machine's parameters
constexpr std::string_view kLinkLocal[] = {"169.254.", "fe80:"};

State state_of(std::string_view power) {
  if (power == "poweredOn") return State::kRunning;
  if (power == "poweredOff") return State::kStopped;
  if (power == "suspended") return State::kSaved;
  return State::kNone;
}

// Source: data object VirtualEthernetCard and those that extend it.
bool is_card(const std::string& type) {
  return type == "VirtualVmxnet3" || type == "VirtualVmxnet2" || type == "VirtualVmxnet" || type == "VirtualE1000" ||
         type == "VirtualE1000e" || type == "VirtualPCNet32" || type == "VirtualSriovEthernetCard";
}

std::string device_change(const char* operation, const std::string& type, const std::string& members) {
  return std::string("<deviceChange><operation>") + operation + "</operation><device xsi:type=\"" + type + "\">" +
         members + "</device></deviceChange>";
}

std::string parameter(const std::string& key, const std::string& value) {
  return "<extraConfig>" + vim_element("key", key) + "<value xsi:type=\"xsd:string\">" + escape_xml(value) +
         "</value></extraConfig>";
}

class Vsphere final : public Provider {
 public:
  Vsphere(CloudSite& site, const json::value& record) : site_(site), settings_(VsphereSettings::read(record, site)) {}

  void configure(const DriverOptions& options) override { settings_ = VsphereSettings::of(options, site_); }

  void check(const Context& context) override {
    read_user_data(settings_.cloud_init);
    placement(context);
    device_changes(context, template_of(context));
    if (api().find(context, machine_path(context))) {
      throw Error(Kind::kConflict,
                  "vSphere has a machine '" + machine_path(context) + "' already: choose another name");
    }
  }

  void prepare(const Context&, const std::string& public_key) override { public_key_ = public_key; }

  void launch(const Context& context) override {
    const VimObject source = template_of(context);
    const std::string config = "<config>" + vim_element("annotation", "Docker host of berth machine") +
                               vim_element("numCPUs", std::to_string(settings_.processors)) +
                               vim_element("memoryMB", std::to_string(settings_.memory)) +
                               device_changes(context, source) + parameters() + "</config>";
    api().run(context, source, "CloneVM_Task",
              vim_reference("folder", folder(context)) + vim_element("name", site_.name) + "<spec>" +
                  placement(context) + "<template>false</template>" + config + "<powerOn>false</powerOn></spec>");
    power(context, Power::kOn);
  }

  std::optional<Instance> look(const Context& context) override {
    const auto machine = find_machine(context);
    if (!machine) return std::nullopt;
    Instance instance;
    for (const auto& [name, value] : api().properties(context, *machine, {"runtime.powerState", "guest.net"})) {
      if (name == "runtime.powerState") instance.state = state_of(value.text);
      if (name == "guest.net") instance.address = address_of(value);
    }
    return instance;
  }

  void power(const Context& context, Power power) override {
    const auto machine = find_machine(context);
    if (!machine) throw Error(Kind::kNotFound, "vSphere has no machine '" + site_.name + "'");
    switch (power) {
      case Power::kOn:
        api().run(context, *machine, "PowerOnVM_Task");
        break;
      case Power::kShutDown:
        api().call(context, *machine, "ShutdownGuest");
        break;
      case Power::kOff:
        api().run(context, *machine, "PowerOffVM_Task");
        break;
      case Power::kReboot:
        api().call(context, *machine, "RebootGuest");
        break;
    }
  }

  void destroy(const Context& context) override {
    const auto machine = find_machine(context);
    if (!machine) return;
    for (const auto& [name, value] : api().properties(context, *machine, {"runtime.powerState"})) {
      if (value.text != "poweredOff") api().run(context, *machine, "PowerOffVM_Task");
    }
    api().run(context, *machine, "Destroy_Task");
  }

  void write(json::object& record) const override { settings_.write(record); }

 private:
  VimApi& api() {
    if (!api_) api_.emplace(settings_.account(), site_.patience);
    return *api_;
  }

  // --- the inventory ---------------------------------------------------------------------------------------------

  std::string datacenter(const Context& context) {
    if (!datacenter_.empty()) return datacenter_;
    if (!settings_.datacenter.empty()) return datacenter_ = settings_.datacenter;
    std::vector<std::string> names;
    for (const VimObject& child : api().children(context, api().root(context), "childEntity")) {
      if (child.type != "Datacenter") continue;
      for (const auto& [name, value] : api().properties(context, child, {"name"})) names.push_back(value.text);
    }
    if (names.size() != 1) {
      throw Error(Kind::kInvalid, "vSphere has " + std::to_string(names.size()) + " datacenters" +
                                      (names.empty() ? "" : " (" + join(names, ", ") + ")") +
                                      ": give --vmwarevsphere-datacenter");
    }
    return datacenter_ = names.front();
  }

  // What lies at `path` in one of the datacenter's four folders (vm, host, datastore, network).
  VimObject require(const Context& context, const char* kind, const std::string& path, const char* flag) {
    const std::string whole =
        path.starts_with('/') ? path.substr(1) : datacenter(context) + "/" + kind + (path.empty() ? "" : "/" + path);
    const auto found = api().find(context, whole);
    if (!found) {
      throw Error(Kind::kNotFound, "vSphere has nothing at '" + whole + "' (" + flag + ")");
    }
    return *found;
  }

  VimObject folder(const Context& context) {
    return require(context, "vm", settings_.folder, "--vmwarevsphere-folder");
  }
  VimObject template_of(const Context& context) {
    VimObject found = require(context, "vm", settings_.source, "--vmwarevsphere-clone-from");
    if (found.type != "VirtualMachine") {
      throw Error(Kind::kInvalid, "--vmwarevsphere-clone-from '" + settings_.source + "' is no machine or template");
    }
    return found;
  }
  std::string machine_path(const Context& context) {
    return datacenter(context) + "/vm/" + (settings_.folder.empty() ? "" : settings_.folder + "/") + site_.name;
  }

  // Nothing where there is none of that name, or one that is somebody else's.
  std::optional<VimObject> find_machine(const Context& context) {
    auto found = api().find(context, machine_path(context));
    if (!found || found->type != "VirtualMachine") return std::nullopt;
    if (site_.id.empty()) return found;
    const auto all = api().properties(context, *found, {"config.extraConfig"});
    if (all.empty()) {
      throw Error(Kind::kUnavailable, "vSphere does not tell (yet) whose machine '" + site_.name + "' is: try again");
    }
    for (const auto& [name, value] : all) {
      for (const XmlElement& option : value.children) {
        if (option.text_at("key") == kTagKey && option.text_at("value") == site_.id) return found;
      }
    }
    return std::nullopt;
  }

  // --- where it is to run ----------------------------------------------------------------------------------------

  // VirtualMachineRelocateSpec; the order of its members is the schema's.
  std::string placement(const Context& context) {
    std::string text = "<location>";
    if (!settings_.datastore.empty()) {
      text +=
          vim_reference("datastore", require(context, "datastore", settings_.datastore, "--vmwarevsphere-datastore"));
    }
    std::optional<VimObject> host;
    if (!settings_.host.empty()) host = require(context, "host", settings_.host, "--vmwarevsphere-hostsystem");
    text += vim_reference("pool", pool(context, host));
    if (host && host->type == "HostSystem") text += vim_reference("host", *host);
    return text + "</location>";
  }

  VimObject pool(const Context& context, const std::optional<VimObject>& host) {
    if (!settings_.pool.empty()) return require(context, "host", settings_.pool, "--vmwarevsphere-pool");
    std::optional<VimObject> cluster = host;
    if (!cluster) {
      const auto all =
          api().children(context, require(context, "host", "", "--vmwarevsphere-datacenter"), "childEntity");
      if (all.size() != 1) {
        throw Error(Kind::kInvalid, "datacenter '" + datacenter(context) + "' has " + std::to_string(all.size()) +
                                        " hosts and clusters: give --vmwarevsphere-hostsystem or --vmwarevsphere-pool");
      }
      cluster = all.front();
    }
    if (cluster->type == "HostSystem") cluster = api().related(context, *cluster, "parent");
    const auto found = cluster ? api().related(context, *cluster, "resourcePool") : std::nullopt;
    if (!found) {
      throw Error(Kind::kNotFound, "there is no resource pool there: give --vmwarevsphere-pool");
    }
    return *found;
  }

  // --- what it is to be ------------------------------------------------------------------------------------------

  // Of the template's devices: a disk that is too small grows, and cards go where networks are asked for.
  std::string device_changes(const Context& context, const VimObject& source) {
    std::string text;
    bool first_disk = true;
    for (const auto& [name, devices] : api().properties(context, source, {"config.hardware.device"})) {
      for (const XmlElement& device : devices.children) {
        const std::string type = device.schema_type();
        if (type == "VirtualDisk" && first_disk) {
          first_disk = false;
          text += grown(device);
        } else if (is_card(type) && !settings_.networks.empty()) {
          text += device_change("remove", type, vim_element("key", device.text_at("key")));
        }
      }
    }
    int key = 0;
    for (const std::string& network : settings_.networks) {
      text +=
          device_change("add", "VirtualVmxnet3",
                        vim_element("key", std::to_string(--key)) +
                            backing(context, require(context, "network", network, "--vmwarevsphere-network"), network) +
                            "<connectable><startConnected>true</startConnected><allowGuestControl>true"
                            "</allowGuestControl><connected>true</connected></connectable>");
    }
    return text;
  }

  std::string grown(const XmlElement& disk) const {
    const std::int64_t wanted = settings_.disk_size * 1024;
    if (parse_integer(disk.text_at("capacityInKB")).value_or(0) >= wanted) return {};
    const XmlElement* backing = disk.find("backing");
    if (backing == nullptr) return {};
    return device_change("edit", "VirtualDisk",
                         vim_element("key", disk.text_at("key")) + "<deviceInfo>" +
                             vim_element("label", disk.text_at("deviceInfo/label")) +
                             vim_element("summary", disk.text_at("deviceInfo/summary")) +
                             "</deviceInfo><backing xsi:type=\"" + backing->schema_type() + "\">" +
                             vim_element("fileName", backing->text_at("fileName")) +
                             vim_element("diskMode", backing->text_at("diskMode")) + "</backing>" +
                             vim_element("controllerKey", disk.text_at("controllerKey")) +
                             vim_element("unitNumber", disk.text_at("unitNumber")) +
                             vim_element("capacityInKB", std::to_string(wanted)));
  }

  std::string backing(const Context& context, const VimObject& network, const std::string& name) {
    if (network.type != "DistributedVirtualPortgroup") {
      return "<backing xsi:type=\"VirtualEthernetCardNetworkBackingInfo\">" +
             vim_element("deviceName", name.substr(name.rfind('/') + 1)) + "</backing>";
    }
    const auto owner = api().related(context, network, "config.distributedVirtualSwitch");
    std::string uuid;
    if (owner) {
      for (const auto& [property, value] : api().properties(context, *owner, {"uuid"})) uuid = value.text;
    }
    return "<backing xsi:type=\"VirtualEthernetCardDistributedVirtualPortBackingInfo\"><port>" +
           vim_element("switchUuid", uuid) + vim_element("portgroupKey", network.id) + "</port></backing>";
  }

  // Source: cloud-init, datasource VMware, "GuestInfo keys".
  std::string parameters() const {
    const json::object metadata = {
        {"instance-id", site_.tag()}, {"local-hostname", site_.name}, {"public-keys-data", public_key_}};
    const std::string data = settings_.cloud_init.empty() ? user_of_cloud_init() : read_user_data(settings_.cloud_init);
    std::string text =
        parameter(kTagKey, site_.id) + parameter("guestinfo.metadata", base64_encode(format_json(metadata))) +
        parameter("guestinfo.metadata.encoding", "base64") + parameter("guestinfo.userdata", base64_encode(data)) +
        parameter("guestinfo.userdata.encoding", "base64");
    for (const std::string& one : settings_.parameters) {
      const auto [key, value] = cut(one, '=');
      text += parameter(std::string(key), std::string(value.value_or("")));
    }
    return text;
  }

  // The user that ssh logs in as. JSON is YAML.
  std::string user_of_cloud_init() const {
    return "#cloud-config\n" +
           format_json(json::object{
               {"users", json::array{"default", json::object{{"name", site_.base.ssh_user},
                                                             {"sudo", "ALL=(ALL) NOPASSWD:ALL"},
                                                             {"shell", "/bin/bash"},
                                                             {"lock_passwd", true},
                                                             {"ssh_authorized_keys", json::array{public_key_}}}}}}) +
           "\n";
  }

  // The first address of a card of vSphere's own, IPv4 rather than IPv6; what the guest made itself (docker0) has -1
  // for its card.
  static std::string address_of(const XmlElement& cards) {
    std::string other;
    for (const XmlElement& card : cards.children) {
      if (parse_integer(card.text_at("deviceConfigId")).value_or(-1) < 0) continue;
      for (const XmlElement& child : card.children) {
        const std::string& address = child.text;
        if (child.name != "ipAddress" || std::any_of(std::begin(kLinkLocal), std::end(kLinkLocal),
                                                     [&](auto beginning) { return address.starts_with(beginning); })) {
          continue;
        }
        if (address.find(':') == std::string::npos) return address;
        if (other.empty()) other = address;
      }
    }
    return other;
  }

  CloudSite& site_;
  std::optional<VimApi> api_;
  VsphereSettings settings_;
  std::string datacenter_;
  std::string public_key_;
};

}  // namespace

std::unique_ptr<Provider> make_vmwarevsphere(CloudSite& site, const json::value& record) {
  return std::make_unique<Vsphere>(site, record);
}

}  // namespace berth::machine
