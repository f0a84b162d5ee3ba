#include "machine/cloud/google_settings.h"

#include <algorithm>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "machine/cloud/fields.h"
#include "machine/cloud/google.h"
#include "machine/cloud/options.h"

namespace berth::machine {

namespace {

using berth::text_of;  // of JSON, rather than of a State
using Settings = GoogleSettings;
using Type = DriverFlag::Type;

constexpr const char* kApi = "https://compute.googleapis.com/compute/v1";
constexpr const char* kImage = "ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-amd64";
constexpr const char* kScopes =
    "https://www.googleapis.com/auth/devstorage.read_only,https://www.googleapis.com/auth/logging.write,"
    "https://www.googleapis.com/auth/monitoring.write";

constexpr TextField<Settings> kTexts[] = {
    {&Settings::project, "google-project", "Project"},
    {&Settings::zone, "google-zone", "Zone"},
    {&Settings::machine_type, "google-machine-type", "MachineType"},
    {&Settings::image, "google-machine-image", "MachineImage"},
    {&Settings::disk_type, "google-disk-type", "DiskType"},
    {&Settings::address, "google-address", "Address"},
    {&Settings::network, "google-network", "Network"},
    {&Settings::subnetwork, "google-subnetwork", "Subnetwork"},
    {&Settings::service_account, "google-service-account", "ServiceAccount"},
    {&Settings::scopes, "google-scopes", "Scopes"},
    {&Settings::tags, "google-tags", "Tags"},
    {&Settings::endpoint, "google-endpoint", "Endpoint"},
};

constexpr FlagField<Settings> kFlags[] = {
    {&Settings::preemptible, "google-preemptible", "Preemptible"},
    {&Settings::internal, "google-use-internal-ip", "UseInternalIP"},
    {&Settings::internal_only, "google-use-internal-ip-only", "UseInternalIPOnly"},
    {&Settings::existing, "google-use-existing", "UseExisting"},
};

// Source: Compute Engine, "Naming resources" (RFC 1035).
void check_name(const std::string& name) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  const bool good = !name.empty() && name.size() < 64 && name[0] >= 'a' && name[0] <= 'z' && !name.ends_with('-') &&
                    std::all_of(name.begin(), name.end(), fits);
  if (good) return;
  throw Error(Kind::kInvalid, "Google takes no instance '" + name +
                                  "': a name there is of lower-case letters, digits and -, begins with a letter, and "
                                  "has at most 63 of them");
}

}  // namespace

GoogleSettings GoogleSettings::of(const DriverOptions& options, CloudSite& site) {
  GoogleSettings s;
  take_fields(kTexts, options, s);
  take_fields(kFlags, options, s);
  if (s.project.empty()) {
    throw Error(Kind::kInvalid, "no Google Cloud Project name specified (--google-project)");
  }
  if (s.existing) {
    throw Error(
        Kind::kUnsupported,
        "--google-use-existing: a host that is there already is taken by 'machine adopt NAME USER@ADDRESS', or by "
        "driver generic, which installs an engine");
  }
  check_name(site.name);
  s.internal = s.internal || s.internal_only;
  if (s.internal_only && !s.address.empty()) {
    throw Error(Kind::kInvalid, "--google-address and --google-use-internal-ip-only exclude each other");
  }
  for (const std::string_view prefix :
       {std::string_view("https://www.googleapis.com/compute/v1/"),
        std::string_view("https://compute.googleapis.com/compute/v1/"), std::string_view("projects/")}) {
    if (s.image.starts_with(prefix)) s.image.erase(0, prefix.size());
  }
  const auto size = parse_integer(options.text("google-disk-size"));
  if (!size || *size < 1) throw Error(Kind::kInvalid, "--google-disk-size must be a number of GB, at least 1");
  s.disk_size = *size;
  s.open_ports = options.texts("google-open-port");
  check_ports(s.open_ports, "google-open-port");
  s.user_data_file = absolute_file(options, "google-userdata");
  if (s.endpoint.empty()) s.endpoint = kApi;
  parse_api_address(s.endpoint, "--google-endpoint");
  site.base.ssh_user = options.text("google-username");
  site.base.ssh_port = 22;
  return s;
}

GoogleSettings GoogleSettings::read(const json::value& record) {
  GoogleSettings s;
  read_fields(kTexts, record, s);
  read_fields(kFlags, record, s);
  s.disk_size = integer_of(record, "DiskSize");
  s.open_ports = texts_of(record, "OpenPorts");
  s.user_data_file = text_of(record, "UserDataFile");
  if (s.endpoint.empty()) s.endpoint = kApi;
  return s;
}

void GoogleSettings::write(json::object& record) const {
  write_fields(kTexts, *this, record);
  write_fields(kFlags, *this, record);
  record["DiskSize"] = disk_size;
  record["OpenPorts"] = array_of(open_ports);
  record["UserDataFile"] = user_data_file;
}

std::vector<DriverFlag> google_flags() {
  return {
      {"google-address", Type::kText, "Reserved external address, or its name", "", "GOOGLE_ADDRESS"},
      {"google-disk-size", Type::kInteger, "Size of the disk in GB", "10", "GOOGLE_DISK_SIZE"},
      {"google-disk-type", Type::kText, "Type of the disk", "pd-standard", "GOOGLE_DISK_TYPE"},
      {"google-endpoint", Type::kText, "URL of the API", kApi, "GOOGLE_ENDPOINT"},
      {"google-machine-image", Type::kText, "Image, or family of images", kImage, "GOOGLE_MACHINE_IMAGE"},
      {"google-machine-type", Type::kText, "Machine type", "e2-small", "GOOGLE_MACHINE_TYPE"},
      {"google-network", Type::kText, "Network", "default", "GOOGLE_NETWORK"},
      {"google-open-port", Type::kTexts, "Port that anyone may reach: 8080 or 8080/udp", "", ""},
      {"google-preemptible", Type::kBool, "Make a preemptible instance", "", "GOOGLE_PREEMPTIBLE"},
      {"google-project", Type::kText, "Project", "", "GOOGLE_PROJECT"},
      {"google-scopes", Type::kText, "Scopes of the instance's service account, comma-separated", kScopes,
       "GOOGLE_SCOPES"},
      {"google-service-account", Type::kText, "Service account of the instance (its address)", "default",
       "GOOGLE_SERVICE_ACCOUNT"},
      {"google-subnetwork", Type::kText, "Subnetwork", "", "GOOGLE_SUBNETWORK"},
      {"google-tags", Type::kText, "Network tags of the instance, comma-separated", "", "GOOGLE_TAGS"},
      {"google-use-existing", Type::kBool, "Refused: 'machine adopt' takes existing hosts", "", "GOOGLE_USE_EXISTING"},
      {"google-use-internal-ip", Type::kBool, "Reach the machine by its internal address", "",
       "GOOGLE_USE_INTERNAL_IP"},
      {"google-use-internal-ip-only", Type::kBool, "No external address", "", "GOOGLE_USE_INTERNAL_IP_ONLY"},
      {"google-userdata", Type::kText, "File with cloud-init user data", "", "GOOGLE_USERDATA"},
      {"google-username", Type::kText, "SSH user", "docker-user", "GOOGLE_USERNAME"},
      {"google-zone", Type::kText, "Zone", "us-central1-a", "GOOGLE_ZONE"},
  };
}

}  // namespace berth::machine
