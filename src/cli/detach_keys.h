// The keys that end a conversation with a program but not the program.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace berth::cli {

// Docker's: Ctrl-P, then Ctrl-Q.
inline constexpr std::string_view kUsualDetachKeys = "ctrl-p,ctrl-q";

// Finds its keys in what is typed, and keeps them from the program. One thread.
class DetachKeys {
 public:
  // "ctrl-p,ctrl-q": keys with commas between, each a character or ctrl- with a-z, @, [, \, ], ^ or _; empty: the usual
  // ones. Throws kInvalid.
  explicit DetachKeys(std::string_view keys = kUsualDetachKeys);

  // What the program is to be given of the keys that were typed: what may become the sequence is held back until it
  // is something else.
  std::string pass(std::string_view typed);
  // Whether the whole sequence was typed; what follows is not for the program.
  bool pressed() const { return matched_ == keys_.size(); }

 private:
  std::string keys_;
  std::size_t matched_ = 0;
};

}  // namespace berth::cli
