// Names of images on nodes: ids ("sha256:0123...") and references ("redis:7", "host:5000/app:2").
#pragma once

#include <string>
#include <string_view>

namespace berth::swarm::placement {

// The reference without tag or digest; an id stays as it is.
std::string_view repository_of(std::string_view image);

// Whether `text` is the id of `image`, with or without "sha256:", or its first twelve digits or more.
bool is_id_of(std::string_view text, std::string_view image);

// With the tag "latest" where there is neither tag nor digest, as engines read it.
std::string with_tag(std::string_view image);

}  // namespace berth::swarm::placement
