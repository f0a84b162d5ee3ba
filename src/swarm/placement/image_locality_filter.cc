// imagelocality: rather a node that holds the image already. Soft; not among the usual filters, as it draws all
// containers of an image to the nodes that have it.
#include <algorithm>

#include "swarm/placement/filter.h"
#include "swarm/placement/image_name.h"

namespace berth::swarm::placement {
namespace {

class ImageLocality final : public Filter {
 public:
  std::string_view name() const override { return "imagelocality"; }
  std::size_t count(const Request& request) const override { return request.image.empty() ? 0 : 1; }
  About about(const Request&, std::size_t) const override { return About::kContainers; }
  bool soft(const Request&, std::size_t) const override { return true; }
  void describe(const Request& request, std::size_t, std::string& out) const override {
    out.append("image ").append(request.image).append(" present");
  }
  bool holds(ClusterState&, const Request& request, std::size_t, const NodeRecord& node) const override {
    const std::string wanted = with_tag(request.image);
    return std::any_of(node.node.images.begin(), node.node.images.end(),
                       [&](const std::string& image) { return image == wanted || is_id_of(request.image, image); });
  }
};

}  // namespace

const Filter& image_locality_filter() {
  static const ImageLocality filter;
  return filter;
}

}  // namespace berth::swarm::placement
