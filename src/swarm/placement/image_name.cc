#include "swarm/placement/image_name.h"

namespace berth::swarm::placement {
namespace {

constexpr std::string_view kAlgorithm = "sha256:";

}  // namespace

std::string_view repository_of(std::string_view image) {
  if (image.starts_with(kAlgorithm)) return image;
  image = image.substr(0, image.find('@'));
  const std::size_t colon = image.rfind(':');
  const std::size_t slash = image.rfind('/');
  // A colon before the last slash is of a registry's port.
  const bool tagged = colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash);
  return tagged ? image.substr(0, colon) : image;
}

bool is_id_of(std::string_view text, std::string_view image) {
  if (!image.starts_with(kAlgorithm)) return false;
  if (text.starts_with(kAlgorithm)) text.remove_prefix(kAlgorithm.size());
  return text.size() >= 12 && image.substr(kAlgorithm.size()).starts_with(text);
}

std::string with_tag(std::string_view image) {
  std::string name(image);
  return repository_of(image).size() == image.size() && !image.starts_with(kAlgorithm) ? name + ":latest" : name;
}

}  // namespace berth::swarm::placement
