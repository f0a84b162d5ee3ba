#include "machine/cloud/openstack_settings.h"

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "machine/cloud/fields.h"
#include "machine/cloud/openstack.h"
#include "machine/cloud/options.h"

namespace berth::machine {

namespace {

using berth::text_of;  // of JSON, rather than of a State
using Settings = OpenStackSettings;
using Type = DriverFlag::Type;

// Texts that go as they are from the flag into the settings and into the record.
constexpr TextField<Settings> kTexts[] = {
    {&Settings::auth_url, "openstack-auth-url", "AuthUrl"},
    {&Settings::domain_id, "openstack-domain-id", "DomainID"},
    {&Settings::domain_name, "openstack-domain-name", "DomainName"},
    {&Settings::username, "openstack-username", "Username"},
    {&Settings::password, "openstack-password", "Password"},
    {&Settings::tenant_name, "openstack-tenant-name", "TenantName"},
    {&Settings::tenant_id, "openstack-tenant-id", "TenantId"},
    {&Settings::credential_id, "openstack-application-credential-id", "ApplicationCredentialId"},
    {&Settings::credential_name, "openstack-application-credential-name", "ApplicationCredentialName"},
    {&Settings::credential_secret, "openstack-application-credential-secret", "ApplicationCredentialSecret"},
    {&Settings::region, "openstack-region", "Region"},
    {&Settings::endpoint_type, "openstack-endpoint-type", "EndpointType"},
    {&Settings::zone, "openstack-availability-zone", "AvailabilityZone"},
    {&Settings::flavor_name, "openstack-flavor-name", "FlavorName"},
    {&Settings::flavor_id, "openstack-flavor-id", "FlavorId"},
    {&Settings::image_name, "openstack-image-name", "ImageName"},
    {&Settings::image_id, "openstack-image-id", "ImageId"},
    {&Settings::network_name, "openstack-net-name", "NetworkName"},
    {&Settings::network_id, "openstack-net-id", "NetworkId"},
    {&Settings::floating_pool, "openstack-floatingip-pool", "FloatingIpPool"},
    {&Settings::metadata, "openstack-metadata", "BerthMetadata"},
    {&Settings::key_pair, "openstack-keypair-name", "KeyPairName"},
};

Error invalid(const std::string& message) { return Error(Kind::kInvalid, message); }

void exclude(const std::string& a, const std::string& b, const char* names) {
  if (!a.empty() && !b.empty()) throw invalid(std::string(names) + " exclude each other");
}

void require_either(const std::string& a, const std::string& b, const char* names) {
  if (a.empty() && b.empty()) throw invalid("openstack driver requires one of " + std::string(names));
}

void check_credentials(const Settings& s) {
  const bool credential = !s.credential_id.empty() || !s.credential_name.empty();
  if (credential != !s.credential_secret.empty()) {
    throw invalid(
        "--openstack-application-credential-secret needs --openstack-application-credential-id (or -name with "
        "--openstack-username), and the other way round");
  }
  if (!credential) {
    if (s.username.empty()) throw invalid("openstack driver requires the --openstack-username option");
    if (s.password.empty()) throw invalid("openstack driver requires the --openstack-password option");
    require_either(s.tenant_name, s.tenant_id, "--openstack-tenant-name and --openstack-tenant-id");
  } else if (s.credential_id.empty() && s.username.empty()) {
    throw invalid("--openstack-application-credential-name needs --openstack-username, whose credential it is");
  }
}

void check_choices(const Settings& s) {
  require_either(s.flavor_name, s.flavor_id, "--openstack-flavor-name and --openstack-flavor-id");
  exclude(s.flavor_name, s.flavor_id, "--openstack-flavor-name and --openstack-flavor-id");
  require_either(s.image_name, s.image_id, "--openstack-image-name and --openstack-image-id");
  exclude(s.image_name, s.image_id, "--openstack-image-name and --openstack-image-id");
  exclude(s.network_name, s.network_id, "--openstack-net-name and --openstack-net-id");
  exclude(s.domain_name, s.domain_id, "--openstack-domain-name and --openstack-domain-id");
  const std::string& type = s.endpoint_type;
  if (!type.empty() && type != "publicURL" && type != "internalURL" && type != "adminURL") {
    throw invalid("--openstack-endpoint-type must be publicURL, adminURL or internalURL");
  }
  if (!s.metadata.empty() && split(s.metadata, ',').size() % 2 != 0) {
    throw invalid("--openstack-metadata '" + s.metadata + "' is not of the form key1,value1,key2,value2");
  }
  if (s.ip_version != 4 && s.ip_version != 6) throw invalid("--openstack-ip-version must be 4 or 6");
  if (s.volume_size > 0 && !s.volume) {
    throw invalid("--openstack-volume-size needs --openstack-boot-from-volume");
  }
  if (s.volume && s.volume_size < 1) {
    throw invalid("--openstack-boot-from-volume needs --openstack-volume-size, in GB");
  }
}

std::int64_t number(const DriverOptions& options, const char* flag) {
  const std::string text = options.text(flag);
  if (text.empty()) return 0;
  const auto value = parse_integer(text);
  if (!value || *value < 0) throw invalid("--" + std::string(flag) + " '" + text + "' is no number");
  return *value;
}

}  // namespace

OpenStackSettings OpenStackSettings::of(const DriverOptions& options, CloudSite& site) {
  OpenStackSettings s;
  take_fields(kTexts, options, s);
  s.auth_url = required_text(options, "openstack", "openstack-auth-url");
  s.identity();
  s.insecure = options.on("openstack-insecure");
  s.ca_file = absolute_file(options, "openstack-cacert");
  if (options.on("openstack-nova-network")) {
    throw Error(
        Kind::kUnsupported,
        "--openstack-nova-network: OpenStack has no nova-network any more (since Rocky, 2018); leave the option "
        "out, networks are Neutron's");
  }
  if (const std::string groups = options.text("openstack-sec-groups"); !groups.empty()) {
    s.security_groups = split(groups, ',');
  }
  s.user_data = read_user_data(absolute_file(options, "openstack-user-data-file"));
  s.config_drive = options.on("openstack-config-drive");
  s.volume = options.on("openstack-boot-from-volume");
  s.volume_size = number(options, "openstack-volume-size");
  s.ip_version = number(options, "openstack-ip-version");
  s.active_timeout = number(options, "openstack-active-timeout");
  check_credentials(s);
  check_choices(s);

  site.key.existing = options.text("openstack-private-key-file");
  site.key.is_known = !s.key_pair.empty();
  if (site.key.is_known != !site.key.existing.empty()) {
    throw invalid("--openstack-keypair-name and --openstack-private-key-file need each other");
  }
  site.base.ssh_user = options.text("openstack-ssh-user");
  site.base.ssh_port = port_option(options, "openstack-ssh-port");
  return s;
}

OpenStackSettings OpenStackSettings::read(const json::value& record, CloudSite& site) {
  OpenStackSettings s;
  read_fields(kTexts, record, s);
  s.insecure = flag_of(record, "Insecure");
  s.ca_file = text_of(record, "CaCert");
  s.security_groups = texts_of(record, "SecurityGroups");
  s.user_data = base64_decode(text_of(record, "UserData")).value_or("");
  s.config_drive = flag_of(record, "ConfigDrive");
  s.volume = flag_of(record, "BootFromVolume");
  s.volume_size = integer_of(record, "VolumeSize");
  s.ip_version = integer_of(record, "IpVersion");
  s.active_timeout = integer_of(record, "ActiveTimeout");
  site.key.existing = text_of(record, "PrivateKeyFile");
  site.key.is_known = flag_of(record, "ExistingKey");
  return s;
}

void OpenStackSettings::write(json::object& record) const {
  write_fields(kTexts, *this, record);
  record["Insecure"] = insecure;
  record["CaCert"] = ca_file;
  record["SecurityGroups"] = array_of(security_groups);
  record["UserData"] = base64_encode(user_data);  // Go's []byte
  record["ConfigDrive"] = config_drive;
  record["BootFromVolume"] = volume;
  record["VolumeSize"] = volume_size;
  record["ComputeNetwork"] = false;
  record["IpVersion"] = ip_version;
  record["ActiveTimeout"] = active_timeout;
}

std::string OpenStackSettings::interface() const {
  return endpoint_type.empty() ? "public" : endpoint_type.substr(0, endpoint_type.size() - std::string("URL").size());
}

ApiAddress OpenStackSettings::identity() const {
  ApiAddress address = parse_api_address(auth_url, "--openstack-auth-url");
  if (address.path.ends_with("/v2.0")) {
    throw Error(Kind::kUnsupported, "--openstack-auth-url '" + auth_url +
                                        "' is of Keystone v2.0, which OpenStack has no more: give the URL that ends in "
                                        "/v3");
  }
  if (!address.path.ends_with("/v3")) address.path += "/v3";
  return address;
}

std::vector<DriverFlag> openstack_flags() {
  return {
      {"openstack-active-timeout", Type::kInteger, "Seconds until the server must be active", "200",
       "OS_ACTIVE_TIMEOUT"},
      {"openstack-application-credential-id", Type::kText, "Id of an application credential, instead of a password", "",
       "OS_APPLICATION_CREDENTIAL_ID"},
      {"openstack-application-credential-name", Type::kText, "Name of an application credential of the user", "",
       "OS_APPLICATION_CREDENTIAL_NAME"},
      {"openstack-application-credential-secret", Type::kText, "Secret of the application credential", "",
       "OS_APPLICATION_CREDENTIAL_SECRET"},
      {"openstack-auth-url", Type::kText, "URL of Keystone v3", "", "OS_AUTH_URL"},
      {"openstack-availability-zone", Type::kText, "Availability zone", "", "OS_AVAILABILITY_ZONE"},
      {"openstack-boot-from-volume", Type::kBool, "Boot from a volume made of the image", "", "OS_BOOT_FROM_VOLUME"},
      {"openstack-cacert", Type::kText, "File of CA certificates that the cloud's are checked against", "",
       "OS_CACERT"},
      {"openstack-config-drive", Type::kBool, "Give the server a config drive", "", "OS_CONFIG_DRIVE"},
      {"openstack-domain-id", Type::kText, "Domain of user and project (default: default)", "", "OS_DOMAIN_ID"},
      {"openstack-domain-name", Type::kText, "Domain of user and project by its name", "", "OS_DOMAIN_NAME"},
      {"openstack-endpoint-type", Type::kText, "Endpoints to use: publicURL, internalURL or adminURL", "",
       "OS_ENDPOINT_TYPE"},
      {"openstack-flavor-id", Type::kText, "Id of the flavor", "", "OS_FLAVOR_ID"},
      {"openstack-flavor-name", Type::kText, "Name of the flavor", "", "OS_FLAVOR_NAME"},
      {"openstack-floatingip-pool", Type::kText, "Network to take a floating address from", "", "OS_FLOATINGIP_POOL"},
      {"openstack-image-id", Type::kText, "Id of the image", "", "OS_IMAGE_ID"},
      {"openstack-image-name", Type::kText, "Name of the image", "", "OS_IMAGE_NAME"},
      {"openstack-insecure", Type::kBool, "Do not check the cloud's certificates", "", "OS_INSECURE"},
      {"openstack-ip-version", Type::kInteger, "Version of the machine's address: 4 or 6", "4", "OS_IP_VERSION"},
      {"openstack-keypair-name", Type::kText, "Key pair at Nova; requires --openstack-private-key-file", "",
       "OS_KEYPAIR_NAME"},
      {"openstack-metadata", Type::kText, "Metadata of the server: key1,value1,key2,value2", "", "OS_METADATA"},
      {"openstack-net-id", Type::kText, "Id of the network", "", "OS_NETWORK_ID"},
      {"openstack-net-name", Type::kText, "Name of the network", "", "OS_NETWORK_NAME"},
      {"openstack-nova-network", Type::kBool, "No longer of OpenStack: refused", "", "OS_NOVA_NETWORK"},
      {"openstack-password", Type::kText, "Password", "", "OS_PASSWORD"},
      {"openstack-private-key-file", Type::kText, "Private key of --openstack-keypair-name", "", "OS_PRIVATE_KEY_FILE"},
      {"openstack-region", Type::kText, "Region", "", "OS_REGION_NAME"},
      {"openstack-sec-groups", Type::kText, "Comma-separated security groups; they must let ssh and 2376 in", "",
       "OS_SECURITY_GROUPS"},
      {"openstack-ssh-port", Type::kInteger, "SSH port", "22", "OS_SSH_PORT"},
      {"openstack-ssh-user", Type::kText, "SSH user", "root", "OS_SSH_USER"},
      {"openstack-tenant-id", Type::kText, "Id of the project", "", "OS_TENANT_ID"},
      {"openstack-tenant-name", Type::kText, "Name of the project", "", "OS_TENANT_NAME"},
      {"openstack-user-data-file", Type::kText, "File with cloud-init user data", "", "OS_USER_DATA_FILE"},
      {"openstack-username", Type::kText, "User", "", "OS_USERNAME"},
      {"openstack-volume-size", Type::kInteger, "Size of that volume in GB", "", "OS_VOLUME_SIZE"},
  };
}

}  // namespace berth::machine
