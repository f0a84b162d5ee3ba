// Amazon's EC2 Query API, version 2016-11-15, as its reference has it, as far as the driver uses it.
#include "machine/cloud/amazonec2.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "machine/cloud/aws_credentials.h"
#include "machine/cloud/simulated_cloud_test.h"
#include "machine/cloud/xml.h"

namespace berth::machine {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Pair;

const AwsCredentials kAccount = {"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};

class Ec2Server final : public SimulatedCloud {
 public:
  ~Ec2Server() override { stop(); }

  std::vector<std::string> left() override {
    std::vector<std::string> all;
    for (const std::string& key : keys_) all.push_back("key " + key);
    for (const auto& [id, name] : groups_) all.push_back("group " + name);
    for (const auto& [id, instance] : instances_) {
      if (instance.state != "terminated") all.push_back("instance " + id + " " + instance.state);
    }
    return all;
  }
  DriverOptions options() override {
    DriverOptions options;
    for (const DriverFlag& flag : amazonec2_flags()) {
      if (flag.type != DriverFlag::Type::kTexts) options.set(flag.name, {flag.default_text});
    }
    options.set("amazonec2-access-key", {kAccount.access_key});
    options.set("amazonec2-secret-key", {kAccount.secret_key});
    options.set("amazonec2-endpoint", {url()});
    return options;
  }
  ProviderMaker maker() const override { return make_amazonec2; }

  std::map<std::string, std::string> last_run;
  bool spot_is_refused = false;

 private:
  using Parameters = std::map<std::string, std::string>;
  struct Machine {
    std::string state = "pending";
    std::string tag;
    std::string token;
    int looks = 0;
    std::string reason;
  };

  static Reply error(const std::string& code, const std::string& message, int status = 400) {
    return {status, "<?xml version=\"1.0\"?><Response><Errors><Error><Code>" + code + "</Code><Message>" + message +
                        "</Message></Error></Errors><RequestID>r-1</RequestID></Response>"};
  }
  static Reply done(const std::string& action, const std::string& inner) {
    return {200, "<?xml version=\"1.0\"?><" + action +
                     "Response xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>r-1</requestId>" + inner +
                     "</" + action + "Response>"};
  }

  // Signs it as the client should have, with what came.
  bool signature_is_right(const Call& call) const {
    RestRequest request{.method = call.method, .target = call.raw_target, .body = call.body};
    const std::set<std::string> unsigned_names = {"host",       "authorization",  "user-agent",
                                                  "connection", "content-length", "accept"};
    for (const auto& field : call.headers) {
      if (!unsigned_names.contains(to_lower(field.name))) request.headers.add(field.name, field.value);
    }
    std::tm date{};
    const std::string stamp(call.headers.get("X-Amz-Date").value_or(""));
    if (::strptime(stamp.c_str(), "%Y%m%dT%H%M%SZ", &date) == nullptr) return false;
    sign_v4(request, *call.headers.get("Host"), kAccount, "us-east-1", "ec2",
            std::chrono::system_clock::from_time_t(::timegm(&date)));
    return request.headers.get("Authorization") == call.headers.get("Authorization");
  }

  Reply answer(const Call& call) override {
    if (!signature_is_right(call))
      return error("AuthFailure", "AWS was not able to validate the provided access credentials", 401);
    if (call.method != "POST" || call.raw_target != "/") return refuse(call, "no such path");
    Parameters parameters;
    const auto form = http::parse_target("/?" + call.body);
    if (!form) return refuse(call, "no form");
    for (const auto& [name, value] : form->query) {
      if (!parameters.emplace(name, value).second) return refuse(call, "a parameter comes twice");
    }
    if (parameters["Version"] != "2016-11-15") return refuse(call, "wrong version");
    const std::string action = parameters["Action"];
    if (action == "DescribeInstanceTypes") {
      if (parameters["InstanceType.1"] != "t3.micro")
        return error("InvalidInstanceType",
                     "The following supplied instance types do not exist: [" + parameters["InstanceType.1"] + "]");
      return done(action,
                  "<instanceTypeSet><item><processorInfo><supportedArchitectures><item>x86_64</item></"
                  "supportedArchitectures></processorInfo></item></instanceTypeSet>");
    }
    if (action == "DescribeImages") return describe_images(call, parameters);
    if (action == "DescribeSubnets") {
      const std::string& wanted = parameters["Filter.1.Value.1"];
      if (wanted != "us-east-1a" && wanted != "subnet-1") return done(action, "<subnetSet/>");
      return done(action,
                  "<subnetSet><item><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId><defaultForAz>true</"
                  "defaultForAz></item></subnetSet>");
    }
    if (action.ends_with("KeyPair")) return answer_keys(call, action, parameters);
    if (action.find("SecurityGroup") != std::string::npos) return answer_groups(call, action, parameters);
    if (action.ends_with("Instances")) return answer_instances(call, action, parameters);
    return refuse(call, "no such action");
  }

  Reply describe_images(const Call& call, Parameters& parameters) {
    if (!parameters["ImageId.1"].empty()) {
      if (parameters["ImageId.1"] != "ami-own")
        return error("InvalidAMIID.NotFound", "The image id '[" + parameters["ImageId.1"] + "]' does not exist");
      return done("DescribeImages", "<imagesSet><item><imageId>ami-own</imageId></item></imagesSet>");
    }
    if (parameters["Owner.1"] != "099720109477") return refuse(call, "anyone's image");
    return done(
        "DescribeImages",
        "<imagesSet><item><imageId>ami-old</imageId><creationDate>2024-04-01T00:00:00.000Z</creationDate></item>"
        "<item><imageId>ami-new</imageId><creationDate>2026-04-01T00:00:00.000Z</creationDate></item></imagesSet>");
  }

  Reply answer_keys(const Call& call, const std::string& action, Parameters& parameters) {
    const std::string name = parameters["KeyName"];
    if (action == "DeleteKeyPair") {
      keys_.erase(name);  // EC2 answers so whether it was there or not
      return done(action, "<return>true</return>");
    }
    if (action != "ImportKeyPair") return refuse(call, "no such action");
    const auto key = base64_decode(parameters["PublicKeyMaterial"]);
    if (!key || !key->starts_with("ssh-ed25519 AAAA"))
      return error("InvalidKey.Format", "Key is not in valid OpenSSH public key format");
    if (!keys_.insert(name).second) return error("InvalidKeyPair.Duplicate", "The keypair already exists");
    return done(action, "<keyName>" + name + "</keyName>");
  }

  Reply answer_groups(const Call& call, const std::string& action, Parameters& parameters) {
    if (action == "DescribeSecurityGroups") {
      std::string items;
      for (const auto& [id, name] : groups_) {
        if (parameters["Filter.1.Name"] == "group-name" && parameters["Filter.1.Value.1"] == name) {
          items += "<item><groupId>" + id + "</groupId></item>";
        }
      }
      return done(action, "<securityGroupInfo>" + items + "</securityGroupInfo>");
    }
    if (action == "CreateSecurityGroup") {
      if (parameters["VpcId"] != "vpc-1") return refuse(call, "no VPC");
      for (const auto& [id, name] : groups_) {
        if (name == parameters["GroupName"])
          return error("InvalidGroup.Duplicate", "The security group already exists");
      }
      const std::string id = "sg-" + std::to_string(++last_id_);
      groups_[id] = parameters["GroupName"];
      return done(action, "<groupId>" + id + "</groupId>");
    }
    const std::string group = parameters["GroupId"];
    if (!groups_.contains(group)) return error("InvalidGroup.NotFound", "The security group does not exist");
    if (action == "AuthorizeSecurityGroupIngress") {
      const std::string rule =
          group + ":" + parameters["IpPermissions.1.FromPort"] + "/" + parameters["IpPermissions.1.IpProtocol"];
      if (!rules_.insert(rule).second) return error("InvalidPermission.Duplicate", "the specified rule already exists");
      return done(action, "<return>true</return>");
    }
    if (action != "DeleteSecurityGroup") return refuse(call, "no such action");
    for (auto& [id, instance] : instances_) {
      if (instance.state == "terminated") continue;
      if (instance.state == "shutting-down") instance.state = "terminated";
      return error("DependencyViolation", "resource has a dependent object");
    }
    groups_.erase(group);
    std::erase_if(rules_, [&](const std::string& rule) { return rule.starts_with(group + ":"); });
    return done(action, "<return>true</return>");
  }

  Reply answer_instances(const Call& call, const std::string& action, Parameters& parameters) {
    if (action == "RunInstances") return run(call, parameters);
    if (action == "DescribeInstances" && parameters["Filter.1.Name"] == "tag:berth-machine") {
      std::string items;
      for (const auto& [id, instance] : instances_) {
        if (instance.tag == parameters["Filter.1.Value.1"]) items += item(id, instance);
      }
      return done(action, "<reservationSet>" + items + "</reservationSet>");
    }
    const auto found = instances_.find(parameters["InstanceId.1"]);
    if (found == instances_.end()) return error("InvalidInstanceID.NotFound", "The instance ID does not exist");
    Machine& instance = found->second;
    if (action == "DescribeInstances") {
      if (instance.state == "pending" && ++instance.looks > 1)
        instance.state = spot_is_refused ? "terminated" : "running";
      if (spot_is_refused) instance.reason = "Server.InsufficientInstanceCapacity: no capacity";
      if (instance.state == "stopping") instance.state = "stopped";
      return done(action, "<reservationSet>" + item(found->first, instance) + "</reservationSet>");
    }
    if (action == "TerminateInstances") {
      if (instance.state != "terminated") instance.state = "shutting-down";
    } else if (action == "StartInstances") {
      instance.state = "running";
    } else if (action == "StopInstances") {
      instance.state = "stopping";
    } else if (action != "RebootInstances") {
      return refuse(call, "no such action");
    }
    return done(action, action == "RebootInstances" ? "<return>true</return>" : "<instancesSet/>");
  }

  static std::string item(const std::string& id, const Machine& instance) {
    std::string text = "<item><instancesSet><item><instanceId>" + id + "</instanceId><instanceState><name>" +
                       instance.state + "</name></instanceState><privateIpAddress>172.31.0.9</privateIpAddress>";
    if (instance.state == "running") text += "<ipAddress>203.0.113.50</ipAddress>";
    if (!instance.reason.empty()) text += "<stateReason><message>" + instance.reason + "</message></stateReason>";
    return text + "</item></instancesSet></item>";
  }

  Reply run(const Call& call, Parameters& parameters) {
    if (!keys_.contains(parameters["KeyName"])) return error("InvalidKeyPair.NotFound", "The key pair does not exist");
    if (!groups_.contains(parameters["NetworkInterface.1.SecurityGroupId.1"])) return refuse(call, "no such group");
    if (parameters["TagSpecification.1.Tag.1.Key"] != "berth-machine") return refuse(call, "no tag");
    last_run = parameters;
    for (const auto& [id, instance] : instances_) {
      if (instance.token == parameters["ClientToken"]) {
        return done("RunInstances", "<instancesSet><item><instanceId>" + id + "</instanceId></item></instancesSet>");
      }
    }
    const std::string id = "i-" + std::to_string(++last_id_);
    instances_[id] = {.tag = parameters["TagSpecification.1.Tag.1.Value"], .token = parameters["ClientToken"]};
    return done("RunInstances", "<instancesSet><item><instanceId>" + id + "</instanceId></item></instancesSet>");
  }

  int last_id_ = 0;
  std::set<std::string> keys_;
  std::map<std::string, std::string> groups_;
  std::set<std::string> rules_;
  std::map<std::string, Machine> instances_;
};

TEST(AmazonEc2, RunsTheInstanceThatTheOptionsDescribe) {
  Ec2Server server;
  DriverOptions options = server.options();
  options.set("amazonec2-tags", {"team,blue"});
  options.set("amazonec2-request-spot-instance", {"true"});
  options.set("amazonec2-open-port", {"8080", "53/udp"});
  options.set("amazonec2-use-private-address", {"true"});
  SimulatedMachine machine(server);
  const auto driver = machine.driver();
  driver->configure(options);
  driver->create(Context().with_timeout(60s));
  EXPECT_THAT(server.last_run, Contains(Pair("ImageId", "ami-new")));
  EXPECT_THAT(server.last_run, Contains(Pair("BlockDeviceMapping.1.Ebs.VolumeSize", "16")));
  EXPECT_THAT(server.last_run, Contains(Pair("InstanceMarketOptions.MarketType", "spot")));
  EXPECT_THAT(server.last_run, Contains(Pair("InstanceMarketOptions.SpotOptions.MaxPrice", "0.50")));
  EXPECT_THAT(server.last_run, Contains(Pair("TagSpecification.1.Tag.2.Value", "web")));
  EXPECT_THAT(server.last_run, Contains(Pair("TagSpecification.2.ResourceType", "volume")));
  EXPECT_THAT(server.last_run, Contains(Pair("TagSpecification.2.Tag.3.Key", "team")));
  EXPECT_EQ(driver->ip({}), "172.31.0.9");
}

TEST(AmazonEc2, KeepsSecurityGroupsThatTheUserNames) {
  Ec2Server server;
  DriverOptions options = server.options();
  options.set("amazonec2-security-group", {"docker-machine"});
  SimulatedMachine machine(server);
  const auto driver = machine.driver();
  driver->configure(options);
  driver->create(Context().with_timeout(60s));
  machine.driver()->remove(Context().with_timeout(60s));
  EXPECT_THAT(server.left(), Contains("group docker-machine"));
}

TEST(AmazonEc2, ChecksTypeImageZoneAndCredentialsFirst) {
  const auto refusal = [](const char* flag, const char* value) {
    Ec2Server server;
    return refusal_of(server, flag, value);
  };
  EXPECT_THAT(refusal("amazonec2-instance-type", "t9.huge"), HasSubstr("InvalidInstanceType: The following supplied"));
  EXPECT_THAT(refusal("amazonec2-ami", "ami-none"), HasSubstr("InvalidAMIID.NotFound"));
  EXPECT_THAT(refusal("amazonec2-zone", "x"), HasSubstr("there is no subnet in zone 'us-east-1x'"));
  EXPECT_THAT(refusal("amazonec2-secret-key", "wrong"), HasSubstr("AuthFailure: AWS was not able to validate"));
  EXPECT_THAT(refusal("amazonec2-secret-key", ""), HasSubstr("need each other"));
  EXPECT_THAT(refusal("amazonec2-open-port", "http"), HasSubstr("is not of the form PORT"));
  EXPECT_THAT(refusal("amazonec2-keypair-name", "mine"), HasSubstr("also requires --amazonec2-ssh-keypath"));
}

TEST(AmazonEc2, SaysWhyAnInstanceEndedWhileItWasMade) {
  Ec2Server server;
  server.spot_is_refused = true;
  EXPECT_THAT(make_with(server, [](DriverOptions&) {}), HasSubstr("InsufficientInstanceCapacity: no capacity"));
  EXPECT_THAT(server.left(), ::testing::IsEmpty());
}

TEST(AwsCredentials, AreThoseOfTheProfileWhereNoneAreGiven) {
  const TemporaryFolder folder;
  Environment environment;
  environment.set("HOME", folder.path());
  EXPECT_THROW(find_aws_credentials({}, environment), Error);
  write_file(folder.path() / ".aws/credentials",
             "# ours\n[default]\naws_access_key_id = A\naws_secret_access_key=B\n\n[work]\naws_access_key_id=C\n"
             "aws_secret_access_key = D\naws_session_token = E\n");
  EXPECT_EQ(find_aws_credentials({}, environment).secret_key, "B");
  environment.set("AWS_PROFILE", "work");
  EXPECT_EQ(find_aws_credentials({}, environment).session_token, "E");
  EXPECT_EQ(find_aws_credentials({"X", "Y", ""}, environment).access_key, "X");
}

}  // namespace

std::unique_ptr<SimulatedCloud> simulate_ec2() { return std::make_unique<Ec2Server>(); }

}  // namespace berth::machine
