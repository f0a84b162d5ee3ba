// A build's progress as lines of text.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "engine/buildkit_status.h"

namespace berth::buildkit {

// In the manner of docker's --progress=plain: "#5 [2/3] RUN make", "#5 DONE 0.4s". One thread at a time.
class PlainProgress {
 public:
  explicit PlainProgress(std::function<void(std::string_view line)> say) : say_(std::move(say)) {}

  void tell(const engine::BuildKitStatus& status);

 private:
  struct Step {
    int number = 0;
    bool begun = false;
    bool ended = false;
    std::string partial;  // a line of its log that has no end yet
  };

  Step& step_of(const std::string& vertex);
  void say(const Step& step, const std::string& text) { say_("#" + std::to_string(step.number) + " " + text); }
  void tell_begin(const engine::BuildKitStatus::Vertex& vertex);
  void tell_end(const engine::BuildKitStatus::Vertex& vertex);
  void tell_log(const engine::BuildKitStatus::Log& log);

  const std::function<void(std::string_view line)> say_;
  std::map<std::string, Step> steps_;  // those that began, by digest
};

}  // namespace berth::buildkit
