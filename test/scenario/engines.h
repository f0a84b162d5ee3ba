// Real Docker Engines for scenario tests: machines of the driver `local`, of two generations.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/environment.h"
#include "engine/client.h"
#include "machine/machines.h"

namespace berth::scenario {

// Behaviour is tested on both: the engine of Debian 12 (20.10), and a current one (28.5 or newer), the dockerd in the
// folder that $BERTH_PEERS names.
enum class Generation { kOld, kNew };

// For test names: "Old", "New".
std::string name_of(const testing::TestParamInfo<Generation>& info);

// Throws kNotFound, saying how to get it.
Path dockerd(Generation generation);

// Why no engine of the generation can be had here (not root, no dockerd): what a test says when it is skipped. Nothing
// when it can.
std::optional<std::string> missing(Generation generation);

// Address of an engine with the images of tools/test-image, one for all tests of a program: the one of
// BERTH_TEST_ENGINE_OLD or _NEW, else a machine that is made at the first call and removed at the program's end.
// Nothing, with `reason` said, where none can be had.
std::optional<std::string> engine_host(Generation generation, std::string& reason);

// A few machines in a store and a subnet of their own, so that tests beside each other do not meet. Removed with all
// they hold when this goes; what a killed test left is removed by the next one. Needs root. One thread.
class Lab {
 public:
  Lab();
  ~Lab();
  Lab(const Lab&) = delete;
  Lab& operator=(const Lab&) = delete;

  // Makes machines, in parallel, and returns when their engines answer. Throws what Machines::create throws.
  void add(const std::vector<std::string>& names, Generation generation);
  // A machine with what a test wants otherwise; driver, subnet and dockerd are filled in.
  void add_machine(machine::CreateRequest request, Generation generation);

  const machine::Machines& machines() const { return machines_; }
  // $MACHINE_STORAGE_PATH of the machines.
  const Path& storage() const { return storage_; }
  const std::string& subnet() const { return subnet_; }

  // Gives the machine's engine the images of tools/test-image: berth/test:1 and berth/test:2.
  void add_test_images(const std::string& name);

  // A client for the machine's engine, over its unix socket.
  engine::Client& client(const std::string& name);
  std::string ip(const std::string& name) const;
  // The machine's network namespace while it runs, "/proc/7/ns/net".
  std::string network_of(const std::string& name) const;
  // What a program needs to talk to the machine's engine: DOCKER_HOST of its unix socket, no other DOCKER_ variables, a
  // home folder of its own.
  Environment environment(const std::string& name) const;
  // Address of the machine's unix socket, "unix:///run/berth/...".
  std::string docker_host(const std::string& name) const;

 private:
  Path storage_;
  std::string subnet_;
  machine::Machines machines_;
  std::map<std::string, std::unique_ptr<engine::Client>> clients_;
};

}  // namespace berth::scenario
