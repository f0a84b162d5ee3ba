// Programs of this computer that do a part of the work: plugins of docker's CLI, and what providers are.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/environment.h"
#include "base/files.h"
#include "base/process.h"

namespace berth::converge {

// Where they are looked for, and what they are told of the engine.
struct Programs {
  std::vector<Path> plugin_folders;  // of docker's CLI
  std::string engine_host;           // DOCKER_HOST; empty: as the environment has it

  // docker-NAME in the first of the folders that has it.
  std::optional<Path> find_plugin(std::string_view name) const;
  // "A, B": the folders, for messages.
  std::string folders_text() const;
  // The variables with which a program finds the same engine.
  Environment told_of_engine(Environment environment) const;
};

// Runs a program to its end with both of its outputs as one, which is Output::out; `say` gets it line by line, on this
// thread. A failing program is not an Error. Throws as run(), and spawn() where it can't be started.
Output run_as_one(const Context& context, const std::vector<std::string>& argv, const Environment& environment,
                  std::string_view input, const std::function<void(std::string_view line)>& say);

// What a program says went wrong: what follows "Error: " (or "ERROR: "), else its last line.
std::string last_words(std::string_view output);

}  // namespace berth::converge
