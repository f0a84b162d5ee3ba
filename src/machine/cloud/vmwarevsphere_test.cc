// vCenter's Web Services API ("vSphere Web Services SDK", namespace urn:vim25) as its reference has it, as far as the
// driver uses it.
#include "machine/cloud/vmwarevsphere.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "machine/cloud/simulated_cloud_test.h"
#include "machine/cloud/xml.h"

namespace berth::machine {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kSession = "vmware_soap_session=\"52a0c8f1-1d2e\"";

std::string reference(const char* name, const std::string& type, const std::string& id) {
  return "<" + std::string(name) + " type=\"" + type + "\" xsi:type=\"ManagedObjectReference\">" + id + "</" + name +
         ">";
}
std::string value_of(const std::string& text) { return "<val xsi:type=\"xsd:string\">" + text + "</val>"; }

class VsphereServer final : public SimulatedCloud {
 public:
  ~VsphereServer() override { stop(); }

  std::vector<std::string> left() override {
    std::vector<std::string> all;
    for (const auto& [id, machine] : machines_) all.push_back(machine.name);
    return all;
  }
  DriverOptions options() override {
    DriverOptions options;
    for (const DriverFlag& flag : vmwarevsphere_flags()) {
      if (flag.type != DriverFlag::Type::kTexts) options.set(flag.name, {flag.default_text});
    }
    options.set("vmwarevsphere-vcenter", {url()});
    options.set("vmwarevsphere-username", {"ada@vsphere.local"});
    options.set("vmwarevsphere-password", {"engine & difference"});
    options.set("vmwarevsphere-clone-from", {"templates/debian-12"});
    options.set("vmwarevsphere-folder", {"shop"});
    return options;
  }
  ProviderMaker maker() const override { return make_vmwarevsphere; }

  // Somebody else's, of the machine's name.
  void add_foreign() { machines_["vm-7"] = {.name = "web", .parameters = {}, .power = "poweredOn"}; }

  std::string fault;       // the task that makes a machine ends so
  std::string last_clone;  // the body
  int logged_in = 0;       // sessions that were not ended

 private:
  struct Machine {
    std::string name;
    std::map<std::string, std::string> parameters;
    std::string power;
    int looks = 0;
  };
  struct Task {
    int looks = 0;
    std::string fault;
    std::function<void()> at_end;
  };

  static Reply envelope(const std::string& body, int status = 200) {
    return {status, R"(<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope)"
                    R"( xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/")"
                    R"( xmlns:xsd="http://www.w3.org/2001/XMLSchema")"
                    R"( xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>)" +
                        body + "</soapenv:Body></soapenv:Envelope>"};
  }
  static Reply refusal(const std::string& name, const std::string& words) {
    return envelope("<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>" + words +
                        "</faultstring><detail><" + name + "Fault xmlns=\"urn:vim25\" xsi:type=\"" + name +
                        "\"/></detail></soapenv:Fault>",
                    500);
  }
  static Reply response(const std::string& method, const std::string& values) {
    return envelope("<" + method + "Response xmlns=\"urn:vim25\">" + values + "</" + method + "Response>");
  }

  Reply answer(const Call& call) override {
    if (call.method != "POST" || call.target.path != "/sdk") return refuse(call, "no such path");
    if (call.headers.get("SOAPAction") != "urn:vim25/6.5" ||
        call.headers.get("Content-Type") != "text/xml; charset=\"utf-8\"") {
      return refuse(call, "no SOAP");
    }
    const XmlElement whole = parse_xml(call.body);
    const XmlElement* body = whole.find("Body");
    if (whole.name != "Envelope" || body == nullptr || body->children.size() != 1) return refuse(call, "no call");
    const XmlElement& method = body->children[0];
    const XmlElement* self = method.find("_this");
    if (self == nullptr || method.attribute("xmlns") != "urn:vim25") return refuse(call, "no object");
    const std::string id = self->text;
    if (method.name == "RetrieveServiceContent" && id == "ServiceInstance") return content();
    if (method.name == "Login" && id == "SessionManager") return log_in(method);
    if (call.headers.get("Cookie") != kSession) {
      return refusal("NotAuthenticated", "The session is not authenticated.");
    }
    if (method.name == "Logout" && id == "SessionManager") return --logged_in, response("Logout", "");
    if (method.name == "FindByInventoryPath" && id == "SearchIndex") return find_by_path(method);
    if (method.name == "RetrieveProperties" && id == "propertyCollector") return properties(call, method);
    if (method.name == "CloneVM_Task" && self->attribute("type") == "VirtualMachine") return clone(call, method, id);
    return act(call, method.name, id);
  }

  static Reply content() {
    return response("RetrieveServiceContent",
                    "<returnval><rootFolder type=\"Folder\">group-d1</rootFolder>"
                    "<propertyCollector type=\"PropertyCollector\">propertyCollector</propertyCollector>"
                    "<sessionManager type=\"SessionManager\">SessionManager</sessionManager>"
                    "<searchIndex type=\"SearchIndex\">SearchIndex</searchIndex></returnval>");
  }

  Reply log_in(const XmlElement& method) {
    if (method.text_at("userName") != "ada@vsphere.local" || method.text_at("password") != "engine & difference") {
      return refusal("InvalidLogin", "Cannot complete login due to an incorrect user name or password.");
    }
    ++logged_in;
    Reply reply = response("Login", "<returnval><key>52a0</key></returnval>");
    reply.headers.add("Set-Cookie", std::string(kSession) + "; Path=/; HttpOnly; Secure; ");
    return reply;
  }

  Reply find_by_path(const XmlElement& method) {
    static const std::map<std::string, std::pair<std::string, std::string>> kThere = {
        {"DC/vm", {"Folder", "group-v3"}},
        {"DC/vm/shop", {"Folder", "group-v9"}},
        {"DC/vm/templates/debian-12", {"VirtualMachine", "vm-1"}},
        {"DC/host", {"Folder", "group-h4"}},
        {"DC/host/cluster", {"ClusterComputeResource", "domain-c8"}},
        {"DC/host/cluster/esx1", {"HostSystem", "host-11"}},
        {"DC/datastore/fast", {"Datastore", "datastore-2"}},
        {"DC/network/VM Network", {"Network", "network-5"}},
        {"DC/network/shop-pg", {"DistributedVirtualPortgroup", "dvportgroup-6"}}};
    const std::string path = method.text_at("inventoryPath");
    std::string found;
    if (const auto there = kThere.find(path); there != kThere.end()) {
      found = reference("returnval", there->second.first, there->second.second);
    }
    for (const auto& [id, machine] : machines_) {
      if (path == "DC/vm/shop/" + machine.name) found = reference("returnval", "VirtualMachine", id);
    }
    return response("FindByInventoryPath", found);
  }

  Reply properties(const Call& call, const XmlElement& method) {
    const std::string type = method.text_at("specSet/propSet/type");
    const std::string id = method.text_at("specSet/objectSet/obj");
    std::string all;
    for (const XmlElement* path : method.all("specSet/propSet", "pathSet")) {
      const std::string value = property(type, id, path->text);
      if (!value.empty()) all += "<propSet><name>" + path->text + "</name>" + value + "</propSet>";
    }
    if (id.starts_with("vm-") && id != "vm-1" && !machines_.contains(id)) {
      return refusal("ManagedObjectNotFound", "The object has already been deleted or has not been completely created");
    }
    if (type.empty() || id.empty()) return refuse(call, "no object");
    return response("RetrieveProperties", "<returnval>" + reference("obj", type, id) + all + "</returnval>");
  }

  std::string property(const std::string& type, const std::string& id, const std::string& name) {
    if (id == "group-d1" && name == "childEntity") {
      return "<val xsi:type=\"ArrayOfManagedObjectReference\">" +
             reference("ManagedObjectReference", "Datacenter", "datacenter-2") + "</val>";
    }
    if (id == "datacenter-2" && name == "name") return value_of("DC");
    if (id == "group-h4" && name == "childEntity") {
      return "<val xsi:type=\"ArrayOfManagedObjectReference\">" +
             reference("ManagedObjectReference", "ClusterComputeResource", "domain-c8") + "</val>";
    }
    if (id == "host-11" && name == "parent") return reference("val", "ClusterComputeResource", "domain-c8");
    if (id == "domain-c8" && name == "resourcePool") return reference("val", "ResourcePool", "resgroup-9");
    if (id == "dvportgroup-6" && name == "config.distributedVirtualSwitch") {
      return reference("val", "VmwareDistributedVirtualSwitch", "dvs-5");
    }
    if (id == "dvs-5" && name == "uuid") return value_of("50 1e 33");
    if (id == "vm-1" && name == "config.hardware.device") return devices();
    if (type == "Task" && name == "info") return look_at_task(id);
    const auto found = machines_.find(id);
    return found == machines_.end() ? std::string() : property_of(found->second, name);
  }

  static std::string devices() {
    return R"(<val xsi:type="ArrayOfVirtualDevice">)"
           R"(<VirtualDevice xsi:type="ParaVirtualSCSIController"><key>1000</key></VirtualDevice>)"
           R"(<VirtualDevice xsi:type="VirtualDisk"><key>2000</key>)"
           R"(<backing xsi:type="VirtualDiskFlatVer2BackingInfo"><fileName>[fast] d/d.vmdk</fileName>)"
           R"(<diskMode>persistent</diskMode></backing><controllerKey>1000</controllerKey><unitNumber>0</unitNumber>)"
           R"(<capacityInKB>2097152</capacityInKB></VirtualDevice>)"
           R"(<VirtualDevice xsi:type="VirtualE1000e"><key>4000</key></VirtualDevice></val>)";
  }

  std::string property_of(Machine& machine, const std::string& name) {
    if (name == "runtime.powerState") return value_of(machine.power);
    if (name == "config.extraConfig") {
      std::string all;
      for (const auto& [key, text] : machine.parameters) {
        all += "<OptionValue xsi:type=\"OptionValue\"><key>" + key + "</key><value xsi:type=\"xsd:string\">" + text +
               "</value></OptionValue>";
      }
      return "<val xsi:type=\"ArrayOfOptionValue\">" + all + "</val>";
    }
    if (name != "guest.net" || ++machine.looks < 2) return {};
    return "<val xsi:type=\"ArrayOfGuestNicInfo\">"
           "<GuestNicInfo><ipAddress>172.17.0.1</ipAddress><deviceConfigId>-1</deviceConfigId></GuestNicInfo>"
           "<GuestNicInfo><network>VM Network</network><ipAddress>fe80::1</ipAddress><ipAddress>fd00::7</ipAddress>"
           "<ipAddress>10.20.0.7</ipAddress><deviceConfigId>4000</deviceConfigId></GuestNicInfo></val>";
  }

  std::string look_at_task(const std::string& id) {
    Task& task = tasks_[id];
    if (++task.looks < 2) return "<val xsi:type=\"TaskInfo\"><state>running</state></val>";
    if (task.at_end) task.at_end();
    task.at_end = nullptr;
    if (task.fault.empty()) return "<val xsi:type=\"TaskInfo\"><state>success</state></val>";
    return "<val xsi:type=\"TaskInfo\"><state>error</state><error><fault xsi:type=\"InsufficientResourcesFault\"/>"
           "<localizedMessage>" +
           task.fault + "</localizedMessage></error></val>";
  }

  Reply begin(const std::string& method, std::function<void()> at_end, const std::string& why = "") {
    const std::string id = "task-" + std::to_string(++last_id_);
    tasks_[id] = {0, why, std::move(at_end)};
    return response(method, "<returnval type=\"Task\">" + id + "</returnval>");
  }

  // Members must come in the schema's order.
  static bool in_order(const XmlElement& element, const std::vector<std::string>& names) {
    std::size_t at = 0;
    for (const XmlElement& child : element.children) {
      while (at < names.size() && names[at] != child.name) ++at;
      if (at == names.size()) return false;
    }
    return true;
  }

  Reply clone(const Call& call, const XmlElement& method, const std::string& source) {
    const XmlElement* spec = method.find("spec");
    const XmlElement* config = method.at("spec/config");
    if (source != "vm-1" || spec == nullptr || config == nullptr || method.text_at("folder") != "group-v9" ||
        !in_order(method, {"_this", "folder", "name", "spec"}) ||
        !in_order(*spec, {"location", "template", "config", "customization", "powerOn", "snapshot"}) ||
        !in_order(*spec->find("location"), {"folder", "datastore", "diskMoveType", "pool", "host"}) ||
        !in_order(*config, {"annotation", "numCPUs", "memoryMB", "deviceChange", "extraConfig"}) ||
        spec->text_at("location/pool") != "resgroup-9" || spec->text_at("powerOn") != "false") {
      return refuse(call, "no such specification");
    }
    const std::string name = method.text_at("name");
    for (const auto& [id, machine] : machines_) {
      if (machine.name == name) return refusal("DuplicateName", "The name '" + name + "' already exists.");
    }
    last_clone = call.body;
    Machine machine{.name = name, .parameters = {}, .power = "poweredOff"};
    for (const XmlElement& child : config->children) {
      if (child.name == "extraConfig") machine.parameters[child.text_at("key")] = child.text_at("value");
    }
    if (!fault.empty()) return begin("CloneVM_Task", {}, fault);
    const std::string id = "vm-" + std::to_string(100 + ++last_id_);
    machines_[id] = machine;
    return begin("CloneVM_Task", {});
  }

  Reply act(const Call& call, const std::string& method, const std::string& id) {
    const auto found = machines_.find(id);
    if (found == machines_.end()) return refuse(call, "no such object or method");
    Machine& machine = found->second;
    if (method == "ShutdownGuest") return machine.power = "poweredOff", response(method, "");
    if (method == "RebootGuest") return response(method, "");
    if (method == "PowerOnVM_Task") return begin(method, [this, id] { machines_[id].power = "poweredOn"; });
    if (method == "PowerOffVM_Task") return begin(method, [this, id] { machines_[id].power = "poweredOff"; });
    if (method != "Destroy_Task") return refuse(call, "no such method");
    if (machine.power == "poweredOn") {
      return refusal("InvalidPowerState",
                     "The attempted operation cannot be performed in the current state (Powered on).");
    }
    return begin(method, [this, id] { machines_.erase(id); });
  }

  int last_id_ = 0;
  std::map<std::string, Machine> machines_;
  std::map<std::string, Task> tasks_;
};

TEST(Vsphere, ClonesTheMachineThatTheOptionsDescribe) {
  VsphereServer server;
  std::string ip;
  EXPECT_EQ(make_with(
                server,
                [](DriverOptions& options) {
                  options.set("vmwarevsphere-cpu-count", {"4"});
                  options.set("vmwarevsphere-network", {"VM Network", "shop-pg"});
                  options.set("vmwarevsphere-datastore", {"fast"});
                  options.set("vmwarevsphere-hostsystem", {"cluster/esx1"});
                  options.set("vmwarevsphere-cfgparam", {"disk.enableUUID=TRUE"});
                },
                &ip),
            "");
  EXPECT_EQ(ip, "10.20.0.7");
  EXPECT_THAT(server.last_clone, HasSubstr("<numCPUs>4</numCPUs><memoryMB>2048</memoryMB>"));
  EXPECT_THAT(server.last_clone, HasSubstr("<datastore type=\"Datastore\">datastore-2</datastore>"));
  EXPECT_THAT(server.last_clone, HasSubstr("<host type=\"HostSystem\">host-11</host>"));
  EXPECT_THAT(server.last_clone, HasSubstr("<capacityInKB>20971520</capacityInKB>"));
  EXPECT_THAT(server.last_clone,
              HasSubstr("<operation>remove</operation><device xsi:type=\"VirtualE1000e\"><key>4000</key>"));
  EXPECT_THAT(server.last_clone, HasSubstr("<deviceName>VM Network</deviceName>"));
  EXPECT_THAT(server.last_clone,
              HasSubstr("<switchUuid>50 1e 33</switchUuid><portgroupKey>dvportgroup-6</portgroupKey>"));
  EXPECT_THAT(server.last_clone, HasSubstr("<key>disk.enableUUID</key><value xsi:type=\"xsd:string\">TRUE</value>"));
  EXPECT_THAT(server.refusals(), IsEmpty());
}

TEST(Vsphere, GivesTheGuestItsNameUserAndKey) {
  VsphereServer server;
  EXPECT_EQ(make_with(server, [](DriverOptions& options) { options.set("vmwarevsphere-disk-size", {"1024"}); }), "");
  EXPECT_THAT(server.last_clone, ::testing::Not(HasSubstr("capacityInKB")));
  const auto decoded = [&](const std::string& key) {
    const std::string before = "<key>" + key + "</key><value xsi:type=\"xsd:string\">";
    const std::size_t begin = server.last_clone.find(before) + before.size();
    return base64_decode(server.last_clone.substr(begin, server.last_clone.find('<', begin) - begin)).value_or("");
  };
  EXPECT_THAT(decoded("guestinfo.metadata"), HasSubstr(R"("local-hostname":"web","public-keys-data":"ssh-ed25519 )"));
  EXPECT_THAT(decoded("guestinfo.userdata"), HasSubstr(R"("name":"docker","sudo":"ALL=(ALL) NOPASSWD:ALL")"));
}

TEST(Vsphere, LeavesAMachineOfTheSameNameAlone) {
  VsphereServer server;
  server.add_foreign();
  EXPECT_EQ(make_with(server, [](DriverOptions&) {}),
            "vSphere has a machine 'DC/vm/shop/web' already: choose another name");
  // It came between the check and the creation.
  SimulatedMachine machine(server);
  const auto driver = machine.driver();
  driver->configure(server.options());
  EXPECT_THROW(driver->create(Context().with_timeout(60s)), Error);
  EXPECT_THAT(server.left(), ElementsAre("web"));
}

TEST(Vsphere, SaysWhyATaskFailed) {
  VsphereServer server;
  server.fault = "Insufficient disk space on datastore 'fast'.";
  EXPECT_EQ(make_with(server, [](DriverOptions&) {}),
            "vSphere could not do CloneVM_Task: Insufficient disk space on datastore 'fast'.");
  EXPECT_THAT(server.left(), IsEmpty());
}

TEST(Vsphere, EndsItsSessions) {
  VsphereServer server;
  EXPECT_EQ(make_with(server, [](DriverOptions&) {}), "");
  EXPECT_EQ(server.logged_in, 0);
}

TEST(Vsphere, ReadsARecordOfDockerMachine) {
  VsphereServer server;
  server.add_foreign();
  SimulatedMachine machine(server);
  machine.record = R"({"IPAddress":"","MachineName":"web","SSHUser":"docker","SSHPort":22,"SSHKeyPath":"/k",)"
                   R"("Memory":2048,"DiskSize":20480,"CPU":2,"ISO":"/x/boot2docker.iso","IP":")" +
                   server.url() +
                   R"(","Port":443,"Username":"ada@vsphere.local","Password":"engine & difference",)"
                   R"("Network":"VM Network","Datacenter":"DC","Folder":"shop","SSHPassword":"tcuser"})";
  EXPECT_EQ(machine.driver()->state(Context().with_timeout(60s)), State::kRunning);
  machine.driver()->remove(Context().with_timeout(60s));
  EXPECT_THAT(server.left(), IsEmpty());
}

TEST(Vsphere, RefusesOptionsThatCannotBe) {
  const auto refusal = [](const char* flag, const std::string& value) {
    VsphereServer server;
    return refusal_of(server, flag, value);
  };
  EXPECT_EQ(refusal("vmwarevsphere-vcenter", ""), "vmwarevsphere driver requires the --vmwarevsphere-vcenter option");
  EXPECT_EQ(refusal("vmwarevsphere-clone-from", ""),
            "vmwarevsphere driver requires the --vmwarevsphere-clone-from option");
  EXPECT_EQ(refusal("vmwarevsphere-password", "x"),
            "vSphere refuses Login: Cannot complete login due to an incorrect user name or password.");
  EXPECT_EQ(refusal("vmwarevsphere-clone-from", "templates/debian-13"),
            "vSphere has nothing at 'DC/vm/templates/debian-13' (--vmwarevsphere-clone-from)");
  EXPECT_THAT(refusal("vmwarevsphere-clone-from", "shop"), HasSubstr("is no machine or template"));
  EXPECT_THAT(refusal("vmwarevsphere-network", "Moon"), HasSubstr("'DC/network/Moon'"));
  EXPECT_THAT(refusal("vmwarevsphere-boot2docker-url", "http://x/b2d.iso"), HasSubstr("boot2docker is no more"));
  EXPECT_THAT(refusal("vmwarevsphere-memory-size", "-1"), HasSubstr("--vmwarevsphere-memory-size"));
  EXPECT_THAT(refusal("vmwarevsphere-cfgparam", "x"), HasSubstr("key=value"));
}

}  // namespace

std::unique_ptr<SimulatedCloud> simulate_vsphere() { return std::make_unique<VsphereServer>(); }

}  // namespace berth::machine
