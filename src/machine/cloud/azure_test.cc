// Azure's Resource Manager and its token endpoint as their documentation has them, as far as the driver uses them.
#include "machine/cloud/azure.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "machine/cloud/simulated_cloud_test.h"

namespace berth::machine {
namespace {

using namespace std::chrono_literals;
using berth::text_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kToken = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.e30.x";
constexpr const char* kSubscription = "6f2a1f0e-3c5b-4d6a-9e8f-0a1b2c3d4e5f";
constexpr const char* kTenant = "72f988bf-86f1-41af-91ab-2d7cd011db47";

class AzureServer : public SimulatedCloud {
 public:
  ~AzureServer() override { stop(); }

  std::vector<std::string> left() override {
    std::vector<std::string> all;
    for (const auto& [path, body] : resources_) all.push_back(path);
    return all;
  }
  DriverOptions options() override {
    DriverOptions options;
    for (const DriverFlag& flag : azure_flags()) {
      if (flag.type != DriverFlag::Type::kTexts) options.set(flag.name, {flag.default_text});
    }
    options.set("azure-subscription-id", {kSubscription});
    options.set("azure-client-id", {"b6c1"});
    options.set("azure-client-secret", {"p~ss"});
    options.set("azure-endpoint", {url()});
    return options;
  }
  ProviderMaker maker() const override { return make_azure; }

  // What exists, by its path below the subscription.
  json::value* find_resource(const std::string& path) {
    const auto found = resources_.find(path);
    return found == resources_.end() ? nullptr : &found->second;
  }
  void add(const std::string& path, const json::value& body) { resources_[path] = body; }

  std::string fault;  // the operation that makes the machine ends so
  bool strange_operations = false;
  std::map<std::string, json::value> seen;  // the last body by the kind of resource

 private:
  struct Operation {
    int looks = 0;
    std::string fault;
    std::function<void()> at_end;
  };

  static Reply error(int status, const char* code, const std::string& message) {
    return {status, format_json(json::object{{"error", json::object{{"code", code}, {"message", message}}}})};
  }

  // Goes on after the answer; done at the second look.
  Reply begin(int status, const json::value& body, const char* header, std::function<void()> at_end,
              const std::string& why = "") {
    const std::string name = "op" + std::to_string(++last_id_);
    operations_[name] = {0, why, std::move(at_end)};
    const std::string host = strange_operations ? "http://192.0.2.7" : url();
    return {
        status,
        body.is_null() ? "" : format_json(body),
        {{header, host + "/subscriptions/" + kSubscription +
                      "/providers/Microsoft.Compute/locations/westus/operations/" + name + "?api-version=2024-07-01"}}};
  }

  Reply answer(const Call& call) override {
    const std::string& path = call.target.path;
    if (path == "/" + std::string(kTenant) + "/oauth2/v2.0/token") return give_token(call);
    const std::string root = "/subscriptions/" + std::string(kSubscription);
    if (call.headers.get("Authorization") != "Bearer " + std::string(kToken)) {
      Reply reply = error(401, "AuthenticationFailed", "Authentication failed.");
      reply.headers.add("WWW-Authenticate", "Bearer authorization_uri=\"" + url() + "/" + kTenant +
                                                "\", error=\"invalid_token\", error_description=\"x\"");
      return reply;
    }
    if (!path.starts_with(root)) return refuse(call, "no such path");
    const std::string below = path.substr(root.size());
    const auto parts = split(below, '/');
    if (below.find("/operations/") != std::string::npos) return look_at_operation(call, parts.back());
    if (call.target.get("api-version") != version_of(below)) return refuse(call, "no such api-version");
    if (below.empty()) return {200, R"({"state":"Enabled"})"};
    if (call.method == "GET") return answer_get(below);
    if (call.method == "PUT") return make_with(call, below, parts);
    if (call.method == "DELETE") return remove(below);
    if (call.method == "POST") return act(call, below, parts.back());
    return refuse(call, "no such call");
  }

  static std::string version_of(const std::string& path) {
    if (path.find("/disks/") != std::string::npos) return "2024-03-02";
    if (path.find("/Microsoft.Compute/") != std::string::npos) return "2024-07-01";
    return path.find("/Microsoft.Network/") != std::string::npos ? "2024-05-01" : "2022-09-01";
  }

  Reply give_token(const Call& call) {
    if (call.method != "POST" || call.headers.get("Content-Type") != "application/x-www-form-urlencoded") {
      return refuse(call, "no form");
    }
    const auto form = http::parse_target("/?" + call.body);
    if (form->get("grant_type") != "client_credentials" || form->get("scope") != url() + "/.default") {
      return refuse(call, "no such grant");
    }
    if (form->get("client_id") != "b6c1" || form->get("client_secret") != "p~ss") {
      return {401,
              R"({"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided."})"};
    }
    return {200, format_json(json::object{{"access_token", kToken}, {"expires_in", 3599}, {"token_type", "Bearer"}})};
  }

  Reply look_at_operation(const Call& call, const std::string& name) {
    const auto found = operations_.find(name);
    if (found == operations_.end() || call.method != "GET") return refuse(call, "no such operation");
    if (++found->second.looks < 2) return {200, R"({"status":"InProgress"})"};
    if (found->second.at_end) found->second.at_end();
    found->second.at_end = nullptr;
    if (found->second.fault.empty()) return {200, R"({"status":"Succeeded"})"};
    return {200, format_json(json::object{
                     {"status", "Failed"},
                     {"error", json::object{{"code", "AllocationFailed"}, {"message", found->second.fault}}}})};
  }

  Reply answer_get(const std::string& path) {
    if (const auto going = going_.find(path); going != going_.end() && ++going->second > 1) erase(path);
    json::value* found = find_resource(path);
    if (found == nullptr) return error(404, "ResourceNotFound", "The Resource '" + path + "' was not found.");
    return {200, format_json(*found)};
  }

  Reply make_with(const Call& call, const std::string& path, const std::vector<std::string>& parts) {
    if (call.headers.get("Content-Type") != "application/json") return refuse(call, "no JSON");
    json::value body = parse_json(call.body);
    const bool group = parts.size() == 3;
    const bool subnet = parts.size() == 9;
    if (!subnet && (text_of(body, "location") != "westus" || find_object(body, "tags") == nullptr)) {
      return refuse(call, "no location or tags");
    }
    if (!group && find_resource("/resourceGroups/" + parts[2]) == nullptr) {
      return error(404, "ResourceGroupNotFound", "Resource group '" + parts[2] + "' could not be found.");
    }
    const std::string kind = group ? "group" : subnet ? "subnet" : parts[5];
    if (const std::string missing = missing_reference(body); !missing.empty()) {
      return error(400, "InvalidResourceReference", "Resource " + missing + " was not found");
    }
    if (subnet && find_resource(path.substr(0, path.find("/subnets/"))) == nullptr) {
      return error(404, "ParentResourceNotFound", "The virtual network was not found.");
    }
    seen[kind] = body;
    if (group) {
      add(path, body);
      return {201, call.body};
    }
    json::object& properties = body.as_object()["properties"].as_object();
    if (kind == "virtualMachines") return make_machine(path, body);
    if (kind == "publicIPAddresses") {
      if (body.as_object()["sku"] != json::value{{"name", "Standard"}}) return refuse(call, "no such sku");
      properties["ipAddress"] = "203.0.113.40";
    }
    if (kind == "networkInterfaces") {
      json::object& address = properties["ipConfigurations"].as_array()[0].as_object()["properties"].as_object();
      address["privateIPAddress"] = "192.168.0.4";
    }
    add(path, body);
    // Some answer at once, some go on, some tell how far they are themselves.
    if (kind == "networkSecurityGroups") return begin(201, body, "Azure-AsyncOperation", {});
    return {201, call.body};
  }

  // Of {"id": "/subscriptions/..."} anywhere in it, the first that is not there.
  std::string missing_reference(const json::value& value) {
    const std::string root = "/subscriptions/" + std::string(kSubscription);
    if (const json::array* all = value.if_array()) {
      for (const json::value& one : *all) {
        if (std::string missing = missing_reference(one); !missing.empty()) return missing;
      }
    }
    const json::object* object = value.if_object();
    if (object == nullptr) return {};
    for (const auto& [name, inner] : *object) {
      if (name == "id" && inner.is_string()) {
        const std::string id(inner.get_string());
        const std::string below = id.starts_with(root) ? id.substr(root.size()) : id;
        const std::size_t subnet = below.find("/subnets/");
        if (find_resource(below) == nullptr && find_resource(below.substr(0, subnet)) == nullptr) return id;
      }
      if (std::string missing = missing_reference(inner); !missing.empty()) return missing;
    }
    return {};
  }

  Reply make_machine(const std::string& path, const json::value& body) {
    const json::value& properties = body.at("properties");
    const std::string key =
        text_of(properties.at("osProfile").at("linuxConfiguration").at("ssh").at("publicKeys").at(0), "keyData");
    if (!key.starts_with("ssh-ed25519 "))
      return error(400, "InvalidParameter", "The value of linuxConfiguration is invalid.");
    const std::string disk = text_of(properties.at("storageProfile").at("osDisk"), "name");
    add(path.substr(0, path.find("/virtualMachines")) + "/disks/" + disk, json::object{});
    json::object made = body.as_object();
    made["properties"].as_object()["provisioningState"] = "Creating";
    add(path, made);
    return begin(
        201, body, "Azure-AsyncOperation",
        [this, path] { set_state(path, fault.empty() ? "Succeeded" : "Failed", "running"); }, fault);
  }

  void set_state(const std::string& path, const char* provisioning, const std::string& power) {
    json::value* found = find_resource(path);
    if (found == nullptr) return;
    json::object& properties = found->as_object()["properties"].as_object();
    properties["provisioningState"] = provisioning;
    properties["instanceView"] =
        json::object{{"statuses", json::array{json::object{{"code", "ProvisioningState/succeeded"}},
                                              json::object{{"code", "PowerState/" + power}}}}};
  }

  Reply remove(const std::string& path) {
    const bool group = split(path, '/').size() == 3;
    if (find_resource(path) == nullptr) return group ? error(404, "ResourceGroupNotFound", "x") : Reply{204, ""};
    going_.try_emplace(path, 0);
    return begin(202, nullptr, "Location", [this, path] { erase(path); });
  }

  // With all that is in it.
  void erase(const std::string& path) {
    going_.erase(path);
    resources_.erase(path);
    std::erase_if(resources_, [&](const auto& one) { return one.first.starts_with(path + "/"); });
  }

  Reply act(const Call& call, const std::string& path, const std::string& action) {
    const std::string machine = path.substr(0, path.rfind('/'));
    if (find_resource(machine) == nullptr) return error(404, "ResourceNotFound", "x");
    if (action == "start" || action == "restart") {
      return begin(202, nullptr, "Azure-AsyncOperation",
                   [this, machine] { set_state(machine, "Succeeded", "running"); });
    }
    if (action != "powerOff") return refuse(call, "no such action");
    return begin(202, nullptr, "Location", [this, machine] { set_state(machine, "Succeeded", "stopped"); });
  }

  int last_id_ = 0;
  std::map<std::string, json::value> resources_;
  std::map<std::string, Operation> operations_;
  std::map<std::string, int> going_;  // resources that are being removed, and how often somebody looked
};

// Machines go into a resource group of the user's, where each thing must be removed by itself.
class AzureServerWithGroup final : public AzureServer {
 public:
  AzureServerWithGroup() { add("/resourceGroups/shop", json::object{{"location", "westus"}}); }
  ~AzureServerWithGroup() override { stop(); }

  std::vector<std::string> left() override {
    std::vector<std::string> all = AzureServer::left();
    std::erase(all, "/resourceGroups/shop");
    return all;
  }
  DriverOptions options() override {
    DriverOptions options = AzureServer::options();
    options.set("azure-resource-group", {"shop"});
    options.set("azure-availability-set", {"both"});
    return options;
  }
};

TEST(Azure, AsksForTheMachineThatTheOptionsDescribe) {
  AzureServer server;
  const TemporaryFolder folder;
  write_file(folder.path() / "data", "#cloud-config");
  std::string ip;
  EXPECT_EQ(make_with(
                server,
                [&](DriverOptions& options) {
                  options.set("azure-open-port", {"80", "53/udp"});
                  options.set("azure-dns", {"analytical"});
                  options.set("azure-availability-set", {"both"});
                  options.set("azure-custom-data", {folder.path() / "data"});
                  options.set("azure-private-ip-address", {"192.168.7.7"});
                },
                &ip),
            "");
  EXPECT_EQ(ip, "203.0.113.40");
  const std::string machine = format_json(server.seen["virtualMachines"]);
  EXPECT_THAT(machine, HasSubstr(R"("hardwareProfile":{"vmSize":"Standard_B2s"})"));
  EXPECT_THAT(machine, HasSubstr(R"("imageReference":{"publisher":"Canonical","offer":"ubuntu-24_04-lts",)"
                                 R"("sku":"server","version":"latest"})"));
  EXPECT_THAT(machine, HasSubstr(R"("customData":"I2Nsb3VkLWNvbmZpZw==")"));
  EXPECT_THAT(machine, HasSubstr(R"("path":"/home/docker-user/.ssh/authorized_keys")"));
  EXPECT_THAT(machine, HasSubstr(R"(/availabilitySets/both"})"));
  EXPECT_THAT(format_json(server.seen["publicIPAddresses"]),
              HasSubstr(R"("dnsSettings":{"domainNameLabel":"analytical"})"));
  EXPECT_THAT(format_json(server.seen["networkInterfaces"]), HasSubstr(R"("privateIPAddress":"192.168.7.7")"));
  const std::string rules = format_json(server.seen["networkSecurityGroups"]);
  EXPECT_THAT(rules, HasSubstr(R"("priority":101,"protocol":"Tcp","access":"Allow","direction":"Inbound",)"
                               R"("sourceAddressPrefix":"*","sourcePortRange":"*","destinationAddressPrefix":"*",)"
                               R"("destinationPortRange":"2376")"));
  EXPECT_THAT(rules, HasSubstr(R"("name":"Port53Udp")"));
  EXPECT_THAT(server.refusals(), IsEmpty());
}

TEST(Azure, KeepsAResourceGroupOfTheUsersAndWhatIsInIt) {
  AzureServer server;
  DriverOptions options = server.options();
  options.set("azure-resource-group", {"shop"});
  options.set("azure-availability-set", {"both"});
  server.add("/resourceGroups/shop", json::object{{"location", "westus"}});
  SimulatedMachine machine(server);
  const auto driver = machine.driver();
  driver->configure(options);
  driver->pre_create_check(Context().with_timeout(60s));
  driver->create(Context().with_timeout(60s));
  EXPECT_EQ(server.left().size(), 8U);  // group, set, network, security group, address, interface, disk, machine
  machine.driver()->remove(Context().with_timeout(60s));
  EXPECT_THAT(server.left(), ElementsAre("/resourceGroups/shop"));
  EXPECT_THAT(server.refusals(), IsEmpty());
}

TEST(Azure, LeavesAMachineAndANetworkOfOthersAlone) {
  AzureServer server;
  const std::string group = "/resourceGroups/shop";
  const std::string web = group + "/providers/Microsoft.Compute/virtualMachines/web";
  const std::string network = group + "/providers/Microsoft.Network/virtualNetworks/docker-machine-vnet";
  server.add(group, json::object{{"location", "westus"}});
  server.add(network, json::object{{"properties",
                                    json::object{{"subnets", json::array{json::object{{"name", "docker-machine"}}}}}}});
  server.add(network + "/subnets/docker-machine", json::object{});
  server.add(web, json::object{{"tags", json::object{{"owner", "charles"}}}});
  const auto in_group = [](DriverOptions& options) { options.set("azure-resource-group", {"shop"}); };
  EXPECT_EQ(make_with(server, in_group),
            "resource group 'shop' has a virtual machine 'web' already: choose another name");
  // It came between the check and the creation.
  SimulatedMachine machine(server);
  DriverOptions options = server.options();
  in_group(options);
  const auto driver = machine.driver();
  driver->configure(options);
  EXPECT_THROW(driver->create(Context().with_timeout(60s)), Error);
  EXPECT_THAT(server.left(), ElementsAre(group, web, network, network + "/subnets/docker-machine"));
}

TEST(Azure, ReachesAMachineByItsPrivateAddress) {
  AzureServer server;
  std::string ip;
  EXPECT_EQ(make_with(
                server,
                [](DriverOptions& options) {
                  options.set("azure-use-private-ip", {"true"});
                  options.set("azure-no-public-ip", {"true"});
                },
                &ip),
            "");
  EXPECT_EQ(ip, "192.168.0.4");
  EXPECT_FALSE(server.seen.contains("publicIPAddresses"));
}

TEST(Azure, SaysWhyAnOperationFailedAndRemovesWhatIsHalfMade) {
  AzureServer server;
  server.fault = "Allocation failed. We do not have sufficient capacity for the requested VM size in this region.";
  EXPECT_EQ(make_with(server, [](DriverOptions&) {}),
            "Azure could not do it: Allocation failed. We do not have sufficient capacity for the requested VM size in "
            "this region.");
  EXPECT_THAT(server.left(), IsEmpty());
}

TEST(Azure, GivesItsTokenToNoOtherHost) {
  AzureServer server;
  server.strange_operations = true;
  EXPECT_THAT(make_with(server, [](DriverOptions&) {}), HasSubstr("Azure refers to another host"));
}

TEST(Azure, RefusesOptionsThatCannotBe) {
  const auto refusal = [](const char* flag, const std::string& value) {
    AzureServer server;
    return refusal_of(server, flag, value);
  };
  EXPECT_EQ(refusal("azure-subscription-id", ""), "azure driver requires the --azure-subscription-id option");
  EXPECT_EQ(refusal("azure-client-secret", ""), "azure driver requires the --azure-client-secret option");
  EXPECT_EQ(refusal("azure-client-secret", "x"),
            "Azure answered POST /72f988bf-86f1-41af-91ab-2d7cd011db47/oauth2/v2.0/token with 401: AADSTS7000215: "
            "Invalid client secret provided.");
  EXPECT_THAT(refusal("azure-image", "ubuntu"), HasSubstr("PUBLISHER:OFFER:SKU:VERSION"));
  EXPECT_THAT(refusal("azure-no-public-ip", "true"), HasSubstr("--azure-use-private-ip"));
  EXPECT_THAT(refusal("azure-docker-port", "4243"), HasSubstr("--azure-docker-port"));
}

TEST(Azure, KnowsItsEnvironments) {
  AzureServer server;
  EXPECT_THAT(make_with(server,
                        [](DriverOptions& options) {
                          options.set("azure-environment", {"AzureMoonCloud"});
                          options.set("azure-endpoint", {""});
                        }),
              HasSubstr("there is no --azure-environment 'AzureMoonCloud'"));
}

}  // namespace

std::unique_ptr<SimulatedCloud> simulate_azure_with_group() { return std::make_unique<AzureServerWithGroup>(); }
std::unique_ptr<SimulatedCloud> simulate_azure() { return std::make_unique<AzureServer>(); }

}  // namespace berth::machine
