// What the two fuzz targets of HTTP share.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include "base/error.h"
#include "http/incoming.h"

namespace berth::http {

// Everything that can be known of the message; nothing when it is refused.
inline std::optional<std::string> reading(std::string bytes, MessageKind kind, std::size_t step, std::size_t room) {
  Incoming incoming(
      [bytes = std::move(bytes), step, at = std::size_t{0}](const Context&, std::span<char> out) mutable {
        const std::size_t size = bytes.copy(out.data(), std::min(step, out.size()), at);
        at += size;
        return size;
      },
      512, "peer");
  try {
    std::string result;
    if (kind == MessageKind::kRequest) {
      const Request request = incoming.read_request({});
      result = request.method + " " + request.target;
      for (const auto& [name, value] : request.headers) result += "\n" + name + ":" + value;
    } else {
      const ResponseHead head = incoming.read_response({}, kind);
      result = std::to_string(head.status) + head.reason;
      for (const auto& [name, value] : head.headers) result += "\n" + name + ":" + value;
    }
    std::string buffer(room, '\0');
    while (const std::size_t got = incoming.read_body({}, buffer)) result.append(buffer, 0, got);
    std::string rest = incoming.take_unused();
    while (incoming.wait_for_message({})) rest += incoming.take_unused();
    return result + "\n" + rest;
  } catch (const Error&) {
    return std::nullopt;
  }
}

// A message must mean the same however its bytes arrive and however its body is read.
inline void check(const std::uint8_t* data, std::size_t size, MessageKind kind) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = reading(bytes, kind, size + 1, 4096);
  if (reading(bytes, kind, 1, 1) != whole || reading(bytes, kind, 3, 2) != whole) std::abort();
}

}  // namespace berth::http
