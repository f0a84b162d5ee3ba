#include "swarm/placement/symbols.h"

namespace berth::swarm::placement {

Symbol Symbols::take(std::string_view text) {
  if (const auto found = by_text_.find(text); found != by_text_.end()) {
    ++entries_[static_cast<std::size_t>(found->second)].users;
    return found->second;
  }
  Symbol symbol;
  if (unused_.empty()) {
    symbol = Symbol(static_cast<std::uint32_t>(entries_.size()));
    entries_.emplace_back();
  } else {
    symbol = unused_.back();
    unused_.pop_back();
  }
  Entry& entry = entries_[static_cast<std::size_t>(symbol)];
  entry.text = text;
  entry.users = 1;
  by_text_.emplace(entry.text, symbol);
  return symbol;
}

void Symbols::release(Symbol symbol) {
  Entry& entry = entries_[static_cast<std::size_t>(symbol)];
  if (--entry.users > 0) return;
  by_text_.erase(entry.text);
  entry.text = std::string();
  unused_.push_back(symbol);
}

std::optional<Symbol> Symbols::find(std::string_view text) const {
  const auto found = by_text_.find(text);
  return found == by_text_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace berth::swarm::placement
