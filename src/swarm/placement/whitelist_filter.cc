// whitelist: "node==node-1|node-2", one of these names whatever the key. Source: classic Swarm, filter/whitelist.go;
// there
// != is not looked at, here it means none of them.
#include <algorithm>

#include "base/strings.h"
#include "swarm/placement/filter.h"

namespace berth::swarm::placement {
namespace {

class Whitelist final : public Filter {
 public:
  std::string_view name() const override { return "whitelist"; }
  std::size_t count(const Request& request) const override { return request.whitelists.size(); }
  About about(const Request&, std::size_t) const override { return About::kFacts; }
  bool soft(const Request& request, std::size_t i) const override { return request.whitelists[i].soft; }
  void describe(const Request& request, std::size_t i, std::string& out) const override {
    out += request.whitelists[i].text;
  }
  bool holds(ClusterState&, const Request& request, std::size_t i, const NodeRecord& node) const override {
    const Expression& whitelist = request.whitelists[i];
    const std::vector<std::string> names = split(whitelist.value.text(), '|');
    return (std::find(names.begin(), names.end(), node.node.name) != names.end()) == whitelist.equal;
  }
};

}  // namespace

const Filter& whitelist_filter() {
  static const Whitelist filter;
  return filter;
}

}  // namespace berth::swarm::placement
