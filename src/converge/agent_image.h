// The image of berth-agent (src/agent), the program that Berth puts on engines. It is part of this program and loaded
// where it is needed: no registry has it.
#pragma once

#include <string>
#include <string_view>

namespace berth::converge {

// Where it is in the image.
inline constexpr std::string_view kAgentProgram = "/berth-agent";

// "berth/agent:1f3c9a02d4e5": named by what it holds.
const std::string& agent_image();
// As the engine calls it: "amd64".
std::string_view agent_architecture();
// What POST /images/load takes.
std::string agent_image_tar();

}  // namespace berth::converge
