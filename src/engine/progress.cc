#include "engine/progress.h"

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "engine/buildkit_status.h"

namespace berth::engine {

namespace {

[[noreturn]] void throw_error(const json::value& message, std::string text) {
  std::int64_t code = 0;
  if (const json::value* detail = find(message, "errorDetail")) {
    code = integer_of(*detail, "code");
    if (std::string better = text_of(*detail, "message"); !better.empty()) text = std::move(better);
  }
  throw Error(code >= 400 && code < 600 ? kind_of_http_status(static_cast<int>(code)) : Kind::kInternal, text);
}

void read_aux(const json::value& aux, Progress& progress) {
  progress.image_id = text_of(aux, "ID");
  progress.digest = text_of(aux, "Digest");
}

void add_buildkit(const BuildKitStatus& status, std::deque<Progress>& out) {
  for (const BuildKitStatus::Vertex& vertex : status.vertexes) {
    const std::string_view state = vertex.cached      ? "cached"
                                   : vertex.completed ? "done"
                                   : vertex.started   ? "started"
                                                      : "waiting";
    out.push_back(
        {.id = vertex.digest,
         .status = vertex.name + ": " + (vertex.error.empty() ? std::string(state) : "error: " + vertex.error)});
  }
  for (const BuildKitStatus::Transfer& transfer : status.transfers) {
    out.push_back({.id = transfer.vertex, .status = transfer.id, .current = transfer.current, .total = transfer.total});
  }
  for (const BuildKitStatus::Log& log : status.logs) out.push_back({.id = log.vertex, .stream = log.text});
}

}  // namespace

void decode_progress(std::string_view text, std::deque<Progress>& out) {
  const json::value message = parse_json(text);
  if (std::string error = text_of(message, "error"); !error.empty()) throw_error(message, std::move(error));
  if (find(message, "errorDetail") != nullptr) throw_error(message, "the engine reports an error without words");

  Progress progress;
  progress.id = text_of(message, "id");
  if (progress.id == "moby.buildkit.trace") {
    const auto bytes = base64_decode(text_of(message, "aux"));
    if (!bytes) throw Error(Kind::kInternal, "the engine sent a malformed progress message");
    add_buildkit(decode_buildkit_status(*bytes), out);
    return;
  }
  progress.status = text_of(message, "status");
  progress.stream = text_of(message, "stream");
  if (const json::value* detail = find(message, "progressDetail")) {
    progress.current = integer_of(*detail, "current");
    progress.total = integer_of(*detail, "total");
  }
  if (const json::value* aux = find(message, "aux")) read_aux(*aux, progress);
  out.push_back(std::move(progress));
}

}  // namespace berth::engine
