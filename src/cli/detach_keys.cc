#include "cli/detach_keys.h"

#include "base/error.h"
#include "base/strings.h"

namespace berth::cli {

namespace {

char key_of(const std::string& text, std::string_view whole) {
  constexpr std::string_view kControl = "ctrl-";
  constexpr std::string_view kSymbols = "[\\]^_";  // 27, 28, ... as terminals count
  if (text.size() == 1) return text[0];
  if (text.starts_with(kControl) && text.size() == kControl.size() + 1) {
    const char key = text.back();
    if (key >= 'a' && key <= 'z') return static_cast<char>(key - 'a' + 1);
    if (key == '@') return 0;
    if (const auto symbol = kSymbols.find(key); symbol != std::string_view::npos) {
      return static_cast<char>(27 + symbol);
    }
  }
  throw Error(Kind::kInvalid, "invalid detach keys '" + std::string(whole) +
                                  "': each has to be a character, or ctrl- with a-z, @, [, \\, ], ^ or _");
}

}  // namespace

DetachKeys::DetachKeys(std::string_view keys) {
  if (keys.empty()) keys = kUsualDetachKeys;
  for (const std::string& key : split(keys, ',')) keys_ += key_of(key, keys);
}

std::string DetachKeys::pass(std::string_view typed) {
  std::string passed;
  for (const char key : typed) {
    if (pressed()) break;
    // Back to the longest beginning of the sequence that what was typed ends with.
    std::string held = keys_.substr(0, matched_) + key;
    while (!held.empty() && !keys_.starts_with(held)) {
      passed += held.front();
      held.erase(0, 1);
    }
    matched_ = held.size();
  }
  return passed;
}

}  // namespace berth::cli
