#include "machine/cloud/amazonec2.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "machine/cloud/amazonec2_settings.h"
#include "machine/cloud/aws_credentials.h"
#include "machine/cloud/ec2_api.h"
#include "machine/cloud/options.h"

namespace berth::machine {

namespace {

using berth::text_of;  // of JSON, rather than of a State

// Canonical's account, and its images of the LTS release that the driver takes where none is named.
constexpr const char* kImageOwner = "099720109477";
constexpr const char* kImageName = "ubuntu/images/hvm-ssd*/ubuntu-noble-24.04-*-server-*";
constexpr const char* kTagKey = "berth-machine";
constexpr const char* kPorts[] = {"22", "2376"};
constexpr const char* kManagerPort = "3376";  // of `berth swarm manage`

State state_of(std::string_view name) {
  if (name == "pending") return State::kStarting;
  if (name == "running") return State::kRunning;
  if (name == "stopping" || name == "shutting-down") return State::kStopping;
  if (name == "stopped") return State::kStopped;
  return State::kNone;
}

// Filter.N.Name and Filter.N.Value.M, for filters of one value each.
Ec2Parameters filters(const std::vector<std::pair<std::string, std::string>>& all) {
  Ec2Parameters parameters;
  int number = 0;
  for (const auto& [name, value] : all) {
    const std::string prefix = "Filter." + std::to_string(++number);
    parameters.emplace_back(prefix + ".Name", name);
    parameters.emplace_back(prefix + ".Value.1", value);
  }
  return parameters;
}

class AmazonEc2 final : public Provider {
 public:
  AmazonEc2(CloudSite& site, const json::value& record)
      : site_(site),
        settings_(Ec2Settings::read(record, site)),
        instance_(text_of(record, "InstanceId")),
        groups_(texts_of(record, "SecurityGroupIds")),
        own_group_(text_of(record, "BerthSecurityGroupId")) {}

  void configure(const DriverOptions& options) override { settings_ = Ec2Settings::of(options, site_); }

  void check(const Context& context) override {
    read_user_data(settings_.user_data_file);
    const std::string architecture = architecture_of_type(context);
    find_image(context, architecture);
    find_subnet(context);
    if (!settings_.key_name.empty()) api().call(context, "DescribeKeyPairs", {{"KeyName.1", settings_.key_name}});
  }

  void prepare(const Context& context, const std::string& public_key) override {
    settings_.ami = find_image(context, architecture_of_type(context));
    find_subnet(context);
    site_.save();
    if (!site_.key.is_known) {
      Ec2Parameters parameters = {{"KeyName", site_.tag()}, {"PublicKeyMaterial", base64_encode(public_key)}};
      add_tags(parameters, 1, "key-pair", {});
      api().call_unless(context, {"InvalidKeyPair.Duplicate"}, "ImportKeyPair", parameters);
      settings_.key_name = site_.tag();
      site_.save();
    }
    groups_.clear();
    if (settings_.group_names.empty()) {
      own_group_ = ensure_group(context, site_.tag());
      site_.save();
      allow_ports(context, own_group_);
      groups_.push_back(own_group_);
    }
    for (const std::string& name : settings_.group_names) {
      const std::string id = ensure_group(context, name);
      if (!settings_.groups_read_only) allow_ports(context, id);
      groups_.push_back(id);
    }
    site_.save();
  }

  void launch(const Context& context) override {
    const XmlElement answer = api().call(context, "RunInstances", run_parameters());
    instance_ = answer.text_at("instancesSet/item/instanceId");
    if (instance_.empty()) throw Error(Kind::kInternal, "EC2's answer names no instance");
    site_.save();
  }

  std::optional<Instance> look(const Context& context) override {
    if (instance_.empty()) return std::nullopt;
    const auto answer =
        api().call_unless(context, {"InvalidInstanceID.NotFound"}, "DescribeInstances", {{"InstanceId.1", instance_}});
    const XmlElement* found = answer ? answer->at("reservationSet/item/instancesSet/item") : nullptr;
    if (found == nullptr) return std::nullopt;
    const std::string name = found->text_at("instanceState/name");
    if (name == "terminated") {
      // One that ends while it is being made says why.
      const std::string reason = found->text_at("stateReason/message");
      if (reason.empty() || reason.starts_with("Client.User")) return std::nullopt;
      return Instance{.state = State::kError, .address = {}, .reason = reason};
    }
    const bool private_address = settings_.private_only || settings_.use_private;
    return Instance{.state = state_of(name),
                    .address = found->text_at(private_address ? "privateIpAddress" : "ipAddress"),
                    .reason = {}};
  }

  void power(const Context& context, Power power) override {
    switch (power) {
      case Power::kOn:
        api().call(context, "StartInstances", {{"InstanceId.1", instance_}});
        break;
      case Power::kShutDown:
        api().call(context, "StopInstances", {{"InstanceId.1", instance_}});
        break;
      case Power::kOff:
        api().call(context, "StopInstances", {{"InstanceId.1", instance_}, {"Force", "true"}});
        break;
      case Power::kReboot:
        api().call(context, "RebootInstances", {{"InstanceId.1", instance_}});
        break;
    }
  }

  void destroy(const Context& context) override {
    std::set<std::string> instances;
    if (!instance_.empty()) instances.insert(instance_);
    if (!site_.id.empty()) {
      for (std::string& id : tagged_instances(context)) instances.insert(std::move(id));
    }
    for (const std::string& id : instances) {
      api().call_unless(context, {"InvalidInstanceID.NotFound"}, "TerminateInstances", {{"InstanceId.1", id}});
    }
    if (!site_.key.is_known) {
      // Records of docker-machine name the key; of ours it is known before it is made.
      const std::string key = site_.id.empty() ? settings_.key_name : site_.tag();
      if (!key.empty()) api().call_unless(context, {"InvalidKeyPair.NotFound"}, "DeleteKeyPair", {{"KeyName", key}});
    }
    if (!site_.id.empty()) remove_own_groups(context);
  }

  void write(json::object& record) const override {
    settings_.write(record);
    record["ExistingKey"] = site_.key.is_known;
    record["SSHPrivateKeyPath"] = site_.key.existing.string();
    record["InstanceId"] = instance_;
    record["SecurityGroupIds"] = array_of(groups_);
    record["BerthSecurityGroupId"] = own_group_;
  }

 private:
  Ec2Api& api() {
    if (!api_) {
      api_.emplace(settings_.address(), find_aws_credentials(settings_.credentials, site_.environment),
                   settings_.region, site_.patience, *site_.clock);
    }
    return *api_;
  }

  std::string zone() const { return settings_.region + settings_.zone; }

  // "x86_64" or "arm64".
  std::string architecture_of_type(const Context& context) {
    const XmlElement answer =
        api().call(context, "DescribeInstanceTypes", {{"InstanceType.1", settings_.instance_type}});
    for (const XmlElement* item : answer.all("instanceTypeSet/item/processorInfo/supportedArchitectures", "item")) {
      if (item->text == "x86_64" || item->text == "arm64") return item->text;
    }
    throw Error(Kind::kNotFound, "instance type '" + settings_.instance_type + "' is neither x86_64 nor arm64");
  }

  // The image that was asked for, or the newest that suits.
  std::string find_image(const Context& context, const std::string& architecture) {
    if (!settings_.ami.empty()) {
      api().call(context, "DescribeImages", {{"ImageId.1", settings_.ami}});
      return settings_.ami;
    }
    Ec2Parameters parameters = filters({{"name", kImageName}, {"state", "available"}, {"architecture", architecture}});
    parameters.emplace_back("Owner.1", kImageOwner);
    const XmlElement answer = api().call(context, "DescribeImages", parameters);
    const XmlElement* newest = nullptr;
    for (const XmlElement* image : answer.all("imagesSet", "item")) {
      if (newest == nullptr || image->text_at("creationDate") > newest->text_at("creationDate")) newest = image;
    }
    if (newest == nullptr) {
      throw Error(Kind::kNotFound, "region '" + settings_.region + "' has no image of Ubuntu 24.04 for " +
                                       architecture + ": name one with --amazonec2-ami");
    }
    return newest->text_at("imageId");
  }

  // Fills in subnet and VPC where they were not given.
  void find_subnet(const Context& context) {
    std::vector<std::pair<std::string, std::string>> wanted;
    if (!settings_.subnet.empty()) {
      wanted = {{"subnet-id", settings_.subnet}};
    } else if (!settings_.vpc.empty()) {
      wanted = {{"availability-zone", zone()}, {"vpc-id", settings_.vpc}};
    } else {
      wanted = {{"availability-zone", zone()}, {"default-for-az", "true"}};
    }
    const XmlElement answer = api().call(context, "DescribeSubnets", filters(wanted));
    const auto subnets = answer.all("subnetSet", "item");
    if (subnets.empty()) {
      throw Error(Kind::kNotFound,
                  "there is no subnet " +
                      (settings_.subnet.empty()
                           ? "in zone '" + zone() + "' of " +
                                 (settings_.vpc.empty() ? "the account's default VPC" : "VPC '" + settings_.vpc + "'")
                           : "'" + settings_.subnet + "'") +
                      ": choose --amazonec2-zone, --amazonec2-vpc-id or --amazonec2-subnet-id");
    }
    const XmlElement* chosen = subnets.front();
    for (const XmlElement* subnet : subnets) {
      if (subnet->text_at("defaultForAz") == "true") chosen = subnet;
    }
    if (!settings_.vpc.empty() && chosen->text_at("vpcId") != settings_.vpc) {
      throw Error(Kind::kInvalid, "subnet '" + settings_.subnet + "' is not in VPC '" + settings_.vpc + "'");
    }
    settings_.subnet = chosen->text_at("subnetId");
    settings_.vpc = chosen->text_at("vpcId");
  }

  // TagSpecification.N of the machine's tag and `more`.
  void add_tags(Ec2Parameters& parameters, int number, const std::string& type,
                const std::vector<std::pair<std::string, std::string>>& more) const {
    const std::string prefix = "TagSpecification." + std::to_string(number);
    parameters.emplace_back(prefix + ".ResourceType", type);
    std::vector<std::pair<std::string, std::string>> tags = {{kTagKey, site_.id}};
    tags.insert(tags.end(), more.begin(), more.end());
    for (std::size_t i = 0; i < tags.size(); ++i) {
      parameters.emplace_back(prefix + ".Tag." + std::to_string(i + 1) + ".Key", tags[i].first);
      parameters.emplace_back(prefix + ".Tag." + std::to_string(i + 1) + ".Value", tags[i].second);
    }
  }

  // The id of the VPC's group of that name, made where it is missing.
  std::string ensure_group(const Context& context, const std::string& name) {
    const auto find_it = [&] {
      return api()
          .call(context, "DescribeSecurityGroups", filters({{"group-name", name}, {"vpc-id", settings_.vpc}}))
          .text_at("securityGroupInfo/item/groupId");
    };
    if (std::string id = find_it(); !id.empty()) return id;
    Ec2Parameters parameters = {{"GroupName", name}, {"GroupDescription", "Docker Machine"}, {"VpcId", settings_.vpc}};
    add_tags(parameters, 1, "security-group", {});
    const auto made = api().call_unless(context, {"InvalidGroup.Duplicate"}, "CreateSecurityGroup", parameters);
    std::string id = made ? made->text_at("groupId") : find_it();
    if (id.empty()) throw Error(Kind::kInternal, "EC2 tells no id of security group '" + name + "'");
    return id;
  }

  void allow_ports(const Context& context, const std::string& group) {
    std::vector<std::string> ports(std::begin(kPorts), std::end(kPorts));
    if (site_.base.swarm_master) ports.emplace_back(kManagerPort);
    if (site_.base.ssh_port != 22) ports.push_back(std::to_string(site_.base.ssh_port));
    ports.insert(ports.end(), settings_.open_ports.begin(), settings_.open_ports.end());
    for (const std::string& text : ports) {
      const auto [port, protocol] = cut(text, '/');
      api().call_unless(context, {"InvalidPermission.Duplicate"}, "AuthorizeSecurityGroupIngress",
                        {{"GroupId", group},
                         {"IpPermissions.1.IpProtocol", std::string(protocol.value_or("tcp"))},
                         {"IpPermissions.1.FromPort", std::string(port)},
                         {"IpPermissions.1.ToPort", std::string(port)},
                         {"IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0"}});
    }
  }

  Ec2Parameters run_parameters() const {
    const auto flag = [](bool on) { return std::string(on ? "true" : "false"); };
    Ec2Parameters p = {{"ImageId", settings_.ami},
                       {"MinCount", "1"},
                       {"MaxCount", "1"},
                       {"ClientToken", site_.tag()},
                       {"InstanceType", settings_.instance_type},
                       {"KeyName", settings_.key_name},
                       {"Placement.AvailabilityZone", zone()},
                       {"Monitoring.Enabled", flag(settings_.monitoring)},
                       {"EbsOptimized", flag(settings_.ebs_optimized)},
                       {"IamInstanceProfile.Name", settings_.instance_profile},
                       {"UserData", base64_encode(read_user_data(settings_.user_data_file))},
                       {"BlockDeviceMapping.1.DeviceName", settings_.device_name},
                       {"BlockDeviceMapping.1.Ebs.VolumeSize", std::to_string(settings_.root_size)},
                       {"BlockDeviceMapping.1.Ebs.VolumeType", settings_.volume_type},
                       {"BlockDeviceMapping.1.Ebs.DeleteOnTermination", "true"},
                       {"NetworkInterface.1.DeviceIndex", "0"},
                       {"NetworkInterface.1.SubnetId", settings_.subnet},
                       {"NetworkInterface.1.AssociatePublicIpAddress", flag(!settings_.private_only)}};
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      p.emplace_back("NetworkInterface.1.SecurityGroupId." + std::to_string(i + 1), groups_[i]);
    }
    if (settings_.spot) {
      p.emplace_back("InstanceMarketOptions.MarketType", "spot");
      p.emplace_back("InstanceMarketOptions.SpotOptions.MaxPrice", settings_.spot_price);
    }
    std::vector<std::pair<std::string, std::string>> tags = {{"Name", site_.name}};
    const auto words = settings_.tags.empty() ? std::vector<std::string>() : split(settings_.tags, ',');
    for (std::size_t i = 0; i + 1 < words.size(); i += 2) tags.emplace_back(words[i], words[i + 1]);
    add_tags(p, 1, "instance", tags);
    add_tags(p, 2, "volume", tags);
    return p;
  }

  // Those that are not terminated.
  std::vector<std::string> tagged_instances(const Context& context) {
    const XmlElement answer =
        api().call(context, "DescribeInstances", filters({{std::string("tag:") + kTagKey, site_.id}}));
    std::vector<std::string> ids;
    for (const XmlElement* reservation : answer.all("reservationSet", "item")) {
      for (const XmlElement* instance : reservation->all("instancesSet", "item")) {
        if (instance->text_at("instanceState/name") != "terminated") ids.push_back(instance->text_at("instanceId"));
      }
    }
    return ids;
  }

  // Groups can go only when the instance has gone, which takes a while.
  void remove_own_groups(const Context& context) {
    poll(context, site_.patience, [&] {
      const XmlElement answer = api().call(context, "DescribeSecurityGroups", filters({{"group-name", site_.tag()}}));
      const auto groups = answer.all("securityGroupInfo", "item");
      bool in_use = false;
      for (const XmlElement* group : groups) {
        const auto done = api().call_unless(context, {"DependencyViolation", "InvalidGroup.NotFound"},
                                            "DeleteSecurityGroup", {{"GroupId", group->text_at("groupId")}});
        in_use = in_use || !done;
      }
      return !in_use;
    });
  }

  CloudSite& site_;
  std::optional<Ec2Api> api_;
  Ec2Settings settings_;
  std::string instance_;
  std::vector<std::string> groups_;
  std::string own_group_;
};

}  // namespace

std::unique_ptr<Provider> make_amazonec2(CloudSite& site, const json::value& record) {
  return std::make_unique<AmazonEc2>(site, record);
}

}  // namespace berth::machine
