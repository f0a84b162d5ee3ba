// DigitalOcean's API v2 as its documentation has it (docs.digitalocean.com/reference/api), as far as the driver uses
// it.
#include "machine/cloud/digitalocean.h"

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

constexpr const char* kToken = "dop_v1_0123456789abcdef";

class DigitalOceanServer final : public SimulatedCloud {
 public:
  ~DigitalOceanServer() override { stop(); }

  std::vector<std::string> left() override {
    std::vector<std::string> all;
    for (const auto& [id, key] : keys_) all.push_back("key " + std::to_string(id));
    for (const auto& [id, droplet] : droplets_) all.push_back("droplet " + std::to_string(id));
    return all;
  }
  DriverOptions options() override {
    DriverOptions options;
    for (const DriverFlag& flag : digitalocean_flags()) options.set(flag.name, {flag.default_text});
    options.set("digitalocean-access-token", {kToken});
    options.set("digitalocean-endpoint", {url()});
    return options;
  }
  ProviderMaker maker() const override { return make_digitalocean; }

  json::value last_creation;

 private:
  struct Droplet {
    std::string status = "new";
    std::vector<std::string> tags;
    int looks = 0;
  };

  Reply answer(const Call& call) override {
    const auto authorization = call.headers.get("Authorization");
    if (authorization != "Bearer " + std::string(kToken)) {
      return {401, R"({"id":"Unauthorized","message":"Unable to authenticate you"})"};
    }
    const auto parts = split(call.target.path.substr(1), '/');
    if (parts.size() < 2 || parts[0] != "v2") return refuse(call, "no such path");
    if (parts[1] == "regions" && call.method == "GET") {
      return {200, R"({"regions":[{"slug":"nyc3","available":true,"sizes":["s-1vcpu-1gb","s-2vcpu-2gb"]},)"
                   R"({"slug":"ams2","available":false,"sizes":[]}]})"};
    }
    if (parts[1] == "images" && call.method == "GET") {
      return parts[2] == "debian-12-x64" ? Reply{200, R"({"image":{"id":1}})"} : not_found();
    }
    if (parts[1] == "account") return answer_keys(call, parts);
    if (parts[1] == "droplets") return answer_droplets(call, parts);
    if (parts[1] == "tags" && call.method == "DELETE") return {204, ""};
    return refuse(call, "no such path");
  }

  static Reply not_found() {
    return {404, R"({"id":"not_found","message":"The resource you were accessing could not be found."})"};
  }

  Reply answer_keys(const Call& call, const std::vector<std::string>& parts) {
    if (call.method == "GET" && parts.size() == 3) {
      json::array keys;
      if (call.target.get("page") == "1") {
        for (const auto& [id, name] : keys_) keys.push_back(json::object{{"id", id}, {"name", name}});
      }
      return {200, format_json(json::object{{"ssh_keys", keys}})};
    }
    if (call.method == "DELETE") {
      const auto id = parse_integer(parts.back());
      return id && keys_.erase(*id) == 1 ? Reply{204, ""} : not_found();
    }
    const json::value body = parse_json(call.body);
    if (call.method != "POST" || call.headers.get("Content-Type") != "application/json")
      return refuse(call, "no such call");
    if (!text_of(body, "public_key").starts_with("ssh-ed25519 AAAA")) return refuse(call, "no public key");
    keys_[++last_id_] = text_of(body, "name");
    return {201,
            format_json(json::object{{"ssh_key", json::object{{"id", last_id_}, {"name", text_of(body, "name")}}}})};
  }

  Reply answer_droplets(const Call& call, const std::vector<std::string>& parts) {
    if (parts.size() == 2 && call.method == "POST") return create(call);
    if (parts.size() == 2 && call.method == "DELETE") {
      const std::string tag = call.target.get("tag_name");
      if (tag.empty()) return refuse(call, "a deletion without a tag");
      std::erase_if(droplets_, [&](const auto& one) {
        return std::find(one.second.tags.begin(), one.second.tags.end(), tag) != one.second.tags.end();
      });
      return {204, ""};
    }
    const auto id = parse_integer(parts.at(2));
    const auto found = id ? droplets_.find(*id) : droplets_.end();
    if (found == droplets_.end()) return not_found();
    if (parts.size() == 4 && parts[3] == "actions" && call.method == "POST") return act(call, found->second);
    if (call.method == "DELETE") return droplets_.erase(found), Reply{204, ""};
    if (call.method != "GET") return refuse(call, "no such call");
    Droplet& droplet = found->second;
    if (droplet.status == "new" && ++droplet.looks > 2) droplet.status = "active";
    json::array v4;
    if (droplet.looks > 1) {
      v4.push_back(json::object{{"type", "private"}, {"ip_address", "10.0.0.2"}});
      v4.push_back(json::object{{"type", "public"}, {"ip_address", "203.0.113.7"}});
    }
    return {200, format_json(json::object{
                     {"droplet",
                      json::object{{"id", *id}, {"status", droplet.status}, {"networks", json::object{{"v4", v4}}}}}})};
  }

  Reply create(const Call& call) {
    const json::value body = parse_json(call.body);
    const json::array* keys = find_array(body, "ssh_keys");
    if (keys == nullptr || keys->size() != 1 || !keys_.contains((*keys)[0].to_number<std::int64_t>())) {
      return {422, R"({"id":"unprocessable_entity","message":"invalid key identifiers for Droplet creation."})"};
    }
    last_creation = body;
    droplets_[++last_id_] = {.tags = texts_of(body, "tags")};
    return {202, format_json(json::object{{"droplet", json::object{{"id", last_id_}, {"status", "new"}}}})};
  }

  Reply act(const Call& call, Droplet& droplet) {
    const std::string type = text_of(parse_json(call.body), "type");
    if (type == "power_on" || type == "reboot") {
      droplet.status = "active";
    } else if (type == "shutdown" || type == "power_off") {
      droplet.status = "off";
    } else {
      return refuse(call, "no such action");
    }
    return {201, R"({"action":{"status":"in-progress"}})"};
  }

  std::int64_t last_id_ = 0;
  std::map<std::int64_t, std::string> keys_;
  std::map<std::int64_t, Droplet> droplets_;
};

TEST(DigitalOcean, AsksForTheDropletThatTheOptionsDescribe) {
  DigitalOceanServer server;
  DriverOptions options = server.options();
  options.set("digitalocean-size", {"s-2vcpu-2gb"});
  options.set("digitalocean-tags", {"blue, green"});
  options.set("digitalocean-ipv6", {"true"});
  SimulatedMachine machine(server);
  const auto driver = machine.driver();
  driver->configure(options);
  driver->create(Context().with_timeout(60s));
  EXPECT_EQ(text_of(server.last_creation, "name"), "web");
  EXPECT_EQ(text_of(server.last_creation, "region"), "nyc3");
  EXPECT_EQ(text_of(server.last_creation, "size"), "s-2vcpu-2gb");
  EXPECT_TRUE(flag_of(server.last_creation, "ipv6"));
  EXPECT_FALSE(flag_of(server.last_creation, "backups"));
  const std::string tag = "berth-" + text_of(parse_json(machine.record), "BerthId");
  EXPECT_THAT(texts_of(server.last_creation, "tags"), ElementsAre("blue", "green", tag));
}

TEST(DigitalOcean, ChecksTokenRegionSizeAndImageFirst) {
  const auto refusal = [](const char* flag, const char* value) {
    DigitalOceanServer server;
    return refusal_of(server, flag, value);
  };
  EXPECT_EQ(refusal("digitalocean-access-token", ""),
            "digitalocean driver requires the --digitalocean-access-token option");
  EXPECT_EQ(refusal("digitalocean-access-token", "wrong"),
            "DigitalOcean answered GET /v2/regions with 401: Unable to authenticate you");
  EXPECT_EQ(refusal("digitalocean-region", "nyc4"), "there is no region 'nyc4' at DigitalOcean: did you mean 'nyc3'?");
  EXPECT_THAT(refusal("digitalocean-size", "huge"), HasSubstr("there is no size 'huge' in region 'nyc3'"));
  EXPECT_THAT(refusal("digitalocean-image", "beos"), HasSubstr("/v2/images/beos with 404"));
  EXPECT_THAT(refusal("digitalocean-userdata", "/no/such/file"), HasSubstr("user data"));
  EXPECT_THAT(refusal("digitalocean-ssh-port", "http"), HasSubstr("--digitalocean-ssh-port 'http' is no port"));
}

TEST(DigitalOcean, ReadsARecordOfDockerMachine) {
  DigitalOceanServer server;
  SimulatedMachine machine(server);
  machine.record =
      R"({"IPAddress":"203.0.113.9","MachineName":"web","SSHUser":"root","SSHPort":22,"SSHKeyPath":"/k/id_rsa",)"
      R"("StorePath":"/s","AccessToken":")" +
      std::string(kToken) +
      R"(","DropletID":77,"Region":"nyc3","SSHKeyID":5,"SSHKeyFingerprint":"","Size":"s-1vcpu-1gb","Endpoint":")" +
      server.url() + "\"}";
  const auto driver = machine.driver();
  EXPECT_EQ(driver->ip({}), "203.0.113.9");
  driver->remove(Context().with_timeout(60s));
  EXPECT_THAT(server.calls(), ElementsAre("DELETE /v2/droplets/77", "DELETE /v2/account/keys/5"));
}

}  // namespace

std::unique_ptr<SimulatedCloud> simulate_digitalocean() { return std::make_unique<DigitalOceanServer>(); }

}  // namespace berth::machine
