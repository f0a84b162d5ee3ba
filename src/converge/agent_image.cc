#include "converge/agent_image.h"

#include <sys/stat.h>

#include "base/digest.h"
#include "engine/tar.h"

// The program's bytes, as the build made them: cmake/agent.cmake.
asm(".section .rodata\n"
    ".global berth_agent_begin\n"
    "berth_agent_begin:\n"
    ".incbin \"" BERTH_AGENT_PROGRAM
    "\"\n"
    ".global berth_agent_end\n"
    "berth_agent_end:\n"
    ".byte 0\n"
    ".previous\n");
extern "C" const char berth_agent_begin[];
extern "C" const char berth_agent_end[];

namespace berth::converge {

namespace {

std::string_view program() {
  return {berth_agent_begin, static_cast<std::size_t>(berth_agent_end - berth_agent_begin)};
}

std::string file(const std::string& path, mode_t mode, std::string_view bytes) {
  engine::TarEntry entry;
  entry.path = path;
  entry.mode = S_IFREG | mode;
  return engine::tar_file(std::move(entry), bytes);
}

}  // namespace

const std::string& agent_image() {
  constexpr std::size_t kDigits = 12;
  static const std::string name = "berth/agent:" + sha256_hex(program()).substr(0, kDigits);
  return name;
}

std::string_view agent_architecture() {
#if defined(__x86_64__)
  return "amd64";
#elif defined(__aarch64__)
  return "arm64";
#else
#error "the engine's name of this architecture is not known"
#endif
}

// Source: Docker Image Specification 1.2, "Combined Image JSON + Filesystem Changeset Format".
std::string agent_image_tar() {
  constexpr mode_t kProgram = 0755;
  constexpr mode_t kText = 0644;
  const std::string layer = file(std::string(kAgentProgram.substr(1)), kProgram, program()) + engine::tar_end();
  const std::string config = R"({"architecture":")" + std::string(agent_architecture()) +
                             R"(","os":"linux","config":{"Entrypoint":[")" + std::string(kAgentProgram) +
                             R"("]},"rootfs":{"type":"layers","diff_ids":["sha256:)" + sha256_hex(layer) + R"("]}})";
  const std::string manifest =
      R"([{"Config":"config.json","RepoTags":[")" + agent_image() + R"("],"Layers":["layer.tar"]}])";
  return file("layer.tar", kText, layer) + file("config.json", kText, config) + file("manifest.json", kText, manifest) +
         engine::tar_end();
}

}  // namespace berth::converge
