// The process tree of a local machine: an init in namespaces of its own, and the Docker Engine under it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "base/context.h"
#include "base/environment.h"
#include "base/files.h"
#include "machine/host.h"

namespace berth::machine {

// All that says how a machine's engine is started.
struct LocalLaunch {
  std::string id;    // 8 hexadecimal digits
  std::string name;  // the machine's hostname
  Path folder;       // certificates, data and log are here
  Path dockerd;
  int dockerd_major = 0;  // its version: 20, 28
  std::string address;    // with the subnet's bits: "10.213.0.2/16"
  std::string gateway;
  std::string resolv_conf;  // text of the machine's own; empty: the host's
  int mtu = 1500;
  EngineOptions options;
  std::string services;  // text of a script that runs beside the engine for as long as the machine does; empty: none
};

namespace local_engine {

// dockerd's command line.
std::vector<std::string> engine_command(const LocalLaunch& launch);
// Text of its daemon.json, so that one of the host's own engine plays no part: only what has no flag. Engines before
// 23.0 take their id from a key in /etc/docker unless told otherwise; all machines would have the same.
std::string engine_configuration(const LocalLaunch& launch);
// The machine's init, a shell script. It prints its line of /proc/PID/stat, then waits for a line on its input before
// it goes on: by then eth0 must be there. It ends when its input does, so that nothing is left when whoever started it
// dies.
std::string_view init_script();
// The command that makes the namespaces and runs the init, which runs engine_command(), in them.
std::vector<std::string> launch_command(const LocalLaunch& launch);
// What the engine sees of the caller's environment: PATH with dockerd's folder first, proxies, and --engine-env.
Environment engine_environment(const LocalLaunch& launch, const Environment& ours);

}  // namespace local_engine

// A machine's processes. The init is process 1 of the machine: when it ends, the kernel ends all the others, and with
// them go their mounts and network. All calls need root.
class LocalEngine {
 public:
  explicit LocalEngine(std::string id) : id_(std::move(id)) {}

  // Where its sockets and run-time state are: /run/berth/ID.
  Path run_folder() const;
  Path socket() const { return run_folder() / "docker.sock"; }

  // Cheap: reads two small files.
  bool running() const;

  // Starts the machine; `connect` plugs its network in, given the init's process id. Returns when the engine says that
  // it is ready. Throws kInternal with the engine's last words when it ends instead, kTimeout, kCancelled; the machine
  // is killed then.
  void start(const Context& context, const LocalLaunch& launch, const Environment& environment,
             const std::function<void(pid_t)>& connect) const;
  // Asks the engine to end its containers and itself; kills what has not ended after `patience`.
  void stop(const Context& context, std::chrono::seconds patience) const;
  // Ends every process at once. Does nothing when none runs.
  void kill(const Context& context) const;
  // Removes the run-time state and cgroups of a machine that does not run.
  void tidy(const Context& context) const;

 private:
  struct Init {
    pid_t pid = 0;
    pid_t parent = 0;  // outside of the machine's process namespace, but inside the others
    std::string started;
  };
  static std::optional<Init> parse_init(std::string_view stat);
  std::optional<Init> living_init() const;
  // False when the machine ended instead.
  static bool await_ready(const Context& context, const Init& init, int notifications);

  std::string id_;
};

}  // namespace berth::machine
