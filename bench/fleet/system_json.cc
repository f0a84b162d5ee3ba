#include "system_json.h"

#include <algorithm>

#include "base/units.h"

namespace berth::fleet {

namespace {

constexpr const char* kKernel = "6.1.0-32-amd64";
constexpr const char* kBuilt = "2025-11-05T14:43:25.000000000+00:00";
constexpr std::int64_t kImagesMade = 1'760'000'000;  // seconds since 1970

std::string time_text(std::int64_t time) {
  return format_time(std::chrono::system_clock::time_point(std::chrono::nanoseconds(time)));
}

std::string number_of(std::size_t count) { return std::to_string(count); }

}  // namespace

std::string version_text() {
  std::string out = R"({"Platform":{"Name":"berth-fleet, simulated"},"Components":[{"Name":"Engine","Version":")";
  out += kServerVersion;
  out += R"(","Details":{"ApiVersion":")" + std::string(kApiVersion);
  out += R"(","Arch":"amd64","BuildTime":")" + std::string(kBuilt);
  out += R"(","Experimental":"false","GitCommit":"89c5e8f","GoVersion":"go1.25.3","KernelVersion":")";
  out += kKernel;
  out +=
      R"(","MinAPIVersion":"1.24","Os":"linux"}},{"Name":"containerd","Version":"1.7.28","Details":{"GitCommit":""}},)"
      R"({"Name":"runc","Version":"1.3.3","Details":{"GitCommit":""}}],"Version":")";
  out += kServerVersion;
  out += R"(","ApiVersion":")" + std::string(kApiVersion);
  out += R"(","MinAPIVersion":"1.24","GitCommit":"89c5e8f","GoVersion":"go1.25.3","Os":"linux","Arch":"amd64",)"
         R"("KernelVersion":")";
  out += kKernel;
  out += R"(","BuildTime":")" + std::string(kBuilt) + "\"}\n";
  return out;
}

std::string info_text(Node& node) {
  std::size_t by_status[4] = {};
  for (const auto& [number, container] : node.containers()) ++by_status[static_cast<std::size_t>(container.status)];
  const Profile& profile = node.profile();
  std::string out = R"({"ID":")" + node.id() + R"(","Containers":)" + number_of(node.containers().size());
  out += R"(,"ContainersRunning":)" + number_of(by_status[1]);
  out += R"(,"ContainersPaused":)" + number_of(by_status[2]);
  out += R"(,"ContainersStopped":)" + number_of(by_status[0] + by_status[3]);
  out += R"(,"Images":)" + number_of(node.images().size());
  out +=
      R"(,"Driver":"overlay2","DriverStatus":[["Backing Filesystem","extfs"],["Supports d_type","true"],)"
      R"(["Using metacopy","false"],["Native Overlay Diff","true"],["userxattr","false"]],"Plugins":{"Volume":["local"],)"
      R"("Network":["bridge","host","ipvlan","macvlan","null","overlay"],"Authorization":null,"Log":["awslogs",)"
      R"("fluentd","gelf","journald","json-file","local","splunk","syslog"]},"MemoryLimit":true,"SwapLimit":true,)"
      R"("CpuCfsPeriod":true,"CpuCfsQuota":true,"CPUShares":true,"CPUSet":true,"PidsLimit":true,"IPv4Forwarding":true,)"
      R"("Debug":false,"NFd":39,"OomKillDisable":false,"NGoroutines":59,"SystemTime":")";
  out += time_text(node.now());
  out += R"(","LoggingDriver":"json-file","CgroupDriver":"systemd","CgroupVersion":"2","NEventsListener":)";
  out += number_of(node.observers());
  out += R"(,"KernelVersion":")" + std::string(kKernel);
  out +=
      R"x(","OperatingSystem":"Debian GNU/Linux 12 (bookworm)","OSVersion":"12","OSType":"linux",)x"
      R"("Architecture":"x86_64","IndexServerAddress":"https://index.docker.io/v1/","RegistryConfig":{"IndexConfigs":)"
      R"({"docker.io":{"Mirrors":[],"Name":"docker.io","Official":true,"Secure":true}},"InsecureRegistryCIDRs":)"
      R"(["::1/128","127.0.0.0/8"],"Mirrors":null},"NCPU":)";
  out += std::to_string(profile.cpus);
  out += R"(,"MemTotal":)" + std::to_string(profile.memory);
  out += R"(,"GenericResources":null,"DockerRootDir":"/var/lib/docker","HttpProxy":"","HttpsProxy":"","NoProxy":"",)";
  append_member(out, "Name", profile.name);
  out += R"(,"Labels":[)";
  for (std::size_t i = 0; i < profile.labels.size(); ++i) {
    if (i != 0) out += ',';
    append_quoted(out, profile.labels[i].first + "=" + profile.labels[i].second);
  }
  out += R"(],"ExperimentalBuild":false,"ServerVersion":")" + std::string(kServerVersion);
  out += R"(","Runtimes":{"io.containerd.runc.v2":{"path":"runc"},"runc":{"path":"runc"}},"DefaultRuntime":"runc",)"
         R"("Swarm":{"NodeID":"","NodeAddr":"","LocalNodeState":"inactive","ControlAvailable":false,"Error":"",)"
         R"("RemoteManagers":null},"LiveRestoreEnabled":false,"Isolation":"","InitBinary":"docker-init",)"
         R"("ContainerdCommit":{"ID":""},"RuncCommit":{"ID":""},"InitCommit":{"ID":""},"SecurityOptions":)"
         R"(["name=apparmor","name=seccomp,profile=builtin","name=cgroupns"],"FirewallBackend":{"Driver":"iptables"},)"
         R"("CDISpecDirs":["/etc/cdi","/var/run/cdi"],"Containerd":{"Address":"/run/containerd/containerd.sock",)"
         R"("Namespaces":{"Containers":"moby","Plugins":"plugins.moby"}},"Warnings":null})"
         "\n";
  return out;
}

void append_image(std::string& out, Node& node, const Image& image) {
  std::size_t users = 0;
  for (const auto& [number, container] : node.containers()) users += container.who->spec->image_id == image.id ? 1 : 0;
  out += R"({"Containers":)" + number_of(users) + R"(,"Created":)" + std::to_string(kImagesMade);
  out += R"(,"Id":"sha256:)" + text_of(image.id);
  out += R"(","Labels":null,"ParentId":"","RepoDigests":[],"RepoTags":[)";
  append_quoted(out, image.reference);
  out += R"(],"SharedSize":-1,"Size":)" + std::to_string(image.size) + '}';
}

std::string image_inspect_text(const Image& image) {
  const std::string id = text_of(image.id);
  std::string out = R"({"Id":"sha256:)" + id + R"(","RepoTags":[)";
  append_quoted(out, image.reference);
  out += R"(],"RepoDigests":[],"Parent":"","Comment":"","Created":")" + time_text(kImagesMade * 1'000'000'000);
  out += R"(","DockerVersion":"","Author":"","Architecture":"amd64","Os":"linux","Size":)" + std::to_string(image.size);
  const std::string layer = "/var/lib/docker/overlay2/" + id;
  out += R"(,"GraphDriver":{"Data":{"MergedDir":")" + layer + R"(/merged","UpperDir":")" + layer;
  out += R"(/diff","WorkDir":")" + layer +
         R"(/work"},"Name":"overlay2"},"RootFS":{"Type":"layers","Layers":["sha256:)" +
         text_of(id_named("layer of " + id));
  out += R"("]},"Metadata":{"LastTagTime":"0001-01-01T00:00:00Z"},"Config":{"Cmd":["serve"],"Entrypoint":null,"Env":)"
         R"(["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],"Labels":null,"OnBuild":null,)"
         R"("User":"","Volumes":null,"WorkingDir":""}})"
         "\n";
  return out;
}

namespace {

void append_members(std::string& out, Node& node, const Network& network) {
  bool first = true;
  for (const auto& [number, container] : node.containers()) {
    const auto& networks = container.who->spec->networks;
    if (!container.alive() || std::find(networks.begin(), networks.end(), network.name) == networks.end()) continue;
    if (!first) out += ',';
    first = false;
    append_quoted(out, text_of(container.who->id));
    out += ":{";
    append_member(out, "Name", container.who->name);
    out += R"(,"EndpointID":"","MacAddress":"","IPv4Address":"","IPv6Address":""})";
  }
}

}  // namespace

void append_network(std::string& out, Node& node, const Network& network, bool with_containers) {
  out += '{';
  append_member(out, "Name", network.name);
  out += R"(,"Id":")" + text_of(network.id) + R"(","Created":")" + time_text(network.created) + R"(","Scope":"local",)";
  append_member(out, "Driver", network.driver);
  const std::string subnet = "172." + std::to_string(network.subnet);
  out += R"(,"EnableIPv4":true,"EnableIPv6":false,"IPAM":{"Driver":"default","Options":null,"Config":)";
  out += network.driver == "bridge" ? R"([{"Subnet":")" + subnet + R"(.0.0/16","Gateway":")" + subnet + R"(.0.1"}])"
                                    : std::string("null");
  out += network.internal ? R"(},"Internal":true,"Attachable":)" : R"(},"Internal":false,"Attachable":)";
  out += network.attachable ? "true" : "false";
  out += R"(,"Ingress":false,"ConfigFrom":{"Network":""},"ConfigOnly":false,"Containers":{)";
  if (with_containers) append_members(out, node, network);
  out += R"(},"Options":)" + network.options + R"(,"Labels":)" + network.labels + '}';
}

void append_volume(std::string& out, const Volume& volume) {
  out += R"({"CreatedAt":")" + time_text(volume.created / 1'000'000'000 * 1'000'000'000) + R"(",)";
  append_member(out, "Driver", volume.driver);
  out += R"(,"Labels":)" + volume.labels + R"(,"Mountpoint":")";
  out += "/var/lib/docker/volumes/" + volume.name + R"(/_data",)";
  append_member(out, "Name", volume.name);
  out += R"(,"Options":)" + volume.options + R"(,"Scope":"local"})";
}

}  // namespace berth::fleet
