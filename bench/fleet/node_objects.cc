// What an engine has besides containers: images, networks, volumes.
#include <algorithm>

#include "base/error.h"
#include "node.h"

namespace berth::fleet {

std::shared_ptr<const Image> Shared::image(std::string_view reference) {
  const std::string full = full_reference(reference);
  auto& image = images[full];
  if (!image) {
    const Id id = id_named("image " + full);
    image = std::make_shared<const Image>(Image{full, id, static_cast<std::int64_t>(4'000'000 + id[0] % 200'000'000)});
  }
  return image;
}

std::shared_ptr<const Image> Node::image(std::string_view reference) const {
  const std::string full = full_reference(reference);
  const std::string_view digits = reference.starts_with("sha256:") ? reference.substr(7) : reference;
  for (const auto& image : images_) {
    if (image->reference == full) return image;
    if (id_beginning(digits) && text_of(image->id).starts_with(digits)) return image;
  }
  const bool by_id = reference.starts_with("sha256:");
  throw Error(Kind::kNotFound, "No such image: " + (by_id ? std::string(reference) : full));
}

std::shared_ptr<const Image> Node::provide(std::string_view reference) {
  const auto image = shared_.image(reference);
  if (std::find(images_.begin(), images_.end(), image) == images_.end()) images_.push_back(image);
  return image;
}

void Node::pull(std::string_view reference) {
  const auto image = provide(reference);
  const auto name = image->reference.substr(0, image->reference.rfind(':'));
  emit({.type = EventType::kImage, .action = "pull", .actor = image->reference, .extra = {{"name", name}}});
}

void Node::remove_image(std::string_view reference) {
  const auto gone = image(reference);
  for (const auto& [number, container] : containers_) {
    if (container.who->spec->image_id != gone->id) continue;
    throw Error(Kind::kConflict, "conflict: unable to remove repository reference \"" + std::string(reference) +
                                     "\" (must force) - container " + text_of(container.who->id).substr(0, 12) +
                                     " is using its referenced image " + text_of(gone->id).substr(0, 12));
  }
  std::erase(images_, gone);
  const std::string id = "sha256:" + text_of(gone->id);
  emit({.type = EventType::kImage, .action = "untag", .actor = id, .extra = {{"name", id}}});
  emit({.type = EventType::kImage, .action = "delete", .actor = id, .extra = {{"name", id}}});
}

namespace {

// The networks that every engine has: made when asked for, as ten thousand engines have them and few are looked at.
Network builtin_network(const Profile& profile, std::string_view name) {
  Network network;
  network.id = id_named("network " + std::string(name) + " of " + profile.name);
  network.name = name;
  network.driver = name == "none" ? "null" : name;
  network.options = name == "bridge" ? R"({"com.docker.network.bridge.default_bridge":"true",)"
                                       R"("com.docker.network.bridge.enable_icc":"true",)"
                                       R"("com.docker.network.bridge.enable_ip_masquerade":"true",)"
                                       R"("com.docker.network.bridge.host_binding_ipv4":"0.0.0.0",)"
                                       R"("com.docker.network.bridge.name":"docker0",)"
                                       R"("com.docker.network.driver.mtu":"1500"})"
                                     : "{}";
  network.labels = "{}";
  network.builtin = true;
  return network;
}

}  // namespace

Network* Node::find_network(std::string_view reference) {
  if (networks_.empty()) {
    for (const std::string_view name : {"none", "host", "bridge"}) {
      networks_.push_back(builtin_network(profile_, name));
      networks_.back().created = now();
    }
  }
  for (Network& network : networks_) {
    if (network.name == reference) return &network;
  }
  if (!id_beginning(reference)) return nullptr;
  for (Network& network : networks_) {
    if (text_of(network.id).starts_with(reference)) return &network;
  }
  return nullptr;
}

Network& Node::network(std::string_view reference) {
  Network* const found = find_network(reference);
  if (found == nullptr) throw Error(Kind::kNotFound, "network " + std::string(reference) + " not found");
  return *found;
}

Network& Node::create_network(Network network) {
  if (network.name.empty()) throw Error(Kind::kInvalid, "invalid network name: name is empty");
  for (find_network(""); const Network& other : networks_) {
    if (other.name == network.name) {
      throw Error(Kind::kConflict, "network with name " + network.name + " already exists");
    }
  }
  network.id = shared_.random.id();
  network.created = now();
  network.subnet = static_cast<std::uint16_t>(networks_.back().builtin ? 18 : networks_.back().subnet + 1);
  networks_.push_back(std::move(network));
  const Network& made = networks_.back();
  emit({.type = EventType::kNetwork,
        .action = "create",
        .actor = text_of(made.id),
        .extra = {{"name", made.name}, {"type", made.driver}}});
  return networks_.back();
}

void Node::remove_network(std::string_view reference) {
  const Network gone = network(reference);
  if (gone.builtin) {
    throw Error(Kind::kForbidden, gone.name + " is a pre-defined network and cannot be removed");
  }
  for (const auto& [number, container] : containers_) {
    const auto& networks = container.who->spec->networks;
    if (!container.alive() || std::find(networks.begin(), networks.end(), gone.name) == networks.end()) continue;
    throw Error(Kind::kForbidden, "error while removing network: network " + gone.name + " id " + text_of(gone.id) +
                                      " has active endpoints");
  }
  std::erase_if(networks_, [&](const Network& network) { return network.id == gone.id; });
  emit({.type = EventType::kNetwork,
        .action = "destroy",
        .actor = text_of(gone.id),
        .extra = {{"name", gone.name}, {"type", gone.driver}}});
}

const Volume& Node::volume(std::string_view name) const {
  const auto found = volumes_.find(name);
  if (found == volumes_.end()) throw Error(Kind::kNotFound, "get " + std::string(name) + ": no such volume");
  return found->second;
}

const Volume& Node::create_volume(Volume volume) {
  if (volume.name.empty()) volume.name = text_of(shared_.random.id());
  const auto [it, made] = volumes_.try_emplace(volume.name, volume);
  if (!made) return it->second;
  it->second.created = now();
  emit({.type = EventType::kVolume, .action = "create", .actor = volume.name, .extra = {{"driver", volume.driver}}});
  return it->second;
}

void Node::remove_volume(std::string_view name) {
  const Volume gone = volume(name);
  for (const auto& [number, container] : containers_) {
    const auto& volumes = container.who->spec->volumes;
    if (std::find(volumes.begin(), volumes.end(), gone.name) == volumes.end()) continue;
    throw Error(Kind::kConflict, "remove " + gone.name + ": volume is in use - [" + text_of(container.who->id) + "]");
  }
  volumes_.erase(gone.name);
  emit({.type = EventType::kVolume, .action = "destroy", .actor = gone.name, .extra = {{"driver", gone.driver}}});
}

}  // namespace berth::fleet
