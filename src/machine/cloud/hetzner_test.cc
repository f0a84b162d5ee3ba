// Hetzner Cloud's API v1 as its documentation has it (docs.hetzner.cloud), as far as the driver uses it.
#include "machine/cloud/hetzner.h"

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
using ::testing::HasSubstr;

constexpr const char* kToken = "LRK9DAWQ1ZAEFSrCNEEzLCUwhYX1U3g7wMg4dTlkkDC96fyDuyJ39nVbVjCKSDfj";

class HetznerServer final : public SimulatedCloud {
 public:
  ~HetznerServer() override { stop(); }

  std::vector<std::string> left() override {
    std::vector<std::string> all;
    for (const auto& [id, labels] : keys_) all.push_back("key " + std::to_string(id));
    for (const auto& [id, server] : servers_) all.push_back("server " + std::to_string(id));
    return all;
  }
  DriverOptions options() override {
    DriverOptions options;
    for (const DriverFlag& flag : hetzner_flags()) {
      if (flag.type != DriverFlag::Type::kTexts) options.set(flag.name, {flag.default_text});
    }
    options.set("hetzner-api-token", {kToken});
    options.set("hetzner-endpoint", {url() + "/v1"});
    return options;
  }
  ProviderMaker maker() const override { return make_hetzner; }

  json::value last_creation;

 private:
  struct Machine {
    std::string status = "initializing";
    json::object labels;
    int looks = 0;
  };

  static Reply error(int status, const char* code, const char* message) {
    return {status, format_json(json::object{{"error", json::object{{"code", code}, {"message", message}}}})};
  }
  static Reply not_found() { return error(404, "not_found", "server with ID '1' not found"); }

  Reply answer(const Call& call) override {
    if (call.headers.get("Authorization") != "Bearer " + std::string(kToken)) {
      return error(401, "unauthorized", "unable to authenticate");
    }
    const auto parts = split(call.target.path.substr(1), '/');
    if (parts.size() < 2 || parts[0] != "v1") return refuse(call, "no such path");
    const std::string& kind = parts[1];
    if (call.method == "POST" && call.headers.get("Content-Type") != "application/json") return refuse(call, "no JSON");
    if (kind == "server_types" && call.method == "GET") return pages(call, kind, {"cx22", "cx32"});
    if (kind == "locations" && call.method == "GET") return pages(call, kind, {"fsn1", "hel1"});
    if (kind == "images" && call.method == "GET") {
      return pages(
          call, kind,
          call.target.get("name") == "debian-12" ? std::vector<std::string>{"debian-12"} : std::vector<std::string>{});
    }
    if (kind == "ssh_keys") return answer_keys(call, parts);
    if (kind == "servers") return answer_servers(call, parts);
    return refuse(call, "no such path");
  }

  // A list of named things, one on each page.
  static Reply pages(const Call& call, const std::string& kind, const std::vector<std::string>& names) {
    const auto page = static_cast<std::size_t>(parse_integer(call.target.get("page")).value_or(1));
    json::array part;
    if (page <= names.size()) part.push_back(json::object{{"name", names[page - 1]}});
    const json::value next = page < names.size() ? json::value(page + 1) : json::value(nullptr);
    return {200, format_json(json::object{{kind, part},
                                          {"meta", json::object{{"pagination", json::object{{"next_page", next}}}}}})};
  }

  // "berth-machine=ID".
  static bool selected(const Call& call, const json::object& labels) {
    const auto selector = call.target.get("label_selector");
    const auto [key, value] = cut(selector, '=');
    return value && text_of(labels, key) == *value;
  }

  Reply answer_keys(const Call& call, const std::vector<std::string>& parts) {
    if (call.method == "GET") {
      json::array all;
      for (const auto& [id, labels] : keys_) {
        if (selected(call, labels)) all.push_back(json::object{{"id", id}});
      }
      return {200, format_json(json::object{{"ssh_keys", all}})};
    }
    if (call.method == "DELETE") {
      const auto id = parse_integer(parts.back());
      return id && keys_.erase(*id) == 1 ? Reply{204, ""} : not_found();
    }
    if (call.method != "POST") return refuse(call, "no such call");
    const json::value body = parse_json(call.body);
    if (!text_of(body, "public_key").starts_with("ssh-ed25519 AAAA"))
      return error(422, "invalid_input", "SSH key not valid");
    const json::object* labels = find_object(body, "labels");
    if (labels == nullptr) return refuse(call, "no labels");
    keys_[++last_id_] = *labels;
    return {201, format_json(json::object{{"ssh_key", json::object{{"id", last_id_}}}})};
  }

  Reply answer_servers(const Call& call, const std::vector<std::string>& parts) {
    if (parts.size() == 2 && call.method == "POST") return create(call);
    if (parts.size() == 2 && call.method == "GET") {
      json::array all;
      for (const auto& [id, server] : servers_) {
        if (selected(call, server.labels)) all.push_back(json::object{{"id", id}});
      }
      return {200, format_json(json::object{{"servers", all}})};
    }
    const auto id = parse_integer(parts.at(2));
    const auto found = id ? servers_.find(*id) : servers_.end();
    if (found == servers_.end()) return not_found();
    if (parts.size() == 5 && parts[3] == "actions" && call.method == "POST") return act(call, found->second, parts[4]);
    if (call.method == "DELETE") {
      servers_.erase(found);
      return {200, R"({"action":{"status":"running"}})"};
    }
    if (call.method != "GET") return refuse(call, "no such call");
    Machine& server = found->second;
    if (server.status == "initializing" && ++server.looks > 1) server.status = "running";
    return {200,
            format_json(json::object{
                {"server", json::object{{"id", *id},
                                        {"status", server.status},
                                        {"public_net", json::object{{"ipv4", json::object{{"ip", "198.51.100.4"}}}}},
                                        {"private_net", json::array{json::object{{"ip", "10.1.0.3"}}}}}}})};
  }

  Reply create(const Call& call) {
    const json::value body = parse_json(call.body);
    const json::array* keys = find_array(body, "ssh_keys");
    const json::object* labels = find_object(body, "labels");
    if (labels == nullptr || keys == nullptr || keys->size() != 1) return refuse(call, "no labels or keys");
    if (!keys_.contains((*keys)[0].to_number<std::int64_t>())) return error(422, "invalid_input", "unknown SSH key");
    last_creation = body;
    servers_[++last_id_] = {.labels = *labels};
    return {201, format_json(json::object{{"server", json::object{{"id", last_id_}}}, {"root_password", nullptr}})};
  }

  Reply act(const Call& call, Machine& server, const std::string& action) {
    if (action == "poweron" || action == "reboot") {
      server.status = "running";
    } else if (action == "shutdown" || action == "poweroff") {
      server.status = "off";
    } else {
      return refuse(call, "no such action");
    }
    return {201, R"({"action":{"status":"running"}})"};
  }

  std::int64_t last_id_ = 0;
  std::map<std::int64_t, json::object> keys_;
  std::map<std::int64_t, Machine> servers_;
};

std::string creation(const std::function<void(DriverOptions&)>& change, std::string* ip = nullptr) {
  HetznerServer server;
  DriverOptions options = server.options();
  change(options);
  SimulatedMachine machine(server);
  const auto driver = machine.driver();
  driver->configure(options);
  driver->pre_create_check(Context().with_timeout(60s));
  driver->create(Context().with_timeout(60s));
  if (ip != nullptr) *ip = driver->ip({});
  return format_json(server.last_creation);
}

TEST(Hetzner, AsksForTheServerThatTheOptionsDescribe) {
  std::string ip;
  const std::string body = creation(
      [](DriverOptions& options) {
        options.set("hetzner-server-location", {"hel1"});
        options.set("hetzner-networks", {"42"});
        options.set("hetzner-firewalls", {"7"});
        options.set("hetzner-server-label", {"role=web"});
        options.set("hetzner-user-data", {"#cloud-config"});
        options.set("hetzner-use-private-network", {"true"});
        options.set("hetzner-disable-public-ipv6", {"true"});
      },
      &ip);
  EXPECT_THAT(body, HasSubstr(R"("location":"hel1")"));
  EXPECT_THAT(body, HasSubstr(R"("networks":[42])"));
  EXPECT_THAT(body, HasSubstr(R"("firewalls":[{"firewall":7}])"));
  EXPECT_THAT(body, HasSubstr(R"("labels":{"role":"web","berth-machine":")"));
  EXPECT_THAT(body, HasSubstr(R"("user_data":"#cloud-config")"));
  EXPECT_THAT(body, HasSubstr(R"("public_net":{"enable_ipv4":true,"enable_ipv6":false})"));
  EXPECT_EQ(ip, "10.1.0.3");
}

TEST(Hetzner, ReadsAllPagesOfAList) {
  EXPECT_THAT(creation([](DriverOptions& options) { options.set("hetzner-server-type", {"cx32"}); }),
              HasSubstr(R"("server_type":"cx32")"));
}

TEST(Hetzner, RefusesOptionsThatContradict) {
  const auto refusal = [](const char* flag, const char* value) {
    HetznerServer server;
    return refusal_of(server, flag, value);
  };
  EXPECT_EQ(refusal("hetzner-api-token", ""), "hetzner driver requires the --hetzner-api-token option");
  EXPECT_EQ(refusal("hetzner-api-token", "x"),
            "Hetzner answered GET /v1/server_types with 401: unable to authenticate");
  EXPECT_EQ(refusal("hetzner-server-type", "cx23"), "there is no server type 'cx23' at Hetzner: did you mean 'cx22'?");
  EXPECT_THAT(refusal("hetzner-image", "beos"), HasSubstr("there is no image 'beos'"));
  EXPECT_THAT(refusal("hetzner-disable-public-ipv4", "true"), HasSubstr("--hetzner-use-private-network"));
  EXPECT_THAT(refusal("hetzner-server-label", "blue"), HasSubstr("is not of the form key=value"));
  EXPECT_THAT(refusal("hetzner-existing-key-id", "7"), HasSubstr("--hetzner-existing-key-path"));
}

}  // namespace

std::unique_ptr<SimulatedCloud> simulate_hetzner() { return std::make_unique<HetznerServer>(); }

}  // namespace berth::machine
