#include "machine/cloud/azure_settings.h"

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "machine/cloud/azure.h"
#include "machine/cloud/fields.h"
#include "machine/cloud/options.h"

namespace berth::machine {

namespace {

using berth::text_of;  // of JSON, rather than of a State
using Settings = AzureSettings;
using Type = DriverFlag::Type;

constexpr TextField<Settings> kTexts[] = {
    {&Settings::environment, "azure-environment", "Environment"},
    {&Settings::endpoint, "azure-endpoint", "Endpoint"},
    {&Settings::subscription, "azure-subscription-id", "SubscriptionID"},
    {&Settings::tenant, "azure-tenant-id", "TenantID"},
    {&Settings::client, "azure-client-id", "ClientID"},
    {&Settings::secret, "azure-client-secret", "ClientSecret"},
    {&Settings::group, "azure-resource-group", "ResourceGroup"},
    {&Settings::location, "azure-location", "Location"},
    {&Settings::size, "azure-size", "Size"},
    {&Settings::image, "azure-image", "Image"},
    {&Settings::vnet, "azure-vnet", "VirtualNetwork"},
    {&Settings::subnet, "azure-subnet", "SubnetName"},
    {&Settings::subnet_prefix, "azure-subnet-prefix", "SubnetPrefix"},
    {&Settings::availability_set, "azure-availability-set", "AvailabilitySet"},
    {&Settings::storage_type, "azure-storage-type", "StorageType"},
    {&Settings::private_address, "azure-private-ip-address", "PrivateIPAddr"},
    {&Settings::dns_label, "azure-dns", "DNSLabel"},
};
// What cannot be left empty.
constexpr const char* kRequired[] = {
    "azure-subscription-id", "azure-client-id", "azure-client-secret", "azure-location",      "azure-size",
    "azure-image",           "azure-vnet",      "azure-subnet",        "azure-subnet-prefix", "azure-storage-type",
    "azure-ssh-user"};

struct Cloud {
  const char* name;
  const char* api;
  const char* login;
};
constexpr Cloud kClouds[] = {
    {"AzurePublicCloud", "https://management.azure.com", "https://login.microsoftonline.com"},
    {"AzureChinaCloud", "https://management.chinacloudapi.cn", "https://login.chinacloudapi.cn"},
    {"AzureUSGovernmentCloud", "https://management.usgovcloudapi.net", "https://login.microsoftonline.us"},
};

const Cloud& cloud_of(const std::string& environment) {
  for (const Cloud& cloud : kClouds) {
    if (environment.empty() || equal_ignoring_case(environment, cloud.name)) return cloud;
  }
  throw Error(Kind::kInvalid, "there is no --azure-environment '" + environment +
                                  "': it is one of AzurePublicCloud, AzureChinaCloud, AzureUSGovernmentCloud");
}

}  // namespace

AzureSettings AzureSettings::of(const DriverOptions& options, CloudSite& site) {
  for (const char* flag : kRequired) required_text(options, "azure", flag);
  AzureSettings s;
  take_fields(kTexts, options, s);
  parse_api_address(s.api(), "--azure-endpoint");
  if (!s.image.starts_with('/') && split(s.image, ':').size() != 4) {
    throw Error(Kind::kInvalid,
                "--azure-image '" + s.image + "' is neither PUBLISHER:OFFER:SKU:VERSION nor the id of an image");
  }
  s.open_ports = options.texts("azure-open-port");
  check_ports(s.open_ports, "azure-open-port");
  s.engine_port = port_option(options, "azure-docker-port");
  if (s.engine_port != 2376) {
    throw Error(Kind::kUnsupported, "--azure-docker-port: machines' engines listen on 2376; leave the option out");
  }
  s.custom_data_file = absolute_file(options, "azure-custom-data");
  s.use_private = options.on("azure-use-private-ip");
  s.no_public = options.on("azure-no-public-ip");
  if (s.no_public && !s.use_private) {
    throw Error(Kind::kInvalid,
                "a machine without public address is reached by its private one only: give --azure-use-private-ip too");
  }
  site.base.ssh_user = options.text("azure-ssh-user");
  site.base.ssh_port = 22;
  return s;
}

AzureSettings AzureSettings::read(const json::value& record) {
  AzureSettings s;
  read_fields(kTexts, record, s);
  s.open_ports = texts_of(record, "OpenPorts");
  s.custom_data_file = text_of(record, "CustomDataFile");
  s.use_private = flag_of(record, "UsePrivateIP");
  s.no_public = flag_of(record, "NoPublicIP");
  return s;
}

void AzureSettings::write(json::object& record) const {
  write_fields(kTexts, *this, record);
  record["DockerPort"] = engine_port;
  record["OpenPorts"] = array_of(open_ports);
  record["CustomDataFile"] = custom_data_file;
  record["UsePrivateIP"] = use_private;
  record["NoPublicIP"] = no_public;
  record["StaticPublicIP"] = !no_public;
}

std::string AzureSettings::api() const { return endpoint.empty() ? cloud_of(environment).api : endpoint; }
std::string AzureSettings::login() const { return cloud_of(environment).login; }

std::vector<DriverFlag> azure_flags() {
  return {
      {"azure-availability-set", Type::kText, "Availability set, made where it is missing", "",
       "AZURE_AVAILABILITY_SET"},
      {"azure-client-id", Type::kText, "Id of a service principal", "", "AZURE_CLIENT_ID"},
      {"azure-client-secret", Type::kText, "Its secret", "", "AZURE_CLIENT_SECRET"},
      {"azure-custom-data", Type::kText, "File with custom data (cloud-init)", "", "AZURE_CUSTOM_DATA_FILE"},
      {"azure-dns", Type::kText, "DNS label of the public address", "", "AZURE_DNS_LABEL"},
      {"azure-docker-port", Type::kInteger, "Port of the engine: 2376", "2376", "AZURE_DOCKER_PORT"},
      {"azure-endpoint", Type::kText, "URL of Resource Manager (default: the environment's)", "", "AZURE_ENDPOINT"},
      {"azure-environment", Type::kText, "AzurePublicCloud, AzureChinaCloud or AzureUSGovernmentCloud",
       "AzurePublicCloud", "AZURE_ENVIRONMENT"},
      {"azure-image", Type::kText, "Image: PUBLISHER:OFFER:SKU:VERSION, or an image's id",
       "Canonical:ubuntu-24_04-lts:server:latest", "AZURE_IMAGE"},
      {"azure-location", Type::kText, "Region", "westus", "AZURE_LOCATION"},
      {"azure-no-public-ip", Type::kBool, "No public address", "", ""},
      {"azure-open-port", Type::kTexts, "Port that anyone may reach: 8080 or 8080/udp", "", ""},
      {"azure-private-ip-address", Type::kText, "Private address in the subnet", "", ""},
      {"azure-resource-group", Type::kText,
       "Resource group, made where it is missing and kept (default: one of the machine's own)", "",
       "AZURE_RESOURCE_GROUP"},
      {"azure-size", Type::kText, "Size", "Standard_B2s", "AZURE_SIZE"},
      {"azure-ssh-user", Type::kText, "SSH user", "docker-user", "AZURE_SSH_USER"},
      {"azure-static-public-ip", Type::kBool, "Public address that stays: today all do", "", ""},
      {"azure-storage-type", Type::kText, "Type of the disk", "Standard_LRS", "AZURE_STORAGE_TYPE"},
      {"azure-subnet", Type::kText, "Subnet of the virtual network", "docker-machine", "AZURE_SUBNET"},
      {"azure-subnet-prefix", Type::kText, "Addresses of a new subnet", "192.168.0.0/16", "AZURE_SUBNET_PREFIX"},
      {"azure-subscription-id", Type::kText, "Subscription", "", "AZURE_SUBSCRIPTION_ID"},
      {"azure-tenant-id", Type::kText, "Tenant (default: the subscription's)", "", "AZURE_TENANT_ID"},
      {"azure-use-private-ip", Type::kBool, "Reach the machine by its private address", "", ""},
      {"azure-vnet", Type::kText, "Virtual network, [GROUP:]NAME, made where it is missing", "docker-machine-vnet",
       "AZURE_VNET"},
  };
}

}  // namespace berth::machine
