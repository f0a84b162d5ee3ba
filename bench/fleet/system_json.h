// What an engine says about itself, its images, networks and volumes (dockerd 28.5, API 1.51).
#pragma once

#include <string>

#include "node.h"

namespace berth::fleet {

inline constexpr const char* kServerVersion = "28.5.2";
inline constexpr const char* kApiVersion = "1.51";

std::string version_text();
std::string info_text(Node& node);
void append_image(std::string& out, Node& node, const Image& image);
std::string image_inspect_text(const Image& image);
void append_network(std::string& out, Node& node, const Network& network, bool with_containers);
void append_volume(std::string& out, const Volume& volume);

}  // namespace berth::fleet
