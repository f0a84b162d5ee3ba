#include "scenario/engines.h"

#include <atomic>
#include <cstdint>
#include <fstream>
#include <iostream>

#include <openssl/crypto.h>
#include <signal.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "base/parallel.h"
#include "base/process.h"
#include "base/strings.h"
#include "machine/local_network.h"

namespace berth::scenario {

namespace {

using namespace std::chrono_literals;

// Labs that programs keep to their end are removed after main(); OpenSSL must not have gone before them.
[[maybe_unused]] const int kOpenSslStays = OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);

// A few engines and their images need less than a tenth of it.
constexpr std::uint64_t kRoomInMemory = std::uint64_t{6} << 30;

bool has_room_in_memory(const Path& folder) {
  std::error_code missing;
  if (std::filesystem::space(folder, missing).available < kRoomInMemory || missing) return false;
  std::ifstream meminfo("/proc/meminfo");
  std::uint64_t kilobytes = 0;
  for (std::string word; meminfo >> word && kilobytes == 0;) {
    if (word == "MemAvailable:") meminfo >> kilobytes;
  }
  return kilobytes > kRoomInMemory / 1024;
}

// Stores of all scenario tests on this computer: a folder for each process. In memory where there is room: engines wait
// for the disk at each of their records, a fifth of what a scenario takes.
const Path kInMemory = "/dev/shm/berth-scenario";
Path on_disk() { return std::filesystem::temp_directory_path() / "berth-scenario"; }
Path stores() {
  static const Path chosen = has_room_in_memory(kInMemory.parent_path()) ? kInMemory : on_disk();
  return chosen;
}

// Every machine at once; what cannot be removed is said, since a test must not hide it.
void remove_all(const machine::Machines& machines) {
  std::vector<std::string> names = machines.store().list();
  const auto outcomes = for_each_parallel(names, 16, [&](const std::string& name) {
    machines.remove(Context().with_timeout(60s), name, false, [](std::string_view) {});
  });
  for (const auto& outcome : outcomes) {
    if (outcome) std::cerr << "scenario: " << outcome->message() << "\n";
  }
}

void remove_stores_of_dead_tests(const Path& stores) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(stores, ignored)) {
    const std::string name = entry.path().filename();
    const auto pid = parse_integer(cut(name, '-').first);
    if (!pid || ::kill(static_cast<pid_t>(*pid), 0) == 0) continue;
    remove_all(machine::Machines(entry.path(), Environment::of_process()));
    std::filesystem::remove_all(entry.path(), ignored);
  }
}

// A /24 below 10.214.0.0/15, away from the default that people use.
std::string free_subnet() {
  const auto start = static_cast<unsigned>(::getpid());
  for (unsigned i = 0; i < 512; ++i) {
    const unsigned number = (start + i) % 512;
    const auto text = "10." + std::to_string(214 + number / 256) + "." + std::to_string(number % 256) + ".0/24";
    const auto subnet = machine::Subnet::parse(text);
    const Path bridge = "/sys/class/net/" + machine::local_network::bridge_name(subnet);
    if (!machine::subnet_conflict(subnet) && !std::filesystem::exists(bridge)) return text;
  }
  throw Error(Kind::kConflict, "no subnet below 10.214.0.0/15 is free for a scenario test");
}

// A number for each lab of this process.
int next_number() {
  static std::atomic<int> number = 0;
  return ++number;
}

}  // namespace

Path dockerd(Generation generation) {
  const Environment environment = Environment::of_process();
  if (generation == Generation::kOld) {
    Environment search = environment;
    search.set("PATH", environment.get_or("PATH", "/usr/bin") + ":/usr/sbin");
    if (const auto found = find_program("dockerd", search)) return *found;
    throw Error(Kind::kNotFound, "there is no dockerd here: apt-get install docker.io");
  }
  const Path path = std::filesystem::absolute(environment.get_or("BERTH_PEERS", "/nonexistent")) / "dockerd";
  if (::access(path.c_str(), X_OK) == 0) return path;
  throw Error(Kind::kNotFound, "BERTH_PEERS names no folder with the newer dockerd (tools/peers.sh makes one)");
}

std::string name_of(const testing::TestParamInfo<Generation>& info) {
  return info.param == Generation::kOld ? "Old" : "New";
}

std::optional<std::string> missing(Generation generation) {
  if (::geteuid() != 0) return "only root can make machines";
  try {
    dockerd(generation);
  } catch (const Error& e) {
    return e.message();
  }
  return std::nullopt;
}

std::optional<std::string> engine_host(Generation generation, std::string& reason) {
  const char* variable = generation == Generation::kOld ? "BERTH_TEST_ENGINE_OLD" : "BERTH_TEST_ENGINE_NEW";
  if (std::string given = Environment::of_process().get_or(variable, ""); !given.empty()) return given;
  static std::map<Generation, std::unique_ptr<Lab>> labs;
  std::unique_ptr<Lab>& lab = labs[generation];
  if (!lab) {
    if (const auto why = missing(generation)) {
      reason = *why + "; or set " + variable;
      return std::nullopt;
    }
    auto made = std::make_unique<Lab>();
    made->add({"engine"}, generation);
    made->add_test_images("engine");
    lab = std::move(made);
  }
  return lab->docker_host("engine");
}

Lab::Lab()
    : storage_(stores() / (std::to_string(::getpid()) + "-" + std::to_string(next_number()))),
      machines_(storage_, Environment::of_process()) {
  for (const Path& folder : {kInMemory, on_disk()}) remove_stores_of_dead_tests(folder);
  make_folder(storage_, 0700);
  subnet_ = free_subnet();
}

Lab::~Lab() {
  clients_.clear();
  try {
    remove_all(machines_);
  } catch (const Error& e) {
    std::cerr << "scenario: " << e.message() << "\n";
  }
  std::error_code ignored;
  std::filesystem::remove_all(storage_, ignored);
  ::rmdir(storage_.parent_path().c_str());  // stores() may have gone before a lab that a program keeps to its end
}

void Lab::add_machine(machine::CreateRequest request, Generation generation) {
  request.driver = "local";
  request.options.set("local-subnet", {subnet_});
  request.options.set("local-dockerd", {dockerd(generation).string()});
  const Context context = Context().with_timeout(120s);
  machines_.pre_create_check(context, request);
  machines_.create(context, request, [](std::string_view) {});
}

void Lab::add(const std::vector<std::string>& names, Generation generation) {
  std::vector<std::string> wanted = names;
  const auto outcomes = for_each_parallel(wanted, 16, [&](const std::string& name) {
    machine::CreateRequest request;
    request.name = name;
    add_machine(std::move(request), generation);
  });
  for (const auto& outcome : outcomes) {
    if (outcome) throw *outcome;
  }
}

std::string Lab::docker_host(const std::string& name) const {
  return "unix://" + berth::text_of(parse_json(machines_.store().load(name).driver), "Socket");
}

void Lab::add_test_images(const std::string& name) {
  const std::string tool = std::string(BERTH_SOURCE_DIR) + "/tools/test-image";
  run_checked(Context().with_timeout(std::chrono::minutes(2)), {"env", "DOCKER_HOST=" + docker_host(name), tool});
}

engine::Client& Lab::client(const std::string& name) {
  auto& client = clients_[name];
  if (!client) client = std::make_unique<engine::Client>(engine::endpoint_of(docker_host(name)));
  return *client;
}

std::string Lab::network_of(const std::string& name) const {
  const Path run = Path(engine::socket_of(engine::endpoint_of(docker_host(name)))).parent_path();
  const std::string stat = read_file(run / "init.stat");
  return "/proc/" + stat.substr(0, stat.find(' ')) + "/ns/net";
}

std::string Lab::ip(const std::string& name) const { return machines_.driver(machines_.store().load(name))->ip({}); }

Environment Lab::environment(const std::string& name) const {
  Environment result = Environment::of_process();
  const auto variables = result.variables();
  for (const auto& [variable, value] : variables) {
    if (variable.starts_with("DOCKER_") || variable.starts_with("COMPOSE_")) result.unset(variable);
  }
  result.set("DOCKER_HOST", docker_host(name));
  result.set("HOME", storage_ / "home");
  result.set("MACHINE_STORAGE_PATH", storage_);
  make_folder(storage_ / "home");
  return result;
}

}  // namespace berth::scenario
