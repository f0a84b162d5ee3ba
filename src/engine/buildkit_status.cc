// BuildKit's progress. Only these of its protobuf fields are looked at (control.proto):
//   StatusResponse { vertexes = 1; statuses = 2; logs = 3 }
//   Vertex { digest = 1; name = 3; cached = 4; started = 5; completed = 6; error = 7 }
//   VertexStatus { ID = 1; vertex = 2; current = 4; total = 5 }
//   VertexLog { vertex = 1; msg = 4 }
#include <cstdint>

#include "base/error.h"
#include "engine/progress.h"

namespace berth::engine {

namespace {

[[noreturn]] void malformed() { throw Error(Kind::kInternal, "the engine sent a malformed progress message"); }

// Reads the fields of one protobuf message in turn.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : bytes_(bytes) {}

  // Goes to the next field; false at the end.
  bool next() {
    if (bytes_.empty()) return false;
    const std::uint64_t key = varint();
    number = static_cast<std::uint32_t>(key >> 3);
    bytes = {};
    value = 0;
    switch (key & 7) {
      case 0:
        value = varint();
        break;
      case 1:
        take(8);
        break;
      case 2:
        bytes = take(varint());
        break;
      case 5:
        take(4);
        break;
      default:
        malformed();
    }
    return true;
  }

  std::uint32_t number = 0;
  std::uint64_t value = 0;  // of a varint field
  std::string_view bytes;   // of a field with a length

 private:
  std::uint64_t varint() {
    std::uint64_t result = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1)[0]);
      result |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return result;
    }
    malformed();
  }

  std::string_view take(std::uint64_t size) {
    if (size > bytes_.size()) malformed();
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }

  std::string_view bytes_;
};

Progress vertex_of(std::string_view bytes) {
  Progress progress;
  std::string name;
  std::string error;
  std::string_view state = "waiting";
  bool cached = false;
  for (Fields field(bytes); field.next();) {
    if (field.number == 1) progress.id = field.bytes;
    if (field.number == 3) name = field.bytes;
    if (field.number == 4) cached = field.value != 0;
    if (field.number == 5 && state == "waiting") state = "started";
    if (field.number == 6) state = "done";
    if (field.number == 7) error = field.bytes;
  }
  if (cached) state = "cached";
  progress.status = name + (error.empty() ? ": " + std::string(state) : ": error: " + error);
  return progress;
}

Progress status_of(std::string_view bytes) {
  Progress progress;
  for (Fields field(bytes); field.next();) {
    if (field.number == 1) progress.status = field.bytes;
    if (field.number == 2) progress.id = field.bytes;
    if (field.number == 4) progress.current = static_cast<std::int64_t>(field.value);
    if (field.number == 5) progress.total = static_cast<std::int64_t>(field.value);
  }
  return progress;
}

Progress log_of(std::string_view bytes) {
  Progress progress;
  for (Fields field(bytes); field.next();) {
    if (field.number == 1) progress.id = field.bytes;
    if (field.number == 4) progress.stream = field.bytes;
  }
  return progress;
}

}  // namespace

void decode_buildkit_status(std::string_view bytes, std::deque<Progress>& out) {
  for (Fields field(bytes); field.next();) {
    if (field.number == 1) out.push_back(vertex_of(field.bytes));
    if (field.number == 2) out.push_back(status_of(field.bytes));
    if (field.number == 3) out.push_back(log_of(field.bytes));
  }
}

}  // namespace berth::engine
