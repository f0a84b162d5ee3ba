#include "engine/containers_json.h"

namespace berth::engine {

template ContainerCreate decode(std::string_view);
template ContainerCreated decode(std::string_view);
template ContainerSummary decode(std::string_view);
template std::vector<ContainerSummary> decode(std::string_view);
template ContainerInspect decode(std::string_view);
template ContainerExit decode(std::string_view);
template Top decode(std::string_view);
template PathStat decode(std::string_view);
template std::vector<FilesystemChange> decode(std::string_view);
template HostConfig decode(std::string_view);
template ContainerConfig decode(std::string_view);
template std::string encode(const ContainerCreate&);
template std::string encode(const ContainerSummary&);
template std::string encode(const std::vector<ContainerSummary>&);
template std::string encode(const ContainerInspect&);
template std::string encode(const ContainerUpdate&);
template std::string encode(const HostConfig&);
template std::string encode(const ContainerConfig&);

}  // namespace berth::engine
