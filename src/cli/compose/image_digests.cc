#include "cli/compose/image_digests.h"

#include "base/error.h"
#include "remote/images.h"
#include "yaml/emit.h"

namespace berth::cli {

void pin_images(Session& session, compose::Project& project) {
  for (auto& [name, service] : project.services) {
    if (service.image.empty()) continue;
    service.image = within("service '" + name + "'", [&] {
      return remote::with_digest(session.context(), service.image, session.credentials());
    });
    service.tree.edit_entries().insert_or_assign("image", yaml::Node::string(service.image));
  }
}

std::string images_override(const compose::Project& project) {
  yaml::Mapping services;
  for (const auto& [name, service] : project.services) {
    if (service.image.empty()) continue;
    yaml::Mapping image;
    image.insert("image", yaml::Node::string(service.image));
    services.insert(name, yaml::Node::mapping(std::move(image)));
  }
  yaml::Mapping file;
  file.insert("services", yaml::Node::mapping(std::move(services)));
  return yaml::to_yaml(yaml::Node::mapping(std::move(file)));
}

}  // namespace berth::cli
