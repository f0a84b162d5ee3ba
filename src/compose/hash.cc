#include "compose/hash.h"

#include <utility>

#include "base/digest.h"
#include "compose/bind.h"
#include "compose/render.h"
#include "compose/shape.h"
#include "yaml/emit.h"

namespace berth::compose {
namespace {

using yaml::Node;

std::string hash_of(const Node& bound, const Shape& shape) {
  return sha256_hex(yaml::to_json(render_for_json(bound, shape)));
}

}  // namespace

std::string service_hash(const Service& service) {
  Node tree = service.tree;
  for (const std::string_view attribute : kNotHashed) {
    if (tree.find(attribute) != nullptr) tree.edit_entries().erase(attribute);
  }
  if (tree.find_path({"deploy", "replicas"}) != nullptr) {
    tree.find_for_edit("deploy")->edit_entries().erase("replicas");
  }
  return hash_of(tree, kServiceShape);
}

std::string network_hash(const Network& network) { return hash_of(network.tree, kNetworkShape); }

std::string volume_hash(const Volume& volume) {
  Node tree = volume.tree;
  if (volume.driver.empty()) set_bound(tree, kVolumeShape, "driver", Node::string("local"));
  return hash_of(tree, kVolumeShape);
}

}  // namespace berth::compose
