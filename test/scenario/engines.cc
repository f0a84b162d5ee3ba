#include "scenario/engines.h"

#include <csignal>
#include <map>
#include <memory>

#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "base/process.h"
#include "engine/client.h"

namespace berth::scenario {

namespace {

// A dockerd that lives as long as this.
class OwnEngine {
 public:
  explicit OwnEngine(const Path& dockerd) {
    Environment environment = Environment::of_process();
    // Its containerd and docker-proxy are beside it.
    environment.set("PATH", dockerd.parent_path().string() + ":" + environment.get_or("PATH", "/usr/sbin:/usr/bin"));
    const std::string at = folder_.path().string();
    log_ = Fd(::open((at + "/log").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    child_ = spawn({"unshare", "--net", "sh", "-c", R"(ip link set lo up; exec "$0" "$@")", dockerd.string(),
                    "--data-root", at + "/data", "--exec-root", at + "/exec", "-p", at + "/pid", "-H", host()},
                   {.out_fd = log_.get(), .err_fd = log_.get(), .environment = environment});
    wait_until_ready();
    run_checked(Context().with_timeout(std::chrono::minutes(2)), {"env", "DOCKER_HOST=" + host(), test_image_tool()});
  }

  ~OwnEngine() {
    child_->kill(SIGTERM);
    try {
      child_->wait(Context().with_timeout(std::chrono::seconds(30)));
    } catch (const Error&) {  // killed as it goes
    }
  }

  std::string host() const { return "unix://" + folder_.path().string() + "/docker.sock"; }

 private:
  static std::string test_image_tool() { return std::string(BERTH_SOURCE_DIR) + "/tools/test-image"; }

  void wait_until_ready() {
    const Context context = Context().with_timeout(std::chrono::seconds(60));
    engine::Client client(engine::endpoint_of(host()));
    for (;;) {
      try {
        client.ping(context);
        return;
      } catch (const Error& e) {
        if (e.kind() == Kind::kTimeout) {
          throw Error(Kind::kTimeout, "dockerd doesn't start: " + read_file(folder_.path() / "log"));
        }
      }
      context.sleep_for(std::chrono::milliseconds(50));
    }
  }

  TemporaryFolder folder_;
  Fd log_;
  std::optional<Child> child_;
};

std::optional<Path> dockerd_of(Generation generation, std::string& reason) {
  const Environment environment = Environment::of_process();
  if (generation == Generation::kNew) {
    const Path dockerd = Path(environment.get_or("BERTH_PEERS", "")) / "dockerd";
    if (std::filesystem::exists(dockerd)) return dockerd;
    reason = "BERTH_PEERS names no folder with the newer dockerd (tools/peers.sh makes one)";
    return std::nullopt;
  }
  const auto dockerd = find_program("dockerd", environment);
  if (!dockerd) reason = "there is no dockerd on PATH";
  return dockerd;
}

}  // namespace

std::string name_of(const testing::TestParamInfo<Generation>& info) {
  return info.param == Generation::kOld ? "Old" : "New";
}

std::optional<std::string> engine_host(Generation generation, std::string& reason) {
  const char* variable = generation == Generation::kOld ? "BERTH_TEST_ENGINE_OLD" : "BERTH_TEST_ENGINE_NEW";
  if (std::string given = Environment::of_process().get_or(variable, ""); !given.empty()) return given;
  static std::map<Generation, std::unique_ptr<OwnEngine>> engines;
  std::unique_ptr<OwnEngine>& engine = engines[generation];
  if (!engine) {
    if (::geteuid() != 0) {
      reason = std::string("only root can start a dockerd; or set ") + variable;
      return std::nullopt;
    }
    const auto dockerd = dockerd_of(generation, reason);
    if (!dockerd) return std::nullopt;
    engine = std::make_unique<OwnEngine>(*dockerd);
  }
  return engine->host();
}

}  // namespace berth::scenario
