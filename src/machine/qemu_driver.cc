#include "machine/qemu_driver.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/process.h"
#include "base/strings.h"
#include "net/dial.h"

namespace berth::machine {

namespace {

using namespace std::chrono_literals;

// A guest under software emulation takes its time; with KVM all of this is over in seconds.
constexpr auto kBootPatience = 5min;
constexpr auto kStopPatience = 90s;
// A usable KVM has the kernel's first words long before.
constexpr auto kKernelPatience = 10s;

// A TCP port of 127.0.0.1 that nobody has at the moment.
std::uint16_t free_port() {
  const Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (!socket || ::bind(socket.get(), generic, size) != 0 || ::getsockname(socket.get(), generic, &size) != 0) {
    throw system_error(errno, "looking for a free port");
  }
  return ntohs(address.sin_port);
}

bool is_qcow2(const Path& image) {
  char magic[4] = {};
  const Fd file(::open(image.c_str(), O_RDONLY | O_CLOEXEC));
  return file && ::read(file.get(), magic, sizeof magic) == 4 && std::string_view(magic, 4) == "QFI\xfb";
}

std::int64_t positive(const DriverOptions& options, const char* name, std::int64_t least) {
  const auto number = parse_integer(options.text(name));
  if (number && *number >= least) return *number;
  throw Error(Kind::kInvalid, std::string("--") + name + " must be at least " + std::to_string(least));
}

// Whether an ssh server answers. Throws what dialling does.
bool greets(const Context& context, const std::string& address, std::int64_t port) {
  const auto stream = net::dial_tcp(context.with_timeout(5s), address, static_cast<std::uint16_t>(port));
  char greeting[4];
  return stream->read_some(context.with_timeout(5s), greeting) == 4 && std::string_view(greeting, 4) == "SSH-";
}

}  // namespace

std::vector<DriverFlag> QemuDriver::flags() {
  using Type = DriverFlag::Type;
  return {
      {.name = "qemu-accel",
       .help = "Acceleration: kvm, tcg (software), or auto: KVM where it can run a kernel",
       .default_text = "auto",
       .environment = "QEMU_ACCEL"},
      {.name = "qemu-bridge",
       .help = "Bridge of the host to join (default: user-mode network)",
       .environment = "QEMU_BRIDGE"},
      {.name = "qemu-bridge-address",
       .help = "Address that the guest has on the bridge",
       .environment = "QEMU_BRIDGE_ADDRESS"},
      {.name = "qemu-cpus",
       .type = Type::kInteger,
       .help = "Processors",
       .default_text = "2",
       .environment = "QEMU_CPUS"},
      {.name = "qemu-disk-size",
       .type = Type::kInteger,
       .help = "Disk in MB",
       .default_text = "10000",
       .environment = "QEMU_DISK_SIZE"},
      {.name = "qemu-image",
       .help = "Cloud image (qcow2 or raw), or folder that 'machine image build' made",
       .environment = "QEMU_IMAGE"},
      {.name = "qemu-libvirt",
       .type = Type::kBool,
       .help = "Have libvirt run the machine (default: QEMU is run directly)",
       .environment = "QEMU_LIBVIRT"},
      {.name = "qemu-libvirt-network",
       .help = "Network of libvirt to join (default: 'default', or with qemu:///session user-mode network)",
       .environment = "QEMU_LIBVIRT_NETWORK"},
      {.name = "qemu-libvirt-uri",
       .help = "Which libvirt of this computer: qemu:///system or qemu:///session",
       .default_text = kLibvirtSystem,
       .environment = "QEMU_LIBVIRT_URI"},
      {.name = "qemu-memory",
       .type = Type::kInteger,
       .help = "Memory in MB",
       .default_text = "1024",
       .environment = "QEMU_MEMORY"},
      {.name = "qemu-ssh-user", .help = "User to log in as", .default_text = "root", .environment = "QEMU_SSH_USER"},
  };
}

QemuDriver::QemuDriver(Site site, std::string_view record) : site_(std::move(site)) {
  const json::value value = parse_json(record);
  base_ = read_base_driver(value);
  base_.machine_name = site_.name;
  if (base_.store_path.empty()) base_.store_path = site_.folder.parent_path().parent_path();
  image_ = berth::text_of(value, "Image");
  accelerator_ = berth::text_of(value, "Accelerator");
  bridge_ = berth::text_of(value, "Bridge");
  bridge_address_ = berth::text_of(value, "BridgeAddress");
  hardware_address_ = berth::text_of(value, "HardwareAddress");
  memory_mb_ = integer_of(value, "Memory");
  cpus_ = integer_of(value, "CPU");
  disk_mb_ = integer_of(value, "DiskSize");
  engine_port_ = integer_of(value, "EnginePort");
  libvirt_ = {.uri = berth::text_of(value, "LibvirtURI"),
              .network = berth::text_of(value, "LibvirtNetwork"),
              .id = berth::text_of(value, "LibvirtDomain")};
}

std::string QemuDriver::record() const {
  json::object record = base_driver_json(base_);
  record["Image"] = image_;
  record["Accelerator"] = accelerator_;
  record["Bridge"] = bridge_;
  record["BridgeAddress"] = bridge_address_;
  record["HardwareAddress"] = hardware_address_;
  record["Memory"] = memory_mb_;
  record["CPU"] = cpus_;
  record["DiskSize"] = disk_mb_;
  record["EnginePort"] = engine_port_;
  if (!libvirt_.uri.empty()) {
    record["LibvirtURI"] = libvirt_.uri;
    record["LibvirtNetwork"] = libvirt_.network;
    record["LibvirtDomain"] = libvirt_.id;
  }
  return format_json(record);
}

void QemuDriver::configure(const DriverOptions& options) {
  if (options.text("qemu-image").empty()) {
    throw Error(Kind::kInvalid,
                "--qemu-image is missing: name a cloud image, or a folder of 'berth machine image build'");
  }
  image_ = std::filesystem::absolute(options.text("qemu-image"));
  accelerator_ = options.text("qemu-accel");
  if (accelerator_ != "auto" && accelerator_ != "kvm" && accelerator_ != "tcg") {
    throw Error(Kind::kInvalid, "--qemu-accel '" + accelerator_ + "' is none of auto, kvm, tcg");
  }
  memory_mb_ = positive(options, "qemu-memory", 128);
  cpus_ = positive(options, "qemu-cpus", 1);
  disk_mb_ = positive(options, "qemu-disk-size", 100);
  configure_network(options);
  base_.ssh_user = options.text("qemu-ssh-user");
}

void QemuDriver::configure_network(const DriverOptions& options) {
  bridge_ = options.text("qemu-bridge");
  bridge_address_ = options.text("qemu-bridge-address");
  if (bridge_.empty() != bridge_address_.empty()) {
    throw Error(Kind::kInvalid, "--qemu-bridge and --qemu-bridge-address go together");
  }
  const std::string network = options.text("qemu-libvirt-network");
  if (!options.on("qemu-libvirt")) {
    if (!network.empty()) throw Error(Kind::kInvalid, "--qemu-libvirt-network is for --qemu-libvirt");
    return;
  }
  const std::string uri = options.text("qemu-libvirt-uri");
  libvirt_.uri = uri.empty() ? kLibvirtSystem : uri;
  if (libvirt_.uri != kLibvirtSystem && libvirt_.uri != kLibvirtSession) {
    throw Error(Kind::kInvalid, "--qemu-libvirt-uri '" + libvirt_.uri + "' is neither " + kLibvirtSystem + " nor " +
                                    kLibvirtSession + ": the machine's disk is on this computer");
  }
  if (!network.empty() && (!bridge_.empty() || libvirt_.uri == kLibvirtSession)) {
    throw Error(Kind::kInvalid, std::string("--qemu-libvirt-network goes neither with --qemu-bridge nor with ") +
                                    kLibvirtSession + ", which has no networks");
  }
  if (bridge_.empty() && libvirt_.uri == kLibvirtSystem) libvirt_.network = network.empty() ? "default" : network;
}

std::unique_ptr<QemuRunner> QemuDriver::runner() const {
  if (libvirt_.uri.empty()) return std::make_unique<QemuProcess>(site_.folder);
  return std::make_unique<LibvirtDomain>(libvirt_, site_.folder);
}

bool QemuDriver::kvm_opens() const {
  // The system's libvirt opens it for us.
  const int access = libvirt_.uri == kLibvirtSystem ? F_OK : R_OK | W_OK;
  return ::access("/dev/kvm", access) == 0;
}

QemuDriver::Image QemuDriver::image() const {
  Image image{.disk = image_, .format = "qcow2"};
  if (std::filesystem::is_directory(image_)) {
    image = {Path(image_) / "disk.raw", Path(image_) / "vmlinuz", Path(image_) / "initrd", "raw"};
  }
  if (!std::filesystem::exists(image.disk)) {
    throw Error(Kind::kNotFound, "--qemu-image: there is no '" + image.disk.string() + "'");
  }
  if (image.kernel.empty() && !is_qcow2(image.disk)) image.format = "raw";
  return image;
}

void QemuDriver::pre_create_check(const Context& context) {
  std::vector<std::pair<const char*, const char*>> programs = {
      {"qemu-system-x86_64", "qemu-system-x86"}, {"qemu-img", "qemu-utils"}, {"ssh-keygen", "openssh-client"}};
  if (!libvirt_.uri.empty()) programs.emplace_back("virsh", "libvirt-clients libvirt-daemon-system");
  for (const auto& [program, package] : programs) {
    if (find_program(program, site_.environment)) continue;
    throw Error(Kind::kNotFound, std::string("program '") + program +
                                     "' is missing: install it (Debian: apt-get install " + package + ")");
  }
  image();
  if (accelerator_ == "kvm" && !kvm_opens()) {
    throw Error(Kind::kForbidden, "--qemu-accel kvm: /dev/kvm is not there, or not for you");
  }
  runner()->check(context);
}

void QemuDriver::choose_ports() {
  if (bridge_.empty() && libvirt_.network.empty()) {
    base_.ip_address = "127.0.0.1";
    base_.ssh_port = free_port();
    do {
      engine_port_ = free_port();
    } while (engine_port_ == base_.ssh_port);
    return;
  }
  base_.ip_address = bridge_address_;  // on libvirt's network it is known when the guest has asked for one
  base_.ssh_port = 22;
  engine_port_ = 2376;
}

void QemuDriver::create(const Context& context) {
  const std::string bytes = to_hex(random_bytes(3));
  hardware_address_ = "52:54:00:" + bytes.substr(0, 2) + ":" + bytes.substr(2, 2) + ":" + bytes.substr(4, 2);
  if (!libvirt_.uri.empty()) libvirt_.id = libvirt::new_id();
  base_.ssh_key_path = site_.folder / "id_ed25519";
  site_.save(record());
  run_checked(context,
              {"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "berth-" + site_.name, "-f", base_.ssh_key_path});
  const std::string key(trim(read_file(base_.ssh_key_path + ".pub")));
  for (const auto& [name, text] : qemu::seed_files(site_.name, base_.ssh_user, key)) {
    write_file(qemu::seed(site_.folder) / name, text);
  }
  if (const std::string server = runner()->name_server(context); !server.empty()) {
    write_file(qemu::seed(site_.folder) / "resolv.conf", "nameserver " + server + "\n");
  }
  const Image from = image();
  run_checked(context, qemu::disk_command(site_.folder, from.disk, from.format, disk_mb_));
  start(context);
}

QemuMachine QemuDriver::machine() const {
  const Image from = image();
  return {.name = site_.name,
          .folder = site_.folder,
          .kernel = from.kernel,
          .initrd = from.initrd,
          .memory_mb = memory_mb_,
          .cpus = cpus_,
          .kvm = accelerator_ == "kvm",
          .bridge = bridge_,
          .ssh_port = static_cast<std::uint16_t>(base_.ssh_port),
          .engine_port = static_cast<std::uint16_t>(engine_port_),
          .hardware_address = hardware_address_};
}

void QemuDriver::launch(const Context& context) {
  remove_tree(qemu::console(site_.folder));
  runner()->launch(context, machine());
}

// A /dev/kvm may be there and still not run a stock kernel: QEMU ends at once, or the guest hangs after the boot loader
// and says nothing more.
bool QemuDriver::kvm_runs_kernel(const Context& context) {
  try {
    launch(context);
  } catch (const Error& e) {
    if (e.kind() != Kind::kInternal) throw;
    return false;  // what has another reason fails without KVM, too, and is told then
  }
  const auto end = Context::Clock::now() + kKernelPatience;
  while (Context::Clock::now() < end) {
    const std::string said = read_file_if_exists(qemu::console(site_.folder)).value_or("");
    for (const char* sign : {"systemd", "Linux version", "login:", "[    "}) {
      if (said.find(sign) != std::string::npos) return true;
    }
    if (!runner()->is_running(context)) return false;
    context.sleep_for(100ms);
  }
  return false;
}

void QemuDriver::start(const Context& context) {
  const State now = state(context);
  if (now == State::kRunning) return;
  if (now == State::kPaused) {
    throw Error(Kind::kConflict, "machine '" + site_.name + "' is paused: 'virsh -c " + libvirt_.uri + " resume " +
                                     libvirt_.id + "' lets it go on");
  }
  choose_ports();
  const bool probe = accelerator_ == "auto";
  if (probe) accelerator_ = kvm_opens() ? "kvm" : "tcg";
  site_.save(record());
  if (accelerator_ == "tcg" && site_.say) site_.say("KVM cannot be used: the machine is emulated, which is slow.");
  if (!probe || accelerator_ == "tcg") {
    launch(context);
  } else if (!kvm_runs_kernel(context)) {
    if (site_.say) site_.say("This computer's KVM does not run a kernel: the machine is emulated, which is slow.");
    kill(context);
    accelerator_ = "tcg";
    site_.save(record());
    launch(context);
  }
  await_ssh(context);
}

void QemuDriver::await_ssh(const Context& context) {
  const auto runner = this->runner();
  const std::string see = ": see '" + qemu::console(site_.folder).string() + "'";
  const auto end = Context::Clock::now() + kBootPatience;
  for (auto pause = 100ms;; pause = std::min<std::chrono::milliseconds>(pause * 2, 1s)) {
    if (!runner->is_running(context)) throw Error(Kind::kUnavailable, "QEMU ended" + see);
    try {
      if (!libvirt_.network.empty()) base_.ip_address = runner->address(context, machine());
      if (!base_.ip_address.empty() && greets(context, base_.ip_address, base_.ssh_port)) break;
    } catch (const Error& e) {
      if (e.kind() == Kind::kCancelled) throw;
    }
    if (Context::Clock::now() >= end) {
      const char* what = base_.ip_address.empty() ? "the guest asks for no address" : "the guest does not answer ssh";
      throw Error(Kind::kTimeout, what + see);
    }
    context.sleep_for(pause);
  }
  site_.save(record());
}

void QemuDriver::stop(const Context& context) {
  const auto runner = this->runner();
  if (runner->is_running(context)) {
    runner->press_power_button(context);
    const auto end = Context::Clock::now() + kStopPatience;
    while (runner->state(context) != State::kStopped && Context::Clock::now() < end) context.sleep_for(100ms);
    if (runner->is_running(context) && site_.say) site_.say("The guest does not end by itself: it is cut off.");
  }
  runner->kill(context);
}

void QemuDriver::kill(const Context& context) { runner()->kill(context); }

void QemuDriver::restart(const Context& context) {
  stop(context);
  start(context);
}

void QemuDriver::remove(const Context& context) { runner()->remove(context); }

State QemuDriver::state(const Context& context) { return runner()->state(context); }

std::string QemuDriver::ip(const Context& context) {
  if (!runner()->is_running(context)) throw Error(Kind::kUnavailable, "Host is not running");
  if (base_.ip_address.empty()) throw Error(Kind::kUnavailable, "the guest has no address yet");
  return base_.ip_address;
}

std::string QemuDriver::url(const Context& context) {
  return "tcp://" + ip(context) + ":" + std::to_string(engine_port_);
}

std::optional<SshTarget> QemuDriver::ssh(const Context& context) {
  return SshTarget{
      .host = ip(context), .port = static_cast<int>(base_.ssh_port), .user = base_.ssh_user, .key = base_.ssh_key_path};
}

}  // namespace berth::machine
