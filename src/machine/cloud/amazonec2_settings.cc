#include "machine/cloud/amazonec2_settings.h"

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "machine/cloud/amazonec2.h"
#include "machine/cloud/options.h"

namespace berth::machine {

namespace {

using berth::text_of;  // of JSON, rather than of a State
using Type = DriverFlag::Type;

}  // namespace

Ec2Settings Ec2Settings::of(const DriverOptions& options, CloudSite& site) {
  Ec2Settings s;
  s.credentials = {options.text("amazonec2-access-key"), options.text("amazonec2-secret-key"),
                   options.text("amazonec2-session-token")};
  s.region = options.text("amazonec2-region");
  s.zone = options.text("amazonec2-zone");
  s.ami = options.text("amazonec2-ami");
  s.instance_type = options.text("amazonec2-instance-type");
  s.vpc = options.text("amazonec2-vpc-id");
  s.subnet = options.text("amazonec2-subnet-id");
  s.group_names = options.texts("amazonec2-security-group");
  s.groups_read_only = options.on("amazonec2-security-group-readonly");
  s.open_ports = options.texts("amazonec2-open-port");
  check_ports(s.open_ports, "amazonec2-open-port");
  s.tags = options.text("amazonec2-tags");
  if (!s.tags.empty() && split(s.tags, ',').size() % 2 != 0) {
    throw Error(Kind::kInvalid, "--amazonec2-tags '" + s.tags + "' is not of the form key1,value1,key2,value2");
  }
  s.device_name = options.text("amazonec2-device-name");
  const auto size = parse_integer(options.text("amazonec2-root-size"));
  if (!size || *size < 1) throw Error(Kind::kInvalid, "--amazonec2-root-size must be a number of GB, at least 1");
  s.root_size = *size;
  s.volume_type = options.text("amazonec2-volume-type");
  s.instance_profile = options.text("amazonec2-iam-instance-profile");
  s.spot = options.on("amazonec2-request-spot-instance");
  s.spot_price = options.text("amazonec2-spot-price");
  s.private_only = options.on("amazonec2-private-address-only");
  s.use_private = options.on("amazonec2-use-private-address");
  s.monitoring = options.on("amazonec2-monitoring");
  s.ebs_optimized = options.on("amazonec2-use-ebs-optimized-instance");
  s.key_name = options.text("amazonec2-keypair-name");
  s.endpoint = options.text("amazonec2-endpoint");
  if (options.on("amazonec2-insecure-transport")) {
    if (s.endpoint.empty()) {
      throw Error(Kind::kInvalid, "using --amazonec2-insecure-transport also requires --amazonec2-endpoint");
    }
    if (s.endpoint.find("://") == std::string::npos) s.endpoint = "http://" + s.endpoint;
  } else if (!s.endpoint.empty() && s.endpoint.find("://") == std::string::npos) {
    s.endpoint = "https://" + s.endpoint;
  }
  s.address();
  s.user_data_file = absolute_file(options, "amazonec2-userdata");

  site.key.existing = options.text("amazonec2-ssh-keypath");
  site.key.is_known = !s.key_name.empty();
  if (site.key.is_known && site.key.existing.empty()) {
    throw Error(Kind::kInvalid, "using --amazonec2-keypair-name also requires --amazonec2-ssh-keypath");
  }
  site.base.ssh_user = options.text("amazonec2-ssh-user");
  site.base.ssh_port = port_option(options, "amazonec2-ssh-port");
  return s;
}

Ec2Settings Ec2Settings::read(const json::value& record, CloudSite& site) {
  Ec2Settings s;
  s.credentials = {text_of(record, "AccessKey"), text_of(record, "SecretKey"), text_of(record, "SessionToken")};
  s.region = text_of(record, "Region");
  s.zone = text_of(record, "Zone");
  s.ami = text_of(record, "AMI");
  s.instance_type = text_of(record, "InstanceType");
  s.vpc = text_of(record, "VpcId");
  s.subnet = text_of(record, "SubnetId");
  s.group_names = texts_of(record, "SecurityGroupNames");
  s.groups_read_only = flag_of(record, "SecurityGroupReadOnly");
  s.open_ports = texts_of(record, "OpenPorts");
  s.tags = text_of(record, "Tags");
  s.device_name = text_of(record, "DeviceName");
  s.root_size = integer_of(record, "RootSize");
  s.volume_type = text_of(record, "VolumeType");
  s.instance_profile = text_of(record, "IamInstanceProfile");
  s.spot = flag_of(record, "RequestSpotInstance");
  s.spot_price = text_of(record, "SpotPrice");
  s.private_only = flag_of(record, "PrivateIPOnly");
  s.use_private = flag_of(record, "UsePrivateIP");
  s.monitoring = flag_of(record, "Monitoring");
  s.ebs_optimized = flag_of(record, "UseEbsOptimizedInstance");
  s.key_name = text_of(record, "KeyName");
  s.endpoint = text_of(record, "Endpoint");
  s.user_data_file = text_of(record, "UserDataFile");
  site.key.existing = text_of(record, "SSHPrivateKeyPath");
  site.key.is_known = flag_of(record, "ExistingKey");
  return s;
}

void Ec2Settings::write(json::object& record) const {
  record["AccessKey"] = credentials.access_key;
  record["SecretKey"] = credentials.secret_key;
  record["SessionToken"] = credentials.session_token;
  record["Region"] = region;
  record["AMI"] = ami;
  record["KeyName"] = key_name;
  record["InstanceType"] = instance_type;
  record["SecurityGroupNames"] = array_of(group_names);
  record["SecurityGroupReadOnly"] = groups_read_only;
  record["OpenPorts"] = array_of(open_ports);
  record["Tags"] = tags;
  record["DeviceName"] = device_name;
  record["RootSize"] = root_size;
  record["VolumeType"] = volume_type;
  record["IamInstanceProfile"] = instance_profile;
  record["VpcId"] = vpc;
  record["SubnetId"] = subnet;
  record["Zone"] = zone;
  record["RequestSpotInstance"] = spot;
  record["SpotPrice"] = spot_price;
  record["PrivateIPOnly"] = private_only;
  record["UsePrivateIP"] = use_private;
  record["UseEbsOptimizedInstance"] = ebs_optimized;
  record["Monitoring"] = monitoring;
  record["Endpoint"] = endpoint;
  record["UserDataFile"] = user_data_file;
}

ApiAddress Ec2Settings::address() const {
  return parse_api_address(endpoint.empty() ? "https://ec2." + region + ".amazonaws.com" : endpoint,
                           "--amazonec2-endpoint");
}

std::vector<DriverFlag> amazonec2_flags() {
  return {
      {"amazonec2-access-key", Type::kText, "AWS access key", "", "AWS_ACCESS_KEY_ID"},
      {"amazonec2-ami", Type::kText, "Machine image (default: the newest Ubuntu 24.04)", "", "AWS_AMI"},
      {"amazonec2-device-name", Type::kText, "Root device", "/dev/sda1", "AWS_DEVICE_NAME"},
      {"amazonec2-endpoint", Type::kText, "Host or URL of the API (default: AWS's in the region)", "", "AWS_ENDPOINT"},
      {"amazonec2-iam-instance-profile", Type::kText, "Name of an instance profile", "", "AWS_INSTANCE_PROFILE"},
      {"amazonec2-insecure-transport", Type::kBool, "Without TLS to --amazonec2-endpoint", "",
       "AWS_INSECURE_TRANSPORT"},
      {"amazonec2-instance-type", Type::kText, "Instance type", "t3.micro", "AWS_INSTANCE_TYPE"},
      {"amazonec2-keypair-name", Type::kText, "Key pair at AWS; requires --amazonec2-ssh-keypath", "",
       "AWS_KEYPAIR_NAME"},
      {"amazonec2-monitoring", Type::kBool, "Enable CloudWatch's detailed monitoring", "", ""},
      {"amazonec2-open-port", Type::kTexts, "Port that anyone may reach: 8080 or 8080/udp", "", ""},
      {"amazonec2-private-address-only", Type::kBool, "No public address", "", ""},
      {"amazonec2-region", Type::kText, "Region", "us-east-1", "AWS_DEFAULT_REGION"},
      {"amazonec2-request-spot-instance", Type::kBool, "Ask for a spot instance", "", ""},
      {"amazonec2-root-size", Type::kInteger, "Size of the root disk in GB", "16", "AWS_ROOT_SIZE"},
      {"amazonec2-secret-key", Type::kText, "AWS secret key", "", "AWS_SECRET_ACCESS_KEY"},
      {"amazonec2-security-group", Type::kTexts,
       "Security groups by name, made where missing (default: one of the machine's own)", "", "AWS_SECURITY_GROUP"},
      {"amazonec2-security-group-readonly", Type::kBool, "Add no rules to those security groups", "",
       "AWS_SECURITY_GROUP_READONLY"},
      {"amazonec2-session-token", Type::kText, "AWS session token", "", "AWS_SESSION_TOKEN"},
      {"amazonec2-spot-price", Type::kText, "Most to pay for a spot instance in dollars an hour", "0.50", ""},
      {"amazonec2-ssh-keypath", Type::kText, "Private key to use", "", "AWS_SSH_KEYPATH"},
      {"amazonec2-ssh-port", Type::kInteger, "SSH port", "22", "AWS_SSH_PORT"},
      {"amazonec2-ssh-user", Type::kText, "SSH user", "ubuntu", "AWS_SSH_USER"},
      {"amazonec2-subnet-id", Type::kText, "Subnet of the VPC", "", "AWS_SUBNET_ID"},
      {"amazonec2-tags", Type::kText, "Tags: key1,value1,key2,value2", "", "AWS_TAGS"},
      {"amazonec2-use-ebs-optimized-instance", Type::kBool, "Make an EBS optimized instance", "", ""},
      {"amazonec2-use-private-address", Type::kBool, "Reach the machine by its private address", "", ""},
      {"amazonec2-userdata", Type::kText, "File with cloud-init user data", "", "AWS_USERDATA"},
      {"amazonec2-volume-type", Type::kText, "Type of the root volume", "gp3", "AWS_VOLUME_TYPE"},
      {"amazonec2-vpc-id", Type::kText, "VPC (default: the account's default)", "", "AWS_VPC_ID"},
      {"amazonec2-zone", Type::kText, "Zone of the region: a, b, ...", "a", "AWS_ZONE"},
  };
}

}  // namespace berth::machine
