// Bound trees to the typed model. The trees hold what bind() lets through, so nothing can fail here.
#pragma once

#include <string>

#include "compose/project.h"
#include "yaml/node.h"

namespace berth::compose {

Service decode_service(const std::string& name, const yaml::Node& bound);
// The parts that follow from environment and labels alone; decode_service() calls it too.
void decode_environment(const yaml::Node& bound, Service& service);
Build decode_build(const yaml::Node& bound);
Deploy decode_deploy(const yaml::Node& bound);
DeviceRequest decode_device_request(const yaml::Node& bound);
Network decode_network(const std::string& key, const yaml::Node& bound);
Volume decode_volume(const std::string& key, const yaml::Node& bound);
FileObject decode_file_object(const std::string& key, const yaml::Node& bound);
Model decode_model(const std::string& key, const yaml::Node& bound);

// A hook of a service, or of its develop.watch: of the service's canonical tree.
Hook decode_hook(const yaml::Node& bound);
Provider decode_provider(const yaml::Node& bound);

}  // namespace berth::compose
