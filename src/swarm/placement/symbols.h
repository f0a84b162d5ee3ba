// Texts that many containers share, such as label names and images, kept once.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace berth::swarm::placement {

enum class Symbol : std::uint32_t {};

// Counts who uses a text and forgets it with the last one.
class Symbols {
 public:
  // The text's symbol, for as long as release() is not called as often as this.
  Symbol take(std::string_view text);
  void release(Symbol symbol);

  // Nothing: no one uses the text.
  std::optional<Symbol> find(std::string_view text) const;
  const std::string& text(Symbol symbol) const { return entries_[static_cast<std::size_t>(symbol)].text; }

 private:
  struct Entry {
    std::string text;
    std::uint32_t users = 0;
  };
  std::deque<Entry> entries_;  // does not move them: by_text_ refers to their texts
  std::vector<Symbol> unused_;
  std::unordered_map<std::string_view, Symbol> by_text_;
};

}  // namespace berth::swarm::placement
