// Seeing to it that a node has the image of the container that is placed there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "swarm/api/shared_work.h"
#include "swarm/pool/pool.h"

namespace berth::swarm {

// What is done about an image that the chosen node doesn't have.
enum class ImageMeans {
  kCopy,   // from a node that has it, through the manager
  kPull,   // from its registry
  kPlace,  // the container goes where the image is
};

// "copy,pull,place": in the order in which they are tried; empty: nothing is done. Throws kInvalid with the words there
// are.
std::vector<ImageMeans> parse_image_means(std::string_view text);

// An image that a container needs.
struct ImageOrder {
  std::string name;
  std::string platform;     // "linux/arm64"; empty: the node's
  std::string credentials;  // for the registry, as the header X-Registry-Auth has them; empty: none
};

// Any thread.
class ImageSupply {
 public:
  // `pool` must outlive it.
  ImageSupply(Pool& pool, std::vector<ImageMeans> means) : pool_(pool), means_(std::move(means)) {}

  const std::vector<ImageMeans>& means() const { return means_; }

  // Sees to it that the node has the image, by copying or pulling in the order of the means; those who want the same at
  // the same time share the work. False when nothing helped; the log says why. Throws kCancelled, kTimeout.
  bool bring(const Context& context, const NodePtr& node, const ImageOrder& order);

 private:
  void try_all(const Context& context, const NodePtr& node, const ImageOrder& order);
  void pull(const Context& context, const Node& node, const ImageOrder& order);
  void copy(const Context& context, const NodePtr& node, const ImageOrder& order);
  bool has(const Context& context, const NodePtr& node, const std::string& name);

  Pool& pool_;
  const std::vector<ImageMeans> means_;
  SharedWork at_work_;
};

}  // namespace berth::swarm
