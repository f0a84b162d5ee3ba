#include "engine/buildkit_status.h"

#include <protozero/pbf_reader.hpp>

#include "base/error.h"

namespace berth::engine {

namespace {

using protozero::pbf_reader;

// google.protobuf.Timestamp { seconds = 1; nanos = 2 }
std::chrono::nanoseconds time_of(pbf_reader message) {
  std::chrono::nanoseconds time{0};
  while (message.next()) {
    if (message.tag() == 1) {
      time += std::chrono::seconds(message.get_int64());
    } else if (message.tag() == 2) {
      time += std::chrono::nanoseconds(message.get_int32());
    } else {
      message.skip();
    }
  }
  return time;
}

// Vertex { digest = 1; name = 3; cached = 4; started = 5; completed = 6; error = 7 }
BuildKitStatus::Vertex vertex_of(pbf_reader message) {
  BuildKitStatus::Vertex vertex;
  std::chrono::nanoseconds began{0};
  std::chrono::nanoseconds ended{0};
  while (message.next()) {
    switch (message.tag()) {
      case 1:
        vertex.digest = message.get_string();
        break;
      case 3:
        vertex.name = message.get_string();
        break;
      case 4:
        vertex.cached = message.get_bool();
        break;
      case 5:
        vertex.started = true;
        began = time_of(message.get_message());
        break;
      case 6:
        vertex.completed = true;
        ended = time_of(message.get_message());
        break;
      case 7:
        vertex.error = message.get_string();
        break;
      default:
        message.skip();
    }
  }
  if (vertex.started && vertex.completed) {
    vertex.took = std::chrono::duration_cast<std::chrono::milliseconds>(ended - began);
  }
  return vertex;
}

// VertexStatus { ID = 1; vertex = 2; current = 4; total = 5; completed = 8 }
BuildKitStatus::Transfer transfer_of(pbf_reader message) {
  BuildKitStatus::Transfer transfer;
  while (message.next()) {
    switch (message.tag()) {
      case 1:
        transfer.id = message.get_string();
        break;
      case 2:
        transfer.vertex = message.get_string();
        break;
      case 4:
        transfer.current = message.get_int64();
        break;
      case 5:
        transfer.total = message.get_int64();
        break;
      case 8:
        transfer.completed = true;
        message.skip();
        break;
      default:
        message.skip();
    }
  }
  return transfer;
}

// VertexLog { vertex = 1; msg = 4 }
BuildKitStatus::Log log_of(pbf_reader message) {
  BuildKitStatus::Log log;
  while (message.next()) {
    if (message.tag() == 1) {
      log.vertex = message.get_string();
    } else if (message.tag() == 4) {
      log.text = message.get_string();
    } else {
      message.skip();
    }
  }
  return log;
}

// VertexWarning { short = 3; url = 5 }
BuildKitStatus::Warning warning_of(pbf_reader message) {
  BuildKitStatus::Warning warning;
  while (message.next()) {
    if (message.tag() == 3) {
      warning.text = message.get_string();
    } else if (message.tag() == 5) {
      warning.url = message.get_string();
    } else {
      message.skip();
    }
  }
  return warning;
}

}  // namespace

// StatusResponse { vertexes = 1; statuses = 2; logs = 3; warnings = 4 }
BuildKitStatus decode_buildkit_status(std::string_view bytes) {
  BuildKitStatus status;
  try {
    for (pbf_reader message(bytes.data(), bytes.size()); message.next();) {
      switch (message.tag()) {
        case 1:
          status.vertexes.push_back(vertex_of(message.get_message()));
          break;
        case 2:
          status.transfers.push_back(transfer_of(message.get_message()));
          break;
        case 3:
          status.logs.push_back(log_of(message.get_message()));
          break;
        case 4:
          status.warnings.push_back(warning_of(message.get_message()));
          break;
        default:
          message.skip();
      }
    }
  } catch (const protozero::exception&) {
    throw Error(Kind::kInternal, "the engine sent a malformed progress message");
  }
  return status;
}

}  // namespace berth::engine
