// platform: the node's operating system and processor are those of ?platform=. What a node does not tell is not
// compared.
#include "base/strings.h"
#include "swarm/placement/attribute.h"
#include "swarm/placement/filter.h"

namespace berth::swarm::placement {
namespace {

bool is_on(const Node& node, const std::string& platform) {
  // "linux/arm64/v8": variants are left to the engine. A lone part is an operating system, or a processor.
  const std::vector<std::string> parts = split(to_lower(platform), '/');
  const std::string_view processor = normal_architecture(node.architecture);
  const auto same = [](std::string_view wanted, std::string_view has) {
    return has.empty() || wanted == to_lower(has);
  };
  if (parts.size() == 1) {
    const bool system = parts[0] == "linux" || parts[0] == "windows" || parts[0] == "freebsd";
    return system ? same(parts[0], node.os) : same(normal_architecture(parts[0]), processor);
  }
  return same(parts[0], node.os) && same(normal_architecture(parts[1]), processor);
}

class Platform final : public Filter {
 public:
  std::string_view name() const override { return "platform"; }
  std::size_t count(const Request& request) const override { return request.platform.empty() ? 0 : 1; }
  About about(const Request&, std::size_t) const override { return About::kFacts; }
  void describe(const Request& request, std::size_t, std::string& out) const override {
    out.append("platform ").append(request.platform);
  }
  bool holds(ClusterState&, const Request& request, std::size_t, const NodeRecord& node) const override {
    return is_on(node.node, request.platform);
  }
};

}  // namespace

const Filter& platform_filter() {
  static const Platform filter;
  return filter;
}

}  // namespace berth::swarm::placement
