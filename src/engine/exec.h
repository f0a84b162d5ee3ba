// Programs started in a running container.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/types.h"

namespace berth::engine {

// Body of exec create.
struct ExecCreate {
  bool attach_stdin = false;
  bool attach_stdout = false;
  bool attach_stderr = false;
  bool tty = false;
  bool privileged = false;
  std::string user;
  std::string working_dir;  // API 1.35
  std::string detach_keys;
  std::vector<std::string> env;  // API 1.25
  std::vector<std::string> cmd;
  std::optional<std::pair<std::int64_t, std::int64_t>> console_size;  // height, width; API 1.42
};

struct ExecInspect {
  ExecId id;
  bool running = false;
  std::int64_t exit_code = 0;  // of use once it doesn't run
  std::int64_t pid = 0;        // on the host
  ContainerId container_id;
};

}  // namespace berth::engine
