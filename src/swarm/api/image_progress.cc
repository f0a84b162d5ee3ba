#include "swarm/api/image_progress.h"

#include "swarm/pool/json_text.h"

namespace berth::swarm {

std::string progress_error(std::string_view line) {
  const std::string detail = member_string(member_text(line, "errorDetail"), "message");
  return detail.empty() ? member_string(line, "error") : detail;
}

std::string progress_of_node(std::string_view line, std::string_view node_name) {
  if (find_member(line, "stream")) return std::string(line);
  const std::string id = member_string(line, "id");
  return with_member(line, "id", json_string(std::string(node_name) + (id.empty() ? "" : ": " + id)));
}

}  // namespace berth::swarm
