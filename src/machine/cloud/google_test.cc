// Compute Engine's API v1 and Google's token endpoint as their documentation has them, as far as the driver uses them.
#include "machine/cloud/google.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/json.h"
#include "base/process.h"
#include "base/strings.h"
#include "machine/cloud/google_credentials.h"
#include "machine/cloud/simulated_cloud_test.h"
#include "pki/signature.h"

namespace berth::machine {
namespace {

using namespace std::chrono_literals;
using berth::text_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kToken = "ya29.c.b0AXv0zTM";
constexpr const char* kProject = "/compute/v1/projects/analytical";
constexpr const char* kZone = "/compute/v1/projects/analytical/zones/us-central1-a";

// An RSA key as Google gives them out, made once.
const std::string& service_key() {
  static const std::string key = [] {
    const TemporaryFolder folder;
    const Path file = folder.path() / "key";
    run_checked({}, {"ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-m", "PKCS8", "-N", "", "-f", file});
    return read_file(file);
  }();
  return key;
}

class GoogleServer final : public SimulatedCloud {
 public:
  GoogleServer() { write_file(folder_.path() / "key.json", format_json(key_file())); }
  ~GoogleServer() override { stop(); }

  std::vector<std::string> left() override {
    std::vector<std::string> all;
    for (const auto& [name, one] : instances_) all.push_back("instance " + name);
    for (const std::string& name : disks_) all.push_back("disk " + name);
    for (const std::string& name : firewalls_) all.push_back("firewall " + name);
    return all;
  }
  DriverOptions options() override {
    DriverOptions options;
    for (const DriverFlag& flag : google_flags()) {
      if (flag.type != DriverFlag::Type::kTexts) options.set(flag.name, {flag.default_text});
    }
    options.set("google-project", {"analytical"});
    options.set("google-endpoint", {url() + "/compute/v1"});
    return options;
  }
  ProviderMaker maker() const override { return make_google; }
  void prepare(Environment& environment) override {
    environment.set("GOOGLE_APPLICATION_CREDENTIALS", folder_.path() / "key.json");
  }

  json::object key_file() {
    return {{"type", "service_account"},
            {"client_email", "berth@analytical.iam.gserviceaccount.com"},
            {"private_key", service_key()},
            {"private_key_id", "k1"},
            {"token_uri", url() + "/token"}};
  }
  // Somebody else's, of the machine's name.
  void add_foreign() { instances_["web"] = {.status = "RUNNING", .labels = {{"owner", "charles"}}, .looks = 0}; }

  std::string fault;  // the operation that makes an instance ends so
  json::value last_creation;
  json::value last_firewall;
  Path folder() const { return folder_.path(); }

 private:
  struct Machine {
    std::string status = "PROVISIONING";
    json::object labels;
    int looks = 0;
  };
  struct Operation {
    std::string scope;
    int looks = 0;
    std::string fault;
    std::function<void()> at_end;
  };

  static Reply error(int status, const std::string& message) {
    return {status, format_json(json::object{{"error", json::object{{"code", status}, {"message", message}}}})};
  }
  static Reply not_found(const std::string& what) { return error(404, "The resource '" + what + "' was not found"); }

  // Something begins that is done after two looks.
  Reply begin(const std::string& scope, std::function<void()> at_end, const std::string& why = "") {
    const std::string name = "operation-" + std::to_string(++last_id_);
    operations_[name] = {scope, 0, why, std::move(at_end)};
    return {200, format_json(json::object{{"kind", "compute#operation"}, {"name", name}, {"status", "RUNNING"}})};
  }

  Reply answer(const Call& call) override {
    const std::string& path = call.target.path;
    if (path == "/token" && call.method == "POST") return give_token(call);
    if (call.headers.get("Authorization") != "Bearer " + std::string(kToken)) {
      return error(401, "Request had invalid authentication credentials.");
    }
    const bool body = call.method == "POST" && !call.body.empty();
    if (body && call.headers.get("Content-Type") != "application/json") return refuse(call, "no JSON");
    if (call.method == "GET") return answer_get(call);
    if (path == std::string(kProject) + "/global/firewalls" && call.method == "POST") return make_firewall(call);
    if (path == std::string(kZone) + "/instances" && call.method == "POST") return make_instance(call);
    const auto parts = split(path, '/');
    if (call.method == "DELETE") return remove(call, path, parts.back());
    if (call.method == "POST" && path.starts_with(std::string(kZone) + "/instances/web/"))
      return act(call, parts.back());
    return refuse(call, "no such call");
  }

  // RFC 7523: the assertion's signature, audience and times are what Google checks.
  Reply give_token(const Call& call) {
    if (call.headers.get("Content-Type") != "application/x-www-form-urlencoded") return refuse(call, "no form");
    const auto form = http::parse_target("/?" + call.body);
    if (form->get("grant_type") == "refresh_token") {
      const bool known =
          form->get("refresh_token") == "1//r" && form->get("client_id") == "c" && form->get("client_secret") == "s";
      return known ? good_token() : Reply{400, R"({"error":"invalid_grant","error_description":"Bad Request"})"};
    }
    if (form->get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer") return refuse(call, "no such grant");
    const auto parts = split(form->get("assertion"), '.');
    if (parts.size() != 3 || call.body.find("%3D") != std::string::npos) return refuse(call, "no JWT");
    const json::value header = parse_json(base64_decode(padded(parts[0])).value_or(""));
    const json::value claims = parse_json(base64_decode(padded(parts[1])).value_or(""));
    if (text_of(header, "alg") != "RS256" || text_of(header, "typ") != "JWT" || text_of(header, "kid") != "k1") {
      return refuse(call, "no such header");
    }
    if (text_of(claims, "aud") != url() + "/token" ||
        text_of(claims, "scope") != "https://www.googleapis.com/auth/compute" ||
        integer_of(claims, "exp") - integer_of(claims, "iat") > 3600) {
      return refuse(call, "no such claims");
    }
    const bool valid =
        text_of(claims, "iss") == "berth@analytical.iam.gserviceaccount.com" &&
        pki::is_rs256_of(service_key(), parts[0] + "." + parts[1], base64_decode(padded(parts[2])).value_or(""));
    return valid ? good_token()
                 : Reply{400, R"({"error":"invalid_grant","error_description":"Invalid JWT Signature."})"};
  }

  static Reply good_token() {
    return {200, format_json(json::object{{"access_token", kToken}, {"expires_in", 3599}, {"token_type", "Bearer"}})};
  }
  static std::string padded(std::string text) {
    while (text.size() % 4 != 0) text += '=';
    return text;
  }

  Reply answer_get(const Call& call) {
    const std::string& path = call.target.path;
    const auto name = split(path, '/').back();
    if (path.find("/operations/") != std::string::npos) return look_at_operation(call, path, name);
    for (const char* there : {"/compute/v1/projects/ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-amd64"}) {
      if (path == there) return {200, "{}"};
    }
    if (path == kProject || path == std::string(kZone) + "/machineTypes/e2-small") return {200, "{}"};
    if (path == std::string(kProject) + "/regions/us-central1/addresses/front") {
      return {200, R"({"address":"198.51.100.20"})"};
    }
    if (path != std::string(kZone) + "/instances/" + name) return not_found(path);
    const auto found = instances_.find(name);
    if (found == instances_.end()) return not_found(path);
    Machine& machine = found->second;
    if (machine.status == "PROVISIONING" && ++machine.looks > 1) machine.status = "RUNNING";
    return {200,
            format_json(json::object{
                {"name", name},
                {"status", machine.status},
                {"labels", machine.labels},
                {"networkInterfaces",
                 json::array{json::object{{"networkIP", "10.128.0.2"},
                                          {"accessConfigs", json::array{json::object{{"natIP", "198.51.100.7"}}}}}}}})};
  }

  Reply look_at_operation(const Call& call, const std::string& path, const std::string& name) {
    const auto found = operations_.find(name);
    if (found == operations_.end() || !path.starts_with(found->second.scope + "/operations/")) {
      return refuse(call, "no such operation");
    }
    Operation& operation = found->second;
    if (++operation.looks < 2) return {200, format_json(json::object{{"name", name}, {"status", "RUNNING"}})};
    if (operation.at_end) operation.at_end();
    operation.at_end = nullptr;
    json::object done = {{"name", name}, {"status", "DONE"}};
    if (!operation.fault.empty()) {
      done["error"] =
          json::object{{"errors", json::array{json::object{{"code", "QUOTA"}, {"message", operation.fault}}}}};
    }
    return {200, format_json(done)};
  }

  // One request's id does a thing once.
  std::optional<Reply> seen(const Call& call) {
    const std::string id = call.target.get("requestId");
    if (id.size() != 36 || id[14] != '4') return refuse(call, "no requestId");
    const auto found = requests_.find(id);
    return found == requests_.end() ? std::nullopt : std::optional(found->second);
  }

  Reply make_firewall(const Call& call) {
    if (auto known = seen(call)) return *known;
    const json::value body = parse_json(call.body);
    const std::string name = text_of(body, "name");
    if (text_of(body, "network") != "global/networks/default") return refuse(call, "no network");
    if (std::find(firewalls_.begin(), firewalls_.end(), name) != firewalls_.end()) {
      return error(409, "The resource already exists");
    }
    firewalls_.push_back(name);
    last_firewall = body;
    return requests_[call.target.get("requestId")] = begin(std::string(kProject) + "/global", {});
  }

  Reply make_instance(const Call& call) {
    if (auto known = seen(call)) return *known;
    const json::value body = parse_json(call.body);
    const std::string name = text_of(body, "name");
    const json::object* labels = find_object(body, "labels");
    if (labels == nullptr || text_of(body, "machineType") != "zones/us-central1-a/machineTypes/e2-small") {
      return refuse(call, "no labels or type");
    }
    if (instances_.contains(name)) return error(409, "The resource already exists");
    last_creation = body;
    const json::value& disk = body.at("disks").at(0).at("initializeParams");
    disks_.push_back(text_of(disk, "diskName"));
    if (fault.empty()) instances_[name] = {.status = "PROVISIONING", .labels = *labels, .looks = 0};
    return requests_[call.target.get("requestId")] = begin(kZone, {}, fault);
  }

  Reply remove(const Call& call, const std::string& path, const std::string& name) {
    if (path.find("/instances/") != std::string::npos) {
      const auto found = instances_.find(name);
      if (found == instances_.end()) return not_found(path);
      return begin(kZone, [this, name] {
        instances_.erase(name);
        disks_.clear();
      });
    }
    if (path.find("/disks/") != std::string::npos) {
      if (std::erase(disks_, name) == 0) return not_found(path);
      return begin(kZone, {});
    }
    if (path.find("/global/firewalls/") == std::string::npos) return refuse(call, "no such call");
    if (std::erase(firewalls_, name) == 0) return not_found(path);
    return begin(std::string(kProject) + "/global", {});
  }

  Reply act(const Call& call, const std::string& action) {
    const auto found = instances_.find("web");
    if (found == instances_.end()) return not_found("web");
    if (action != "start" && action != "stop") return refuse(call, "no such action");
    return begin(kZone, [this, action] { instances_["web"].status = action == "start" ? "RUNNING" : "TERMINATED"; });
  }

  TemporaryFolder folder_;
  int last_id_ = 0;
  std::map<std::string, Machine> instances_;
  std::vector<std::string> disks_;
  std::vector<std::string> firewalls_;
  std::map<std::string, Operation> operations_;
  std::map<std::string, Reply> requests_;
};

TEST(Google, AsksForTheInstanceThatTheOptionsDescribe) {
  GoogleServer server;
  write_file(server.folder() / "data", "#cloud-config");
  EXPECT_EQ(make_with(server,
                      [&](DriverOptions& options) {
                        options.set("google-address", {"front"});
                        options.set("google-subnetwork", {"inner"});
                        options.set("google-tags", {"web, blue"});
                        options.set("google-preemptible", {"true"});
                        options.set("google-open-port", {"80", "53/udp"});
                        options.set("google-userdata", {server.folder() / "data"});
                        options.set(
                            "google-machine-image",
                            {"https://www.googleapis.com/compute/v1/projects/ubuntu-os-cloud/global/images/family/"
                             "ubuntu-2404-lts-amd64"});
                      }),
            "");
  const std::string body = format_json(server.last_creation);
  EXPECT_THAT(body, HasSubstr(R"("natIP":"198.51.100.20")"));
  EXPECT_THAT(body, HasSubstr(R"("subnetwork":"regions/us-central1/subnetworks/inner")"));
  EXPECT_THAT(body, HasSubstr(R"(,"web","blue"]})"));
  EXPECT_THAT(body, HasSubstr(R"("scheduling":{"preemptible":true,"automaticRestart":false,)"));
  EXPECT_THAT(body, HasSubstr(R"({"key":"user-data","value":"#cloud-config"})"));
  EXPECT_THAT(body, HasSubstr(R"({"key":"ssh-keys","value":"docker-user:ssh-ed25519 )"));
  EXPECT_THAT(body, HasSubstr(R"("diskSizeGb":"10")"));
  EXPECT_THAT(body,
              HasSubstr(R"("sourceImage":"projects/ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-amd64")"));
  EXPECT_THAT(
      format_json(server.last_firewall),
      HasSubstr(R"("allowed":[{"IPProtocol":"tcp","ports":["22","2376","80"]},{"IPProtocol":"udp","ports":["53"]}])"));
  EXPECT_THAT(server.refusals(), IsEmpty());
}

TEST(Google, ReachesAnInstanceWithoutExternalAddress) {
  GoogleServer server;
  std::string ip;
  EXPECT_EQ(
      make_with(server, [](DriverOptions& options) { options.set("google-use-internal-ip-only", {"true"}); }, &ip), "");
  EXPECT_EQ(ip, "10.128.0.2");
  EXPECT_THAT(format_json(server.last_creation), Not(HasSubstr("accessConfigs")));
}

TEST(Google, LeavesAnInstanceOfTheSameNameAlone) {
  GoogleServer server;
  server.add_foreign();
  EXPECT_EQ(make_with(server, [](DriverOptions&) {}),
            "zone 'us-central1-a' of project 'analytical' has an instance 'web' already: choose another name");
  // It came between the check and the creation.
  SimulatedMachine machine(server);
  const auto driver = machine.driver();
  driver->configure(server.options());
  EXPECT_THROW(driver->create(Context().with_timeout(60s)), Error);
  EXPECT_THAT(server.left(), ::testing::ElementsAre("instance web"));
}

TEST(Google, SaysWhyAnOperationFailedAndRemovesWhatIsHalfMade) {
  GoogleServer server;
  server.fault = "Quota 'CPUS' exceeded.  Limit: 8.0 in region us-central1.";
  EXPECT_EQ(make_with(server, [](DriverOptions&) {}),
            "Google could not do it: Quota 'CPUS' exceeded.  Limit: 8.0 in region us-central1.");
  EXPECT_THAT(server.left(), IsEmpty());
}

TEST(Google, TakesTheCredentialsOfAUserWhoLoggedIn) {
  GoogleServer server;
  write_file(server.folder() / "key.json", format_json(json::object{{"type", "authorized_user"},
                                                                    {"client_id", "c"},
                                                                    {"client_secret", "s"},
                                                                    {"refresh_token", "1//r"},
                                                                    {"token_uri", server.url() + "/token"}}));
  EXPECT_EQ(make_with(server, [](DriverOptions&) {}), "");
}

TEST(Google, SaysWhatIsWrongWithCredentials) {
  GoogleServer server;
  json::object file = server.key_file();
  file["client_email"] = "eve@analytical.iam.gserviceaccount.com";
  write_file(server.folder() / "key.json", format_json(file));
  EXPECT_EQ(make_with(server, [](DriverOptions&) {}), "Google answered POST /token with 400: Invalid JWT Signature.");
  file["private_key"] = "x";
  write_file(server.folder() / "key.json", format_json(file));
  EXPECT_THAT(make_with(server, [](DriverOptions&) {}), HasSubstr("not a PEM RSA key"));
  write_file(server.folder() / "key.json", R"({"type":"external_account"})");
  EXPECT_THAT(make_with(server, [](DriverOptions&) {}), HasSubstr("credentials of type 'external_account'"));
  std::filesystem::remove(server.folder() / "key.json");
  EXPECT_THAT(make_with(server, [](DriverOptions&) {}), HasSubstr("gcloud auth application-default login"));
}

TEST(Google, RefusesOptionsThatCannotBe) {
  const auto refusal = [](const char* flag, const std::string& value) {
    GoogleServer server;
    return refusal_of(server, flag, value);
  };
  EXPECT_EQ(refusal("google-project", ""), "no Google Cloud Project name specified (--google-project)");
  EXPECT_THAT(refusal("google-use-existing", "true"), HasSubstr("machine adopt"));
  EXPECT_THAT(refusal("google-open-port", "http"), HasSubstr("--google-open-port 'http'"));
  EXPECT_THAT(refusal("google-machine-type", "e3"), HasSubstr("/machineTypes/e3 with 404"));
  EXPECT_THAT(refusal("google-disk-size", "0"), HasSubstr("--google-disk-size"));
}

}  // namespace

std::unique_ptr<SimulatedCloud> simulate_google() { return std::make_unique<GoogleServer>(); }

}  // namespace berth::machine
