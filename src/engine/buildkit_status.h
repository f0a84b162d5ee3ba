// BuildKit's progress, as its API and the engine's build call tell it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::engine {

// Source: moby.buildkit.v1.StatusResponse (moby/buildkit, control.proto). A message tells what changed: a vertex is a
// step of the build, and comes again with its whole state.
struct BuildKitStatus {
  struct Vertex {
    std::string digest;  // its id
    std::string name;    // "[2/3] RUN make"
    bool cached = false;
    bool started = false;
    bool completed = false;
    std::chrono::milliseconds took{0};  // once completed
    std::string error;
  };
  struct Transfer {
    std::string id;  // "transferring context:", a layer's digest
    std::string vertex;
    std::int64_t current = 0;  // bytes
    std::int64_t total = 0;
    bool completed = false;
  };
  struct Log {
    std::string vertex;
    std::string text;  // any number of lines, or a part of one
  };
  struct Warning {
    std::string text;
    std::string url;
  };
  std::vector<Vertex> vertexes;
  std::vector<Transfer> transfers;
  std::vector<Log> logs;
  std::vector<Warning> warnings;
};

// From protobuf's encoding. Throws kInternal when malformed.
BuildKitStatus decode_buildkit_status(std::string_view bytes);

}  // namespace berth::engine
