// What is wrong with a request, gathered so that all of it is told at once.
#pragma once

#include <optional>
#include <string>

#include "base/error.h"

namespace berth::converge {

class Problems {
 public:
  void add(Kind kind, const std::string& message) {
    if (!kind_) kind_ = kind;
    if (!messages_.empty()) messages_ += '\n';
    messages_ += message;
  }

  // Throws one Error with all messages, one a line, of the first one's kind.
  void throw_if_any() const {
    if (kind_) throw Error(*kind_, messages_);
  }

 private:
  std::optional<Kind> kind_;
  std::string messages_;
};

}  // namespace berth::converge
