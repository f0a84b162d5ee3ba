// A cloud as OpenStack's API references have it (Identity v3, Compute v2.1, Networking v2.0, Image v2), as far as the
// driver uses it.
#include "machine/cloud/openstack.h"

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

constexpr const char* kToken = "gAAAAABnR2mF9sN3hQ";
constexpr const char* kProject = "5f705771c3d845d8a8e3d1a2b0c4e6f7";
constexpr const char* kFlavor = "2";
constexpr const char* kImage = "70a599e0-31e7-49b7-b260-868f441e862b";
constexpr const char* kNetwork = "b5e4f3a2-3c1d-4e0f-9a8b-7c6d5e4f3a2b";
constexpr const char* kPool = "376da547-b977-4cfe-9cba-275c80debf57";

class OpenStackServer final : public SimulatedCloud {
 public:
  ~OpenStackServer() override { stop(); }

  std::vector<std::string> left() override {
    std::vector<std::string> all;
    for (const std::string& name : keys_) all.push_back("key pair " + name);
    for (const auto& [id, server] : servers_) all.push_back("server " + id);
    for (const Floating& one : floating) {
      if (one.id != "spare") all.push_back("floating address " + one.id);
    }
    return all;
  }
  DriverOptions options() override {
    DriverOptions options;
    for (const DriverFlag& flag : openstack_flags()) options.set(flag.name, {flag.default_text});
    options.set("openstack-auth-url", {url() + "/identity"});
    options.set("openstack-username", {"ada"});
    options.set("openstack-password", {"engine"});
    options.set("openstack-tenant-name", {"analytical"});
    options.set("openstack-flavor-name", {"m1.small"});
    options.set("openstack-image-name", {"debian-12"});
    options.set("openstack-net-name", {"inner"});
    options.set("openstack-floatingip-pool", {"public"});
    options.set("openstack-region", {"RegionOne"});
    return options;
  }
  ProviderMaker maker() const override { return make_openstack; }

  struct Floating {
    std::string id;
    std::string address;
    std::string port;
    std::string description;
    int revision = 1;
  };
  std::vector<Floating> floating;
  bool somebody_is_faster = false;  // takes a free address between looking and taking
  std::string fault;                // a server that is made ends so
  json::value last_login;
  json::value last_creation;

 private:
  struct Machine {
    std::string name;
    std::string status = "BUILD";
    json::object metadata;
    int looks = 0;
    bool going = false;
  };

  static Reply error(int status, const char* kind, const std::string& message) {
    return {status, format_json(json::object{{kind, json::object{{"code", status}, {"message", message}}}})};
  }
  static Reply not_found() { return error(404, "itemNotFound", "Instance could not be found."); }

  Reply answer(const Call& call) override {
    const auto parts = split(call.target.path.substr(1), '/');
    const bool has_body = call.method == "POST" || call.method == "PUT";
    if (has_body && call.headers.get("Content-Type") != "application/json") return refuse(call, "no JSON");
    if (call.target.path == "/identity/v3/auth/tokens" && call.method == "POST") return log_in(call);
    if (call.headers.get("X-Auth-Token") != kToken)
      return error(401, "error", "The request you have made requires authentication.");
    if (parts.size() < 3) return refuse(call, "no such path");
    if (parts[0] == "image" && parts[1] == "v2") return answer_images(call, parts);
    if (parts[0] == "network" && parts[1] == "v2.0") return answer_network(call, parts);
    if (parts[0] != "compute" || parts[1] != "v2.1" || parts[2] != kProject || parts.size() < 4) {
      return refuse(call, "no such path");
    }
    const std::string& kind = parts[3];
    if (kind == "flavors" && call.method == "GET") return answer_flavors(call, parts);
    if (kind == "os-keypairs") return answer_keys(call, parts);
    if (kind == "servers") return answer_servers(call, parts);
    return refuse(call, "no such path");
  }

  Reply log_in(const Call& call) {
    last_login = parse_json(call.body);
    const std::string text = call.body;
    if (text.find("\"engine\"") == std::string::npos && text.find("\"s3cret\"") == std::string::npos) {
      return error(401, "error", "The request you have made requires authentication.");
    }
    const auto service = [&](const char* type, const std::string& path) {
      json::array endpoints;
      for (const char* interface : {"admin", "internal", "public"}) {
        const bool ours = std::string_view(interface) == "public";
        endpoints.push_back(json::object{{"interface", interface},
                                         {"region", "RegionOne"},
                                         {"region_id", "RegionOne"},
                                         {"url", ours ? url() + path : "http://192.0.2.1/" + std::string(type)}});
      }
      return json::object{{"type", type}, {"name", type}, {"endpoints", endpoints}};
    };
    const json::array catalog = {service("compute", "/compute/v2.1/" + std::string(kProject)),
                                 service("network", "/network"), service("image", "/image")};
    return {
        201, format_json(json::object{{"token", json::object{{"catalog", catalog}}}}), {{"X-Subject-Token", kToken}}};
  }

  // Lists come a page of one each, with a link to the next.
  Reply page(const Call& call, const std::string& kind, const std::vector<std::pair<std::string, std::string>>& all) {
    const std::string marker = call.target.get("marker");
    std::size_t first = 0;
    while (!marker.empty() && first < all.size() && all[first].first != marker) ++first;
    if (!marker.empty()) ++first;
    json::object answer;
    json::array items;
    if (first < all.size()) items.push_back(json::object{{"id", all[first].first}, {"name", all[first].second}});
    answer[kind] = items;
    if (first + 1 < all.size()) {
      answer[kind + "_links"] = json::array{
          json::object{{"rel", "next"}, {"href", url() + call.target.path + "?marker=" + all[first].first}}};
    }
    return {200, format_json(answer)};
  }

  Reply answer_flavors(const Call& call, const std::vector<std::string>& parts) {
    if (parts.size() == 4) return page(call, "flavors", {{"1", "m1.tiny"}, {kFlavor, "m1.small"}});
    return parts[4] == kFlavor ? Reply{200, R"({"flavor":{"id":"2"}})"}
                               : error(404, "itemNotFound", "Flavor " + parts[4] + " could not be found.");
  }

  Reply answer_images(const Call& call, const std::vector<std::string>& parts) {
    if (parts[2] != "images" || call.method != "GET") return refuse(call, "no such call");
    if (parts.size() == 4)
      return parts[3] == kImage ? Reply{200, R"({"id":"x"})"} : Reply{404, "<html>No image</html>"};
    json::array images;
    if (call.target.get("name") == "debian-12") images.push_back(json::object{{"id", kImage}, {"name", "debian-12"}});
    return {200, format_json(json::object{{"images", images}})};
  }

  Reply answer_network(const Call& call, const std::vector<std::string>& parts) {
    if (parts[2] == "networks" && call.method == "GET") {
      if (call.target.get("router:external") == "true") return page(call, "networks", {{kPool, "public"}});
      return page(call, "networks", {{kPool, "public"}, {kNetwork, "inner"}});
    }
    if (parts[2] == "ports" && call.method == "GET") {
      const auto found = servers_.find(call.target.get("device_id"));
      json::array ports;
      if (found != servers_.end() && call.target.get("network_id") == kNetwork) {
        ports.push_back(json::object{{"id", "port-" + found->first}});
      }
      return {200, format_json(json::object{{"ports", ports}})};
    }
    if (parts[2] == "floatingips") return answer_floating(call, parts);
    return refuse(call, "no such call");
  }

  Reply answer_floating(const Call& call, const std::vector<std::string>& parts) {
    if (call.method == "GET") {
      json::array all;
      const std::string description = call.target.get("description");
      const std::string pool = call.target.get("floating_network_id");
      if (description.empty() && pool != kPool) return refuse(call, "a list of all addresses");
      for (const Floating& one : floating) {
        if (!description.empty() && one.description != description) continue;
        all.push_back(json::object{{"id", one.id},
                                   {"floating_ip_address", one.address},
                                   {"port_id", one.port.empty() ? json::value(nullptr) : json::value(one.port)},
                                   {"description", one.description},
                                   {"revision_number", one.revision}});
      }
      return {200, format_json(json::object{{"floatingips", all}})};
    }
    if (call.method == "DELETE") {
      return std::erase_if(floating, [&](const Floating& one) { return one.id == parts.back(); }) == 1
                 ? Reply{204, ""}
                 : error(404, "NeutronError", "Floating IP could not be found");
    }
    const json::value body = parse_json(call.body);
    const json::value* wanted = find(body, "floatingip");
    if (wanted == nullptr) return refuse(call, "no floatingip");
    const std::string port = text_of(*wanted, "port_id");
    if (!port.starts_with("port-")) return refuse(call, "no port");
    if (call.method == "POST") {
      if (text_of(*wanted, "floating_network_id") != kPool) return refuse(call, "no pool");
      floating.push_back({"float-" + std::to_string(++last_id_), "203.0.113.9", port, text_of(*wanted, "description")});
      return {201, format_json(json::object{{"floatingip", json::object{{"id", floating.back().id},
                                                                        {"floating_ip_address", "203.0.113.9"}}}})};
    }
    const auto found =
        std::find_if(floating.begin(), floating.end(), [&](const Floating& one) { return one.id == parts.back(); });
    if (found == floating.end() || call.method != "PUT") return refuse(call, "no such address");
    if (somebody_is_faster) ++found->revision;
    if (call.headers.get("If-Match") != "revision_number=" + std::to_string(found->revision)) {
      return error(412, "NeutronError", "Constrained to revision");
    }
    found->port = port;
    return {200, "{}"};
  }

  Reply answer_keys(const Call& call, const std::vector<std::string>& parts) {
    if (call.method == "GET") return not_found();
    if (call.method == "DELETE") return std::erase(keys_, parts.back()) == 1 ? Reply{202, ""} : not_found();
    const json::value body = parse_json(call.body);
    const json::value* pair = find(body, "keypair");
    if (call.method != "POST" || pair == nullptr) return refuse(call, "no keypair");
    const std::string name = text_of(*pair, "name");
    if (!text_of(*pair, "public_key").starts_with("ssh-")) return error(400, "badRequest", "Keypair data is invalid");
    if (std::find(keys_.begin(), keys_.end(), name) != keys_.end()) {
      return error(409, "conflictingRequest", "Key pair '" + name + "' already exists.");
    }
    keys_.push_back(name);
    return {200, "{}"};
  }

  Reply answer_servers(const Call& call, const std::vector<std::string>& parts) {
    if (parts.size() == 4 && call.method == "POST") return create(call);
    if (parts.size() == 5 && parts[4] == "detail" && call.method == "GET") {
      json::array all;
      for (const auto& [id, server] : servers_) {
        if (server.name.find(call.target.get("name")) == std::string::npos) continue;
        all.push_back(json::object{{"id", id}, {"metadata", server.metadata}});
      }
      return {200, format_json(json::object{{"servers", all}})};
    }
    const auto found = servers_.find(parts.at(4));
    if (found == servers_.end()) return not_found();
    Machine& server = found->second;
    if (parts.size() == 6 && parts[5] == "action" && call.method == "POST") return act(call, server);
    if (call.method == "DELETE") {
      for (Floating& one : floating) {
        if (one.port == "port-" + found->first) one.port.clear();
      }
      server.going = true;
      return {204, ""};
    }
    if (call.method != "GET") return refuse(call, "no such call");
    if (server.going && ++server.looks > 4) {
      servers_.erase(found);
      return not_found();
    }
    if (server.status == "BUILD" && ++server.looks > 2) server.status = fault.empty() ? "ACTIVE" : "ERROR";
    json::object answer = {
        {"id", found->first},
        {"status", server.status},
        {"addresses", json::object{{"inner", json::array{json::object{{"version", 6}, {"addr", "fd00::5"}},
                                                         json::object{{"version", 4},
                                                                      {"addr", "10.0.0.5"},
                                                                      {"OS-EXT-IPS:type", "fixed"}}}}}}};
    if (!fault.empty()) answer["fault"] = json::object{{"code", 500}, {"message", fault}};
    return {200, format_json(json::object{{"server", answer}})};
  }

  Reply create(const Call& call) {
    const json::value body = parse_json(call.body);
    const json::value* server = find(body, "server");
    if (server == nullptr || text_of(*server, "flavorRef") != kFlavor) return refuse(call, "no flavor");
    if (std::find(keys_.begin(), keys_.end(), text_of(*server, "key_name")) == keys_.end()) {
      return error(400, "badRequest", "Invalid key_name provided.");
    }
    const json::object* metadata = find_object(*server, "metadata");
    if (metadata == nullptr) return refuse(call, "no metadata");
    last_creation = *server;
    const std::string id = "server-" + std::to_string(++last_id_);
    servers_[id] = {.name = text_of(*server, "name"), .metadata = *metadata};
    return {202, format_json(json::object{{"server", json::object{{"id", id}}}})};
  }

  Reply act(const Call& call, Machine& server) {
    if (call.body == R"({"os-start":null})" || call.body == R"({"reboot":{"type":"SOFT"}})") {
      server.status = "ACTIVE";
    } else if (call.body == R"({"os-stop":null})") {
      server.status = "SHUTOFF";
    } else {
      return refuse(call, "no such action");
    }
    return {202, ""};
  }

  int last_id_ = 0;
  std::vector<std::string> keys_;
  std::map<std::string, Machine> servers_;
};

TEST(OpenStack, AsksForTheServerThatTheOptionsDescribe) {
  OpenStackServer server;
  std::string ip;
  EXPECT_EQ(make_with(
                server,
                [](DriverOptions& options) {
                  options.set("openstack-floatingip-pool", {""});
                  options.set("openstack-sec-groups", {"ssh, docker"});
                  options.set("openstack-metadata", {"role,web"});
                  options.set("openstack-availability-zone", {"nova"});
                  options.set("openstack-config-drive", {"true"});
                },
                &ip),
            "");
  const std::string body = format_json(server.last_creation);
  EXPECT_THAT(body, HasSubstr(R"("security_groups":[{"name":"ssh"},{"name":"docker"}])"));
  EXPECT_THAT(body, HasSubstr(R"("metadata":{"role":"web","berth-machine":")"));
  EXPECT_THAT(body, HasSubstr(R"("availability_zone":"nova")"));
  EXPECT_THAT(body, HasSubstr(R"("config_drive":true)"));
  EXPECT_THAT(body, HasSubstr(R"("imageRef":"70a599e0-31e7-49b7-b260-868f441e862b")"));
  EXPECT_THAT(body, HasSubstr(R"("networks":[{"uuid":"b5e4f3a2-3c1d-4e0f-9a8b-7c6d5e4f3a2b"}])"));
  EXPECT_EQ(ip, "10.0.0.5");
  EXPECT_THAT(server.refusals(), IsEmpty());
}

TEST(OpenStack, BootsFromAVolume) {
  OpenStackServer server;
  EXPECT_EQ(make_with(server,
                      [](DriverOptions& options) {
                        options.set("openstack-boot-from-volume", {"true"});
                        options.set("openstack-volume-size", {"20"});
                      }),
            "");
  EXPECT_THAT(format_json(server.last_creation),
              HasSubstr(R"("block_device_mapping_v2":[{"boot_index":0,"uuid":"70a599e0-31e7-49b7-b260-868f441e862b",)"
                        R"("source_type":"image","destination_type":"volume","volume_size":20,)"
                        R"("delete_on_termination":true}])"));
  EXPECT_EQ(find(server.last_creation, "imageRef"), nullptr);
}

TEST(OpenStack, LogsInWithAPasswordOrAnApplicationCredential) {
  OpenStackServer server;
  EXPECT_EQ(make_with(server, [](DriverOptions&) {}), "");
  EXPECT_EQ(format_json(server.last_login),
            R"({"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"ada","domain":{"id":"default"},)"
            R"("password":"engine"}}},"scope":{"project":{"name":"analytical","domain":{"id":"default"}}}}})");
  EXPECT_EQ(make_with(server,
                      [](DriverOptions& options) {
                        options.set("openstack-password", {""});
                        options.set("openstack-application-credential-id", {"c0ffee"});
                        options.set("openstack-application-credential-secret", {"s3cret"});
                      }),
            "");
  EXPECT_EQ(format_json(server.last_login), R"({"auth":{"identity":{"methods":["application_credential"],)"
                                            R"("application_credential":{"secret":"s3cret","id":"c0ffee"}}}})");
}

TEST(OpenStack, TakesAFreeFloatingAddressAndLeavesItBehind) {
  OpenStackServer server;
  server.floating = {{"spare", "203.0.113.77", "", ""}};
  SimulatedMachine machine(server);
  machine.create();
  EXPECT_EQ(machine.driver()->ip({}), "203.0.113.77");
  machine.driver()->remove(Context().with_timeout(60s));
  ASSERT_EQ(server.floating.size(), 1U);
  EXPECT_EQ(server.floating[0].port, "");
}

TEST(OpenStack, TakesNoAddressThatSomebodyElseTookMeanwhile) {
  OpenStackServer server;
  server.floating = {{"spare", "203.0.113.77", "", ""}};
  server.somebody_is_faster = true;
  SimulatedMachine machine(server);
  machine.create();
  EXPECT_EQ(machine.driver()->ip({}), "203.0.113.9");
  machine.driver()->remove(Context().with_timeout(60s));
  EXPECT_THAT(server.left(), IsEmpty());
}

TEST(OpenStack, SaysWhyAServerCouldNotBeMade) {
  OpenStackServer server;
  server.fault = "No valid host was found. There are not enough hosts available.";
  EXPECT_EQ(make_with(server, [](DriverOptions&) {}),
            "OpenStack could not make the server: No valid host was found. There are not enough hosts available.");
  EXPECT_THAT(server.left(), IsEmpty());
}

TEST(OpenStack, RefusesOptionsThatCannotBe) {
  const auto refusal = [](const char* flag, const std::string& value) {
    OpenStackServer server;
    return refusal_of(server, flag, value);
  };
  EXPECT_EQ(refusal("openstack-auth-url", ""), "openstack driver requires the --openstack-auth-url option");
  EXPECT_THAT(refusal("openstack-auth-url", "https://cloud.example.org:5000/v2.0"), HasSubstr("ends in /v3"));
  EXPECT_EQ(refusal("openstack-password", "x"),
            "OpenStack answered POST /identity/v3/auth/tokens with 401: The request you have made requires "
            "authentication.");
  EXPECT_EQ(refusal("openstack-flavor-name", "m1.smal"),
            "there is no flavor 'm1.smal' in the cloud: did you mean 'm1.small'?");
  EXPECT_THAT(refusal("openstack-image-name", "beos"), HasSubstr("there is no image 'beos' in the cloud"));
  EXPECT_THAT(refusal("openstack-net-name", "outer"), HasSubstr("there is no network 'outer'"));
  EXPECT_THAT(refusal("openstack-region", "RegionTwo"), HasSubstr("in region 'RegionTwo': look at --openstack-region"));
  EXPECT_THAT(refusal("openstack-nova-network", "true"), HasSubstr("--openstack-nova-network"));
  EXPECT_THAT(refusal("openstack-flavor-id", "2"), HasSubstr("exclude each other"));
  EXPECT_THAT(refusal("openstack-keypair-name", "mine"), HasSubstr("need each other"));
  EXPECT_THAT(refusal("openstack-metadata", "a,b,c"), HasSubstr("key1,value1"));
}

TEST(OpenStack, ReadsARecordOfDockerMachine) {
  OpenStackServer server;
  SimulatedMachine machine(server);
  machine.record =
      R"({"IPAddress":"10.0.0.5","MachineName":"web","SSHUser":"root","SSHPort":22,"SSHKeyPath":"/k","AuthUrl":")" +
      server.url() +
      R"(/identity/v3","ActiveTimeout":200,"Username":"ada","Password":"engine","TenantName":"analytical",)"
      R"("MachineId":"gone","FlavorName":"m1.small","KeyPairName":"web-1234","UserData":null,"SecurityGroups":null,)"
      R"("IpVersion":4,"ExistingKey":false})";
  machine.driver()->remove(Context().with_timeout(60s));
  EXPECT_THAT(server.calls(), ElementsAre("POST /identity/v3/auth/tokens",
                                          "DELETE /compute/v2.1/" + std::string(kProject) + "/servers/gone",
                                          "DELETE /compute/v2.1/" + std::string(kProject) + "/os-keypairs/web-1234",
                                          "GET /compute/v2.1/" + std::string(kProject) + "/servers/gone"));
}

}  // namespace

std::unique_ptr<SimulatedCloud> simulate_openstack() { return std::make_unique<OpenStackServer>(); }

}  // namespace berth::machine
