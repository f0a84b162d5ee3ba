#include "machine/cloud/vsphere_settings.h"

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/strings.h"
#include "machine/cloud/fields.h"
#include "machine/cloud/options.h"
#include "machine/cloud/vmwarevsphere.h"

namespace berth::machine {

namespace {

using berth::text_of;  // of JSON, rather than of a State
using Settings = VsphereSettings;
using Type = DriverFlag::Type;

constexpr TextField<Settings> kTexts[] = {
    {&Settings::vcenter, "vmwarevsphere-vcenter", "IP"},
    {&Settings::username, "vmwarevsphere-username", "Username"},
    {&Settings::password, "vmwarevsphere-password", "Password"},
    {&Settings::source, "vmwarevsphere-clone-from", "CloneFrom"},
    {&Settings::datacenter, "vmwarevsphere-datacenter", "Datacenter"},
    {&Settings::folder, "vmwarevsphere-folder", "Folder"},
    {&Settings::datastore, "vmwarevsphere-datastore", "Datastore"},
    {&Settings::pool, "vmwarevsphere-pool", "Pool"},
    {&Settings::host, "vmwarevsphere-hostsystem", "HostSystem"},
};

constexpr NumberField<Settings> kNumbers[] = {
    {&Settings::port, "vmwarevsphere-vcenter-port", "Port"},
    {&Settings::processors, "vmwarevsphere-cpu-count", "CPU"},
    {&Settings::memory, "vmwarevsphere-memory-size", "Memory"},
    {&Settings::disk_size, "vmwarevsphere-disk-size", "DiskSize"},
};

ApiAddress address_of(const Settings& s) {
  const bool url = s.vcenter.find("://") != std::string::npos;
  return parse_api_address(url ? s.vcenter : "https://" + s.vcenter + ":" + std::to_string(s.port),
                           "--vmwarevsphere-vcenter");
}

std::string without_slashes(std::string_view text) {
  while (text.starts_with('/')) text.remove_prefix(1);
  while (text.ends_with('/')) text.remove_suffix(1);
  return std::string(text);
}

}  // namespace

VsphereSettings VsphereSettings::of(const DriverOptions& options, CloudSite& site) {
  for (const char* flag : {"vmwarevsphere-vcenter", "vmwarevsphere-username", "vmwarevsphere-password"}) {
    required_text(options, "vmwarevsphere", flag);
  }
  if (!options.text("vmwarevsphere-boot2docker-url").empty()) {
    throw Error(
        Kind::kUnsupported,
        "--vmwarevsphere-boot2docker-url: boot2docker is no more; make a template of a distribution's cloud image "
        "and give --vmwarevsphere-clone-from");
  }
  required_text(options, "vmwarevsphere", "vmwarevsphere-clone-from");
  VsphereSettings s;
  take_fields(kTexts, options, s);
  for (const auto& field : kNumbers) {
    const std::string text = options.text(field.flag);
    const auto number = parse_integer(text);
    if (!number || *number < 1) {
      throw Error(Kind::kInvalid, "--" + std::string(field.flag) + " '" + text + "' is no number above 0");
    }
    s.*field.member = *number;
  }
  address_of(s);
  s.folder = without_slashes(s.folder);
  s.source = without_slashes(s.source);
  s.ca_file = absolute_file(options, "vmwarevsphere-cacert");
  s.insecure = options.on("vmwarevsphere-insecure");
  s.networks = options.texts("vmwarevsphere-network");
  s.parameters = options.texts("vmwarevsphere-cfgparam");
  for (const std::string& parameter : s.parameters) {
    if (parameter.find('=') == std::string::npos) {
      throw Error(Kind::kInvalid, "--vmwarevsphere-cfgparam '" + parameter + "' is not of the form key=value");
    }
  }
  if (options.text("vmwarevsphere-cloudinit").find("://") != std::string::npos) {
    throw Error(Kind::kUnsupported, "--vmwarevsphere-cloudinit takes a file, no URL: download it first");
  }
  s.cloud_init = absolute_file(options, "vmwarevsphere-cloudinit");
  site.base.ssh_user = options.text("vmwarevsphere-ssh-user");
  site.base.ssh_port = port_option(options, "vmwarevsphere-ssh-port");
  return s;
}

VsphereSettings VsphereSettings::read(const json::value& record, const CloudSite& site) {
  VsphereSettings s;
  read_fields(kTexts, record, s);
  read_fields(kNumbers, record, s);
  s.ca_file = text_of(record, "CaCert");
  // docker-machine checked no certificates, and its records must go on working.
  s.insecure = flag_of(record, "Insecure") || (site.id.empty() && s.ca_file.empty());
  s.networks = texts_of(record, "Networks");
  s.parameters = texts_of(record, "CfgParams");
  s.cloud_init = text_of(record, "CloudInit");
  return s;
}

void VsphereSettings::write(json::object& record) const {
  write_fields(kTexts, *this, record);
  write_fields(kNumbers, *this, record);
  record["CaCert"] = ca_file;
  record["Insecure"] = insecure;
  record["Network"] = networks.empty() ? "" : networks.front();
  record["Networks"] = array_of(networks);
  record["CfgParams"] = array_of(parameters);
  record["CloudInit"] = cloud_init;
}

VimAccount VsphereSettings::account() const {
  return {.address = address_of(*this),
          .user = username,
          .password = password,
          .ca = ca_file.empty() ? std::string() : within("--vmwarevsphere-cacert", [&] { return read_file(ca_file); }),
          .verify = !insecure};
}

std::vector<DriverFlag> vmwarevsphere_flags() {
  return {
      {"vmwarevsphere-boot2docker-url", Type::kText, "Refused: boot2docker is no more", "", "VSPHERE_BOOT2DOCKER_URL"},
      {"vmwarevsphere-cacert", Type::kText, "File of CA certificates that vCenter's is checked against", "",
       "VSPHERE_CACERT"},
      {"vmwarevsphere-cfgparam", Type::kTexts, "Parameter of the machine, key=value (guestinfo.x=y)", "",
       "VSPHERE_CFGPARAM"},
      {"vmwarevsphere-clone-from", Type::kText, "Template with cloud-init and VMware's tools to clone, by its path", "",
       "VSPHERE_CLONE_FROM"},
      {"vmwarevsphere-cloudinit", Type::kText, "File with cloud-init user data", "", "VSPHERE_CLOUDINIT"},
      {"vmwarevsphere-cpu-count", Type::kInteger, "Processors", "2", "VSPHERE_CPU_COUNT"},
      {"vmwarevsphere-datacenter", Type::kText, "Datacenter (default: the only one)", "", "VSPHERE_DATACENTER"},
      {"vmwarevsphere-datastore", Type::kText, "Datastore (default: the template's)", "", "VSPHERE_DATASTORE"},
      {"vmwarevsphere-disk-size", Type::kInteger, "Least size of the first disk in MB", "20480", "VSPHERE_DISK_SIZE"},
      {"vmwarevsphere-folder", Type::kText, "Folder for the machine, which must exist", "", "VSPHERE_FOLDER"},
      {"vmwarevsphere-hostsystem", Type::kText, "Host or cluster to run on", "", "VSPHERE_HOSTSYSTEM"},
      {"vmwarevsphere-insecure", Type::kBool, "Do not check vCenter's certificate", "", "VSPHERE_INSECURE"},
      {"vmwarevsphere-memory-size", Type::kInteger, "Memory in MB", "2048", "VSPHERE_MEMORY_SIZE"},
      {"vmwarevsphere-network", Type::kTexts, "Networks to join (default: the template's)", "", "VSPHERE_NETWORK"},
      {"vmwarevsphere-password", Type::kText, "Password", "", "VSPHERE_PASSWORD"},
      {"vmwarevsphere-pool", Type::kText, "Resource pool", "", "VSPHERE_POOL"},
      {"vmwarevsphere-ssh-port", Type::kInteger, "SSH port", "22", "VSPHERE_SSH_PORT"},
      {"vmwarevsphere-ssh-user", Type::kText, "SSH user, made by cloud-init unless you give user data", "docker",
       "VSPHERE_SSH_USER"},
      {"vmwarevsphere-username", Type::kText, "User", "", "VSPHERE_USERNAME"},
      {"vmwarevsphere-vcenter", Type::kText, "Host of vCenter", "", "VSPHERE_VCENTER"},
      {"vmwarevsphere-vcenter-port", Type::kInteger, "Port of vCenter", "443", "VSPHERE_VCENTER_PORT"},
  };
}

}  // namespace berth::machine
