#include "compose/key_order.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace berth::compose {
namespace {

using yaml::Mapping;
using yaml::Node;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Characters beyond ASCII count as letters: keys seldom hold others.
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0; }

struct Number {
  std::int64_t value = 0;
  std::size_t end = 0;
};

Number read_number(std::string_view text, std::size_t begin, std::int64_t value) {
  std::size_t end = begin;
  for (; end < text.size() && is_digit(text[end]); ++end) {
    value =
        static_cast<std::int64_t>(static_cast<std::uint64_t>(value) * 10 + static_cast<std::uint64_t>(text[end] - '0'));
  }
  return {value, end};
}

// Whether the digits right before `at` hold one that is not 0: a 0 at `at` belongs to a larger number then.
bool follows_number(std::string_view text, std::size_t at) {
  for (; at > 0 && is_digit(text[at - 1]); --at) {
    if (text[at - 1] != '0') return true;
  }
  return false;
}

template <typename Less>
void sort_entries(Mapping& entries, Less less) {
  std::vector<std::size_t> order(entries.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto by_key = [&](std::size_t a, std::size_t b) { return less(entries[a].key, entries[b].key); };
  if (std::is_sorted(order.begin(), order.end(), by_key)) return;
  std::sort(order.begin(), order.end(), by_key);
  Mapping sorted;
  sorted.reserve(entries.size());
  for (const std::size_t i : order) {
    sorted.append(entries[i].key, std::move(entries.value_at(i)), entries[i].key_position);
  }
  entries = std::move(sorted);
}

template <typename Less>
Node sorted(Node node, Less less) {
  if (node.is_sequence()) {
    for (Node& item : node.edit_items()) item = sorted(std::move(item), less);
  } else if (node.is_mapping()) {
    Mapping& entries = node.edit_entries();
    for (std::size_t i = 0; i < entries.size(); ++i) entries.value_at(i) = sorted(std::move(entries.value_at(i)), less);
    sort_entries(entries, less);
  }
  return node;
}

}  // namespace

bool comes_before_in_yaml(std::string_view a, std::string_view b) {
  bool digits = false;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    if (a[i] == b[i]) {
      digits = is_digit(a[i]);
      continue;
    }
    const bool a_letter = is_letter(a[i]);
    const bool b_letter = is_letter(b[i]);
    if (a_letter && b_letter) return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[i]);
    if (a_letter || b_letter) return digits ? a_letter : b_letter;
    const bool inside = (a[i] == '0' || b[i] == '0') && follows_number(a, i);
    const Number a_number = read_number(a, i, inside ? 1 : 0);
    const Number b_number = read_number(b, i, inside ? 1 : 0);
    if (a_number.value != b_number.value) return a_number.value < b_number.value;
    if (a_number.end != b_number.end) return a_number.end < b_number.end;
    return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[i]);
  }
  return a.size() < b.size();
}

Node sorted_for_yaml(Node node) { return sorted(std::move(node), comes_before_in_yaml); }

Node sorted_for_json(Node node) {
  return sorted(std::move(node), [](std::string_view a, std::string_view b) { return a < b; });
}

void sort_for_yaml(Mapping& entries) { sort_entries(entries, comes_before_in_yaml); }

}  // namespace berth::compose
