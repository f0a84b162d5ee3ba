// The engine's API over its unix socket, as far as a keeper needs it.
#pragma once

#include <string>
#include <string_view>

namespace berth::agent {

// Where the keeper's container has it.
inline constexpr char kEngineSocket[] = "/run/engine.sock";

struct EngineAnswer {
  int status = 0;  // 0: the engine could not be reached
  std::string body;
};
// Waits for the whole answer.
EngineAnswer ask_engine(std::string_view method, const std::string& path);

// A descriptor that gets bytes when something happens, and ends with the engine; -1: the engine can't be reached.
int listen_to_engine(const std::string& path);

// Text for a query.
std::string percent_encoded(std::string_view text);

}  // namespace berth::agent
